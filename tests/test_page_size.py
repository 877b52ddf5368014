"""The page is small: what the first answer needs besides the weights, and all that the page may ever load."""

import gzip
import re
from pathlib import Path

from playwright.sync_api import Page

from tests.visit import draw, open_panel, take_sample, visit

FIRST, WHOLE = 40_000, 80_000  # bytes, gzipped
DATA = re.compile(r"\.safetensors$|\.png$|\.svg$|manifest.*\.json$")  # weights, pictures


def test_the_first_answer_needs_40_kb_and_the_whole_page_80(page: Page, served: str, site: Path) -> None:
    asked: dict[str, int] = {}

    def note(url: str) -> None:
        name = url.split("?")[0].removeprefix(served) or "index.html"
        if not DATA.search(name):
            asked.setdefault(name, len(gzip.compress((site / name).read_bytes(), 6)))

    page.on("request", lambda request: note(request.url))
    visit(page, served)
    first = dict(asked)
    draw(page)
    for panel in ("wall", "feedback", "units"):
        open_panel(page, panel)
    take_sample(page, 4)
    page.click("#share button[value='link']")
    page.goto(served + "?selftest")
    page.wait_for_load_state("networkidle")
    scripts = {path.relative_to(site).as_posix() for path in (site / "assets").glob("*.js")}
    whole = asked | {name: len(gzip.compress((site / name).read_bytes(), 6)) for name in scripts - asked.keys()}
    for name, size in sorted(whole.items(), key=lambda item: -item[1]):
        print(f"{size:7,} {'first' if name in first else 'later'} {name}")
    print(f"first answer {sum(first.values()):,} bytes, whole page {sum(whole.values()):,} bytes, gzipped")
    assert {"index.html", "css", "js", "wasm"} <= {"index.html", *(name.rsplit(".")[-1] for name in first)}
    assert sum(first.values()) <= FIRST
    assert sum(whole.values()) <= WHOLE
