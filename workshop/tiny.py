"""A site small enough to build hundreds of times: two untrained models of three units, and a page of one line."""

from pathlib import Path

import numpy as np

from export.draw.strokes import read_samples
from export.site.pages import PAGES
from export.weights.golden import golden_pixels, write_golden, write_golden_pixels
from export.weights.reference import reconstruct
from export.weights.weights_file import Facts, read_weights, write_weights
from train.learn.params import Params
from train.run.report import Row, report_path, write_report
from train.settings.config import ModelSpec
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.reports import make_report, make_row

SAMPLES = ROOT / "site_template" / "samples.json"
GRAMMAR = ROOT / "site_template" / "digits.json"
PIXELS = golden_pixels(read_samples(SAMPLES))

CONFIG = """\
[defaults]
hidden = 3
epochs = 1

[[model]]
noise = "none"

[[model]]
noise = "masking"
level = 0.8
"""
PAGE = """\
{% extends "base.html.j2" %}
{% block main %}
{% for model in models %}
<p>{{ t("page.model", name=model.name) }}</p>
{% endfor %}
{% endblock %}
"""
WORDS = """\
[missing]
title = "Missing"
text = "Nothing"
link = "Up"
[noise]
none = "None"
masking = "Masking"
salt-and-pepper = "Salt"
gaussian = "Gaussian"
[noise.short]
none = "None"
masking = "Masking"
salt-and-pepper = "Salt"
gaussian = "Gaussian"
[level.long]
none = "none"
share = "{percent} %"
variance = "{level}, {sigma}"
[page]
model = "MODEL"
brand = "Brand"
nav = "Pages"
language = "LANGUAGE"
footer = "Foot"
selftest = "Test"
selftest_external = "Test"
broken = "Broken: {reason}"
reload = "Again"
close = "Close"
"""


def words(title: str, model: str, language: str) -> bytes:
    """A catalogue with the messages of all pages."""
    pages = "".join(
        f'[{one.name}]\ntitle = "{title}"\ndescription = "{one.name}"\nnav = "to {one.name}"\n' for one in PAGES
    )
    return (WORDS.replace("MODEL", model).replace("LANGUAGE", language) + pages).encode()


STYLES = sorted({name for page in PAGES for name in page.styles} - {"style.css"})
WASM = b"\0asm\x01\0\0\0"
TEMPLATE: dict[str, bytes] = {
    **{page.template: PAGE.encode() for page in PAGES},
    "base.html.j2": (ROOT / "site_template" / "base.html.j2").read_bytes(),
    "404.html.j2": (ROOT / "site_template" / "404.html.j2").read_bytes(),
    "favicon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "style.css": b"/* why */\nbody { color: red; }\n",
    **dict.fromkeys((*STYLES, "panels.css"), b"/* more */\np { color: blue; }\n"),
    "guard.js": b"// first\nself.guarded = true;\n",
    "find_home.js": (ROOT / "site_template" / "find_home.js").read_bytes(),
    "pwa/retire.js": (ROOT / "site_template" / "pwa" / "retire.js").read_bytes(),
    "to_lab.js": (ROOT / "site_template" / "to_lab.js").read_bytes(),
    "samples.json": SAMPLES.read_bytes(),
    "digits.json": GRAMMAR.read_bytes(),
    "kernel/simd.wasm": WASM,
    "kernel/relaxed.wasm": WASM + b"\0\x01\0",
    "kernel/train-simd.wasm": WASM + b"\0\x02\0\0",
    "single_file.js": (ROOT / "site_template" / "single_file.js").read_bytes(),
    "js/lab.js": b'// wires\nimport { add } from "add";\nexport const lazy = () => import("lazy");\nadd(1);\n',
    "js/draw/noise.js": (ROOT / "site_template" / "js" / "draw" / "noise.js").read_bytes(),
    "js/walk.js": b'import "add";\n',
    "js/add.js": b"/** Adds. */\nexport function add(value) {\n  return value + 1;\n}\n",
    "js/learn/worker.js": b'import { add } from "add";\nadd(2);\n',
    "js/lazy.js": b'import "add";\n',
    "locale/en/page.toml": words("Two & <b>models</b>", "Model {name}", "English"),
    "locale/ja/page.toml": words("二つ", "{name} モデル", "日本語"),
}


def make_project(folder: Path) -> Path:
    """Write models.toml, weights/ and site_template/ into a folder."""
    (folder / "models.toml").write_text(CONFIG)
    make_weights(folder)
    for name, data in TEMPLATE.items():
        path = folder / "site_template" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def make_weights(folder: Path) -> None:
    """Random weights, golden vectors and a report for every model of the folder's models.toml."""
    weights = folder / "weights"
    rows: dict[str, Row] = {}
    write_golden_pixels(weights / "golden", PIXELS)
    for seed, spec in enumerate(read_config(folder / "models.toml").models):
        write_model(weights, spec, seed)
        rows[spec.name] = make_row(spec)
    write_report(report_path(weights), make_report(rows))


def write_model(weights: Path, spec: ModelSpec, seed: int) -> None:
    """Random weights of one model, and their golden vectors."""
    random = np.random.default_rng(seed)
    shapes = ((784, spec.recipe.hidden), (spec.recipe.hidden,), (784,))
    params = Params(*(random.normal(0, 0.1, shape).astype(np.float32) for shape in shapes))
    facts = Facts(
        spec.noise, spec.level, spec.dataset, spec.recipe.epochs, seed, recipe=spec.fingerprint(), test_loss=100.5
    )
    path = weights / f"{spec.name}.safetensors"
    write_weights(path, params, facts)
    answers = np.stack([reconstruct(params, pixels) for pixels in PIXELS]).astype(np.float32)
    write_golden(weights / "golden", spec.name, answers, PIXELS, read_weights(path).sha256)
