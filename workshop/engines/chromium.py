"""Chromium, driven by Playwright as elsewhere in the tests."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, Error

from workshop.engines.tab import HEIGHT, WIDTH, DriverError, Place, Scheme, Tab


class ChromiumTab(Tab):
    """A page in a context of its own."""

    name = "chromium"

    def __init__(self, browser: Browser, scheme: Scheme) -> None:
        self._context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
        self._page = self._context.new_page()
        self._fingers = self._context.new_cdp_session(self._page)
        self._heard: list[str] = []
        self._page.on("console", lambda message: self._heard.append(f"{message.type}: {message.text}"))
        self._page.on("pageerror", lambda error: self._heard.append(f"error: {error}"))

    def open(self, url: str) -> None:
        """Go there, and wait until the page is loaded."""
        self._page.goto(url)

    def back(self) -> None:
        """One entry back in the history; what that changes may come later."""
        self._page.go_back()

    def reload(self) -> None:
        """Load the page anew, and wait until it is loaded."""
        self._page.reload()

    def resize(self, width: int, height: int) -> None:
        """Give the viewport this size."""
        self._page.set_viewport_size({"width": width, "height": height})

    def before(self, script: str) -> None:
        """Run a function in every page to come, before its own scripts."""
        self._page.add_init_script(f"({script})()")

    def screenshot(self) -> bytes:
        """What the viewport shows, as PNG."""
        return self._page.screenshot()

    def heard(self) -> list[str]:
        """What was written to the console or thrown, "kind: text", since this was asked last."""
        self._page.evaluate("() => 0")  # what was said before this has come when its answer has
        said, self._heard = self._heard, []
        return said

    def close(self) -> None:
        """End it, with its profile."""
        self._context.close()

    def run(self, script: str) -> str | None:
        """Call a function without arguments in the page; gives the string that it, or its promise, gives."""
        try:
            said: str | None = self._page.evaluate(script)
        except Error as error:
            raise DriverError(str(error)) from error
        return said

    def act(self, kind: str, places: Sequence[Place]) -> None:
        """Put a pointer down at the first place, move it through the others, and lift it."""
        mouse, first = self._page.mouse, places[0]
        if kind == "touch":
            self._finger("touchStart", first)
            for place in places[1:]:
                self._finger("touchMove", place)
            self._finger("touchEnd")
            return
        mouse.move(*first)
        mouse.down()
        for place in places[1:]:
            mouse.move(*place)
        mouse.up()

    def _finger(self, kind: str, *places: Place) -> None:
        points: list[dict[str, Any]] = [{"x": x, "y": y} for x, y in places]
        self._fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def press(self, keys: Sequence[str]) -> None:
        """Press these keys, one after the other, and let them go in turn."""
        self._page.keyboard.press("+".join(keys))
