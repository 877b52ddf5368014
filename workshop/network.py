"""A site as GitHub Pages serves it, a slow connection to it, and how large it is on the way.

GitHub Pages compresses texts and octet-streams by itself, and pictures, fonts and archives not.
"""

import functools
import gzip
import http.server
import json
import posixpath
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from playwright.sync_api import Page

from export.site.urls import read_page

COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".wasm", ".safetensors"}
LEVEL = 6  # of gzip
TEXTS = (".html", ".css", ".js", ".json")
BITS_PER_SECOND, LATENCY_MS = 1_600_000, 150  # Lighthouse's "slow 4G"


@functools.lru_cache(maxsize=256)
def compressed(path: Path) -> bytes:
    """A file as it is sent; GitHub Pages keeps it so, and no visitor waits for that."""
    return gzip.compress(path.read_bytes(), LEVEL)


class Gzipped(http.server.SimpleHTTPRequestHandler):
    """Compresses what GitHub Pages compresses, and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        """Answer with the file, compressed where that is done."""
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if path.suffix not in COMPRESSED or not path.is_file():
            return super().send_head()
        body = compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stream: BinaryIO = BytesIO(body)
        return stream

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def slow_down(page: Page) -> None:
    """Give the page a connection of `BITS_PER_SECOND` whose every answer takes `LATENCY_MS` to begin."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    rate = BITS_PER_SECOND / 8
    conditions = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate}
    session.send("Network.emulateNetworkConditions", conditions)


def wire_bytes(file: Path) -> int:
    """How many bytes a file of the site is on the way."""
    return len(compressed(file)) if file.suffix in COMPRESSED else file.stat().st_size


def wire_bytes_of(site: Path, names: Iterable[str]) -> dict[str, int]:
    """The same for some of its files, the largest first."""
    found = {name: wire_bytes(site / name) for name in names}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def files_of(site: Path, page: str) -> set[str]:
    """All texts that a page may ever ask for: itself, its style sheets and modules, and what its data names."""
    name = posixpath.join(page, "index.html")
    seen = read_page((site / name).read_text())
    urls = [url for url in seen.fetched if url.endswith(TEXTS)]
    for kind, identifier, text in seen.scripts:
        if kind == "importmap":
            urls += json.loads(text)["imports"].values()
        elif identifier == "site":
            urls += [json.loads(text)["root"] + file for file in _files(json.loads(text)) if file.endswith(TEXTS)]
    return {name, *(posixpath.normpath(posixpath.join(page, url)) for url in urls)}


def _files(value: object) -> Iterable[str]:
    """Every file that the site's data names."""
    if isinstance(value, dict):
        if isinstance(file := value.get("file"), str):
            yield file
        for inner in value.values():
            yield from _files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _files(inner)
