"""The page as a visitor uses it: opened, drawn on with a real pointer, and listened to."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Error, Frame, Page, Route, expect

THREE = ((0.32, 0.3), (0.5, 0.2), (0.66, 0.32), (0.5, 0.47), (0.68, 0.6), (0.55, 0.78), (0.33, 0.72))
LISTEN = """() => {
  window.answers = 0;
  window.last = null;
  document.addEventListener("reconstruct", ({ detail }) => {
    window.answers += 1;
    window.last = detail;
  });
}"""
LAST = """() => window.last && {
  model: window.last.model,
  pixels: Array.from(window.last.pixels),
  fed: Array.from(window.last.fed),
  reconstruction: Array.from(window.last.reconstruction),
  precision: window.last.precision,
}"""
NUMBERS = "() => [...document.querySelectorAll('.tile-loss')].every((tile) => /\\d/.test(tile.textContent))"
PATTERNS = "() => [...document.querySelectorAll('.pattern')].every((one) => one.textContent)"  # of the units, are there
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Answer:
    """What the page's `reconstruct` event said last."""

    model: str
    pixels: NDArray[np.float64]
    fed: NDArray[np.float64]
    reconstruction: NDArray[np.float64]
    precision: str


def visit(page: Page, url: str) -> Page:
    """Open the page and wait until a model answers."""
    page.add_init_script(f"({LISTEN})()")
    page.goto(url)
    wait_for(page, "() => window.answers > 0")
    return page


def wait_for(page: Page | Frame, condition: str, *, seconds: float = 20) -> None:
    """Poll from outside: the page's policy lets no string become code inside it."""
    for _ in range(math.ceil(20 * seconds)):
        if ask(page, condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not within {seconds} s: {condition}")


def ask(page: Page | Frame, question: str) -> bool:
    """What a script says of the page; no, where the page is just being replaced by another."""
    try:
        return bool(page.evaluate(f"() => document.body !== null && ({question})()"))
    except Error as error:
        if "Execution context was destroyed" not in str(error):
            raise
        return False


def draw(page: Page, points: Points = THREE, *, steps: int = 6) -> None:
    """A stroke with the mouse, by points in shares of the pad."""
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()
    settle(page)


def hold(page: Page, files: str) -> list[Route]:
    """Keep back what a glob names; the requests that come are in the list, and `continue_` lets one go on."""
    held: list[Route] = []
    page.route(files, lambda route: held.append(route))
    return held


def take_sample(page: Page, digit: int | str) -> None:
    """Take a sample digit, and wait until it is said to be drawn: the first comes over the network."""
    before = page.locator("#status").text_content()
    page.click(f"#samples button[value='{digit}']")
    wait_for(page, f"() => document.querySelector('#status').textContent !== {json.dumps(before)}")


def settle(page: Page) -> None:
    """Wait until the frame after this one is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


def wait_for_address(page: Page) -> None:
    """Wait until a drawing is in the address, and its last stroke, too: it is written at most every 350 ms."""
    wait_for(page, "() => location.hash.includes('draw=')")
    page.wait_for_timeout(500)


def last(page: Page) -> Answer:
    """What the page answered last."""
    settle(page)
    detail: dict[str, Any] = page.evaluate(LAST)
    pixels, fed, reconstruction = (np.array(detail[key]) for key in ("pixels", "fed", "reconstruction"))
    return Answer(detail["model"], pixels, fed, reconstruction, detail["precision"])


def open_panel(page: Page, name: str) -> None:
    """Unfold a panel and bring it into view."""
    page.locator(f"#{name} > summary").click()
    page.locator(f"#{name}").scroll_into_view_if_needed()
    expect(page.locator(f"#{name}")).to_have_attribute("open", "")
    expect(page.locator(f"#{name}.ready")).to_have_count(1)
