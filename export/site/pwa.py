"""`--pwa`: the site also works offline after the first visit.

`sw.js` keeps copies of the site's files, each after it has checked its SHA-256: pages come from the network first, so
that a new deployment is seen at the next visit; files with a hash in their name come from the copies, for they never
change. Of weights it keeps the float32 files alone, and a page that it serves asks for no lighter form. Without `--pwa`
there is only another worker of that name, which browsers get that have the first one still: it takes itself away.

In:  the files of a site.  Out: a service worker, an app manifest and a script that registers the worker.
"""

import json
import posixpath
from collections.abc import Collection, Mapping
from pathlib import Path

import rjsmin

from export.site.manifest import sha256
from export.site.page import script_json
from train.errors import DaeError
from train.files import read_text

WORKER = "sw.js"
RETIRED = "retire.js"
SOURCES = ("register.js", WORKER)  # in the template folder pwa/
ICON = "favicon.svg"


class PwaError(DaeError):
    """The site cannot be made to work offline."""


def read_sources(folder: Path) -> dict[str, str]:
    """The worker and the script that registers it, without their comments."""
    return {name: _read(folder / name) for name in SOURCES}


def read_retired(folder: Path) -> bytes:
    """The worker of a site that has none any more."""
    return f"{_read(folder / RETIRED)}\n".encode()


def _read(path: Path) -> str:
    return str(rjsmin.jsmin(read_text(path)))


def make_app(name: str, assets: Mapping[str, str]) -> bytes:
    """The app manifest, which stands beside the assets."""
    if ICON not in assets:
        raise PwaError(f"{ICON}: expected an icon for the app, got none")
    app = {
        "name": name,
        "short_name": name,
        "start_url": "../",
        "scope": "../",
        "display": "standalone",
        "icons": [{"src": posixpath.basename(assets[ICON]), "sizes": "any", "type": "image/svg+xml"}],
    }
    return json.dumps(app, ensure_ascii=False).encode()


def make_worker(files: Mapping[str, bytes], source: str, spared: Collection[str]) -> bytes:
    """The worker, with the SHA-256 of what it keeps (all but `spared`) and a version that changes with any file."""
    hashes = {name: sha256(data) for name, data in sorted(files.items())}
    version = sha256(json.dumps(hashes).encode())[:16]
    pages = {f"./{name.removesuffix('index.html')}": hashes[name] for name in hashes if name.endswith("index.html")}
    assets = {name: hashes[name] for name in hashes if name.startswith("assets/") and name not in spared}
    values = script_json({"version": version, "pages": pages, "assets": assets})
    return f"self.SITE={values};\n{source}\n".encode()
