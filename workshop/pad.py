"""The pad under test: where its pixels lie on the screen, what the canvases show, and what a stroke should ink."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import CDPSession, Page

from workshop.visit import last, settle

SIDE = 28
PLAIN = "#model=masking-80&fit=0"  # nothing is moved, so that what is fed is what was drawn
SHOWN = """(id) => {
  const canvas = document.getElementById(id);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return Array.from(data).filter((_, k) => k % 4 === 0);
}"""
COLOURS = """() => ["--pixel-paper", "--pixel-ink"].map((name) =>
  parseInt(getComputedStyle(document.documentElement).getPropertyValue(name).trim().slice(1, 3), 16))"""
Point = tuple[float, float]
Pixels = NDArray[np.float64]


def place(page: Page, x: float, y: float) -> Point:
    """Where on the screen a point of the pad lies, given in pixels of the drawing."""
    return places(page, [(x, y)])[0]


def places(page: Page, points: Iterable[Point]) -> list[Point]:
    """The same of many points."""
    box = page.locator("#pad").bounding_box()
    assert box
    return [(box["x"] + x / SIDE * box["width"], box["y"] + y / SIDE * box["height"]) for x, y in points]


def mouse(page: Page, *points: Point) -> None:
    """A stroke with as few events as there are points: a mouse that is moved very fast."""
    page.locator("#pad").scroll_into_view_if_needed()
    first, *later = places(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for point in later:
        page.mouse.move(*point)
    page.mouse.up()


def drawn(page: Page) -> Pixels:
    """The pixels that the page says are drawn, [28, 28]."""
    return last(page).pixels.reshape(SIDE, SIDE)


def shown(page: Page, canvas: str) -> Pixels:
    """How much ink each pixel of a canvas shows, by its red: 0 is paper, 1 is ink."""
    settle(page)
    values: list[int] = page.evaluate(SHOWN, canvas)
    paper, ink = page.evaluate(COLOURS)
    side = math.isqrt(len(values))
    return (np.array(values, np.float64).reshape(side, side) - float(paper)) / float(ink - paper)


def distance(points: Sequence[Point]) -> Pixels:
    """Of each pixel's centre to the line through the points, in pixels, [28, 28]."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    nearest = np.full((SIDE, SIDE), np.inf)
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[-1]), strict=True):
        along_x, along_y = x1 - x0, y1 - y0
        squared = max(along_x**2 + along_y**2, 1e-9)
        share = np.clip(((columns - x0) * along_x + (rows - y0) * along_y) / squared, 0, 1)
        nearest = np.minimum(nearest, np.hypot(columns - x0 - share * along_x, rows - y0 - share * along_y))
    return nearest


def soft(points: Sequence[Point]) -> Pixels:
    """What the soft brush inks: 2.5 pixels wide, its edge one pixel of greys."""
    return np.clip(1.25 + 0.5 - distance(points), 0, 1)


class Touch:
    """Fingers on a screen, as the browser gets them from the system."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, *fingers: Point) -> None:
        """touchStart, touchMove, touchEnd or touchCancel, with the places of all fingers that touch then."""
        points: list[dict[str, Any]] = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def stroke(self, *places: Point) -> None:
        """One finger, put down, moved and lifted."""
        self.send("touchStart", places[0])
        for one in places[1:]:
            self.send("touchMove", one)
        self.send("touchEnd")
