"""The pages are small: what must come before the walk's answers are live, and all that walk and lab may ever load."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from benchmarks.first_minute import ALL_LIVE, LISTEN
from workshop.network import TEXTS, files_of, wire_bytes_of
from workshop.visit import wait_for

FIRST_SCREEN, WALK, LAB = 40_000, 60_000, 80_000  # bytes of HTML, CSS and scripts on the way; 7,000 train, on a press
DATA = 6_600  # and of what they are told as JSON: words, models, how digits are drawn
LIVE = 2_700_000
COMPLETES = """() => performance.getEntriesByType("resource")
  .some(({ name }) => name.endsWith(".safetensors") && !name.includes("light-"))"""
# URLs that were asked for until every answer was live.
ASKED = """() => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .filter(({ startTime }) => startTime <= Math.max(...Object.values(live).map(({ ms }) => ms)))
  .map(({ name }) => name)"""


def total(site: Path, names: set[str], what: str) -> int:
    """The bytes of some files, printed."""
    files = wire_bytes_of(site, names)
    for name, length in files.items():
        print(f"{length:9,} {name}")
    print(f"{sum(files.values()):9,} {what}")
    return sum(files.values())


@pytest.mark.parametrize("path", ["", "ja/"], ids=["en", "ja"])
def test_the_walk_is_live_after_few_bytes(page: Page, served: str, site: Path, path: str) -> None:
    page.add_init_script(LISTEN)
    page.goto(served + path)
    wait_for(page, ALL_LIVE)
    wait_for(page, COMPLETES)  # what was asked for before that has come, too
    asked = {re.split("[?#]", url)[0].removeprefix(served) for url in page.evaluate(ASKED)}
    live = {f"{name}index.html" if name.endswith("/") or not name else name for name in asked}
    screen = {name for name in live if name.endswith(TEXTS)}
    assert total(site, screen, "HTML, CSS and scripts of the walk's first screen") <= FIRST_SCREEN
    assert total(site, live, "until every answer is live") <= LIVE


@pytest.mark.parametrize(("path", "budget"), [("", WALK), ("ja/", WALK), ("lab/", LAB), ("ja/lab/", LAB)])
def test_the_whole_page_is_small(site: Path, path: str, budget: int) -> None:
    files = files_of(site, path)
    data = {name for name in files if name.endswith(".json")}
    assert total(site, files - data, f"HTML, CSS and scripts of all of /{path}") <= budget
    assert total(site, data, f"data of all of /{path}") <= DATA
