"""Take the README's picture: `python -m benchmarks.picture` builds the site and photographs what a visitor sees first.

In: the committed weights. Out: `docs/page.png`.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from export.command import main
from workshop.browser import launch
from workshop.serving import serve

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "page.png"
WIDTH, HEIGHT = 1280, 660
LISTEN = """
window.live = new Set();
document.addEventListener("reconstruct", ({ detail }) => window.live.add(detail.model));
"""
LIVE = "() => window.live.size > 0 && window.live.size === document.querySelectorAll('[data-model]').length"


def take(site: Path, picture: Path) -> None:
    """Photograph the walk of a built site, once every model on it answers."""
    server = serve(site)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        # The page's policy lets no string become code inside it, as waiting for a condition needs.
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", bypass_csp=True)
        page.add_init_script(LISTEN)
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        page.wait_for_function(LIVE)
        page.screenshot(path=picture)
        browser.close()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(["--out", f"{folder}/_site"])
        PICTURE.parent.mkdir(exist_ok=True)
        take(Path(folder) / "_site", PICTURE)
    print(PICTURE.relative_to(ROOT))
