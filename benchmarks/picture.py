"""Take the README's picture: `python -m benchmarks.picture` builds the site, sets it up by a link, and photographs it.

In: the committed weights. Out: `docs/page.png`.
"""

import functools
import http.server
import re
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from export.command import main
from tests.conftest import launch

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "page.png"
WIDTH, HEIGHT = 1120, 1500
ANSWERED = re.compile(r"^\d+$")  # a tile of the wall shows its cross-entropy
TILES = 11  # that are in the picture
LINK = re.compile(r'href="(#model=masking-80&amp;draw=[^"&]*)"')  # half a digit, for the model that completes it


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: there is one line of output, at the end."""


def take(site: Path, picture: Path) -> None:
    """Photograph a built site with the wall open."""
    link = LINK.search((site / "index.html").read_text())
    if not link:
        raise SystemExit("index.html: expected a link to half a digit, got none")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/{link[1].replace('&amp;', '&')}&open=wall"
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(address)
        page.evaluate("document.getElementById('lab').scrollIntoView()")
        tiles = page.locator(".tile-loss", has_text=ANSWERED)
        expect(tiles.nth(TILES - 1)).to_be_visible(timeout=30_000)
        page.screenshot(path=picture)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(["--out", f"{folder}/_site"])
        PICTURE.parent.mkdir(exist_ok=True)
        take(Path(folder) / "_site", PICTURE)
    print(PICTURE.relative_to(ROOT))
