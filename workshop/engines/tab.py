"""A page in a profile of its own, used as a visitor uses it: what is the same whatever engine shows it.

An engine's driver gives the few abstract methods; all else is made of them. Places are CSS pixels of the viewport.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from workshop.visit import LISTEN, THREE

Point = tuple[float, float]
Place = tuple[int, int]
Scheme = Literal["light", "dark"]
WIDTH, HEIGHT = 1280, 900  # of a new tab's viewport
BOX = """(selector) => {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`${selector}: expected an element`);
  element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left, top, width, height];
}"""
CHOOSE = """(selector, value) => {
  const element = document.querySelector(selector);
  element.value = value;
  for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
}"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


class EngineMissingError(Exception):
    """An engine that could not be found or started: one sentence that says how to get it."""


class DriverError(Exception):
    """What an engine or its driver refused: a script that threw, a page that is just being replaced."""


@dataclass(frozen=True)
class Box:
    """Where an element lies in the viewport."""

    left: float
    top: float
    width: float
    height: float

    def at(self, x: float, y: float) -> Point:
        """A point of it, given in shares of its width and height."""
        return self.left + x * self.width, self.top + y * self.height


class Tab(ABC):
    """One page; `lacks` names what its engine's driver cannot do, and why ("touch": a sentence)."""

    name: ClassVar[str]  # "chromium", "firefox" or "webkit"
    lacks: ClassVar[dict[str, str]] = {}

    @abstractmethod
    def open(self, url: str) -> None:
        """Go there, and wait until the page is loaded."""

    @abstractmethod
    def back(self) -> None:
        """One entry back in the history; what that changes may come later."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page anew, and wait until it is loaded."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the viewport this size."""

    @abstractmethod
    def before(self, script: str) -> None:
        """Run a function in every page to come, before its own scripts."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """What the viewport shows, as PNG."""

    @abstractmethod
    def heard(self) -> list[str]:
        """What was written to the console or thrown, "kind: text", since this was asked last."""

    @abstractmethod
    def close(self) -> None:
        """End it, with its profile."""

    @abstractmethod
    def run(self, script: str) -> str | None:
        """Call a function without arguments in the page; gives the string that it, or its promise, gives."""

    @abstractmethod
    def act(self, kind: str, places: Sequence[Place]) -> None:
        """Put a pointer ("mouse" or "touch") down at the first place, move it through the others, and lift it."""

    @abstractmethod
    def press(self, keys: Sequence[str]) -> None:
        """Press these keys, by their names in the DOM, one after the other, and let them go in turn."""

    def evaluate(self, function: str, *arguments: object) -> Any:
        """Call a function in the page; what it gives is what JSON keeps of it."""
        passed = ", ".join(json.dumps(argument) for argument in arguments)
        said = self.run(f"async () => JSON.stringify(await ({function})({passed}))")
        return None if said is None else json.loads(said)

    def wait_for(self, condition: str, *, seconds: float = 20, pause: float = 0.03) -> None:
        """Ask again and again, from outside, until a function in the page says yes; pause so many seconds between."""
        refused = ""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.evaluate(f"() => document.body !== null && Boolean(({condition})())"):
                    return
                refused = ""
            except DriverError as error:  # the page is just being replaced
                refused = f" ({error})"
            time.sleep(pause)
        raise AssertionError(f"{self.name}: not within {seconds} s: {condition}{refused}")

    def visit(self, url: str) -> None:
        """Open a page and wait until a model answers; then `answers` counts, and `last` is the last one's detail."""
        self.before(LISTEN)
        self.open(url)
        self.wait_for("() => window.answers > 0")

    def box(self, selector: str) -> Box:
        """Bring an element into view; gives where it lies."""
        return Box(*self.evaluate(BOX, selector))

    def pointer(self, points: Sequence[Point], *, kind: str = "mouse", steps: int = 6) -> None:
        """A stroke of the mouse, or of a finger, through these points, with so many events between two of them."""
        first, *others = points
        path = [first]
        for goal in others:
            (x, y) = path[-1]
            path += [(x + (goal[0] - x) * k / steps, y + (goal[1] - y) * k / steps) for k in range(1, steps + 1)]
        self.act(kind, [(round(x), round(y)) for x, y in path])

    def touch(self, points: Sequence[Point], *, steps: int = 6) -> None:
        """A stroke of one finger."""
        self.pointer(points, kind="touch", steps=steps)

    def draw(self, points: Sequence[Point] = THREE, *, kind: str = "mouse", steps: int = 6) -> None:
        """A stroke on the pad, by points in shares of it; the frame after it is painted."""
        box = self.box("#pad")
        self.pointer([box.at(x, y) for x, y in points], kind=kind, steps=steps)
        self.settle()

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element."""
        self.pointer([self.box(selector).at(0.5, 0.5)])

    def choose(self, selector: str, value: str) -> None:
        """Set a field or a list to a value, as its user would."""
        self.evaluate(CHOOSE, selector, value)

    def key(self, name: str) -> None:
        """Press a key by its name in the DOM ("Tab", "ArrowLeft", "a"), or several at once ("Control+z")."""
        self.press(name.split("+"))

    def settle(self) -> None:
        """Wait until the frame after this one is painted."""
        self.evaluate(FRAMES)
