"""`--pwa`: the site also works offline after the first visit.

`sw.js` keeps copies of the site's files: pages come from the network first, so that a new deployment is seen at the
next visit; files with a hash in their name come from the copies, for they never change. Without `--pwa` nothing of this
is in the site.

In:  the files of a site.  Out: the same with a service worker, an app manifest and a script that registers the worker.
"""

import html
import json
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

import rjsmin

from export.manifest import hashed_name, sha256
from export.page import script_json
from train.errors import DaeError
from train.files import read_text

WORKER = "sw.js"
SOURCES = ("register.js", WORKER)  # in the template folder pwa/
POLICY = "; worker-src 'self'; manifest-src 'self'"
_GOLDEN = "assets/golden."  # only the self-test asks for them
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class PwaError(DaeError):
    """The site cannot be made to work offline."""


def read_sources(folder: Path) -> dict[str, str]:
    """The worker and the script that registers it, without their comments."""
    return {name: str(rjsmin.jsmin(read_text(folder / name))) for name in SOURCES}


def add_pwa(files: Mapping[str, bytes], sources: Mapping[str, str]) -> dict[str, bytes]:
    """The files of a site, and those that make it work offline."""
    register = sources["register.js"].encode()
    register_path = f"assets/{hashed_name('register.js', register)}"
    app = _app(files)
    app_path = f"assets/{hashed_name('app.webmanifest', app)}"
    added = dict(files) | {register_path: register, app_path: app}
    for name, data in files.items():
        if name.endswith("index.html"):
            added[name] = _link(data, "../" * name.count("/") or "./", app_path, register_path)
    return added | {WORKER: _worker(added, sources[WORKER])}


def _app(files: Mapping[str, bytes]) -> bytes:
    title = _TITLE.search(files["index.html"].decode())
    icons = [name for name in files if name.startswith("assets/favicon.")]
    if not title or len(icons) != 1:
        raise PwaError("index.html: expected a title and a favicon.svg")
    name = html.unescape(title[1].strip())
    app = {
        "name": name,
        "short_name": name,
        "start_url": "../",
        "scope": "../",
        "display": "standalone",
        "icons": [{"src": posixpath.basename(icons[0]), "sizes": "any", "type": "image/svg+xml"}],
    }
    return json.dumps(app, ensure_ascii=False).encode()


def _link(page: bytes, root: str, app: str, register: str) -> bytes:
    tags = f'<link rel="manifest" href="{root}{app}">\n<script type="module" src="{root}{register}"></script>\n</head>'
    return page.decode().replace("</head>", tags, 1).encode()


def _worker(files: Mapping[str, bytes], source: str) -> bytes:
    """The worker, with the list of what it keeps and a version that changes with any file."""
    pages = sorted(name.removesuffix("index.html") for name in files if name.endswith("index.html"))
    assets = sorted(name for name in files if name.startswith("assets/") and not name.startswith(_GOLDEN))
    version = sha256(json.dumps({name: sha256(data) for name, data in sorted(files.items())}).encode())[:16]
    values = script_json({"version": version, "pages": [f"./{page}" for page in pages], "assets": assets})
    return f"self.SITE={values};\n{source}\n".encode()
