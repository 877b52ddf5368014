"""The page's modules alone in a real browser: an empty page whose import map finds them, and files beside it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
from playwright.sync_api import Page

from export.weights.weights_file import Facts, write_weights
from train.learn.params import Params
from workshop.checkout import ROOT
from workshop.serving import serve

SCRIPTS = ROOT / "site_template" / "js"
FACTS = Facts("masking", 0.8, "mnist", 25, 0, "0123456789abcdef", 104.25)
METADATA = FACTS.metadata()


def make_folder(folder: Path) -> Path:
    """An empty page that has every module within reach of `load(name)`, and the kernel's files."""
    names = sorted(path.relative_to(SCRIPTS).with_suffix("").as_posix() for path in SCRIPTS.rglob("*.js"))
    imports = json.dumps({"imports": {name: f"./js/{name}.js" for name in names}})
    (folder / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>modules</title><link rel="icon" href="data:,">'
        f'<script type="importmap">{imports}</script>'
        '<script type="module">window.load = (name) => import(name); window.ready = true;</script>'
    )
    (folder / "js").symlink_to(SCRIPTS, target_is_directory=True)
    (folder / "kernel").symlink_to(ROOT / "site_template" / "kernel", target_is_directory=True)
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve such a folder; gives its URL."""
    server = serve(make_folder(folder))
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def open_modules(page: Page, url: str) -> Page:
    """Open the empty page."""
    page.goto(urljoin(url, "index.html"))
    page.wait_for_function("window.ready")
    return page


def random_params(visible: int, hidden: int, scale: float, seed: int = 0) -> Params:
    """Normal weights of a standard deviation, biases included."""
    random = np.random.default_rng(seed)
    shapes = ((visible, hidden), (hidden,), (visible,))
    return Params(*(random.normal(0, scale, shape).astype(np.float32) for shape in shapes))


def write_random(path: Path, visible: int, hidden: int, scale: float, dtype: str = "F32") -> Params:
    """Write such weights; gives what was written."""
    params = random_params(visible, hidden, scale)
    write_weights(path, params, FACTS, dtype)
    return params
