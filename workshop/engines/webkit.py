"""WebKit, driven over classic WebDriver: for each tab a `WebKitWebDriver`, which starts WebKitGTK's MiniBrowser.

Source: https://www.w3.org/TR/webdriver2/
"""

import base64
import contextlib
import http.client
import json
import socket
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from workshop.engines.actions import key_actions, pointer_actions
from workshop.engines.process import PATIENCE, Process, find
from workshop.engines.tab import HEIGHT, WIDTH, DriverError, Place, Scheme, Tab

SCREEN = "2600x3000x24"
SLIM = "* { padding: 0; margin: 0; min-width: 0; min-height: 0; border: 0; font-size: 4px; }\n"
# This driver tells nothing of the console and runs nothing before a page: each script begins so, which acts once.
FIRST = """if (location.href !== "about:blank" && !document.heard) {
  document.heard = [];
  const hear = (kind, words) => document.heard.push(`${kind}: ${words.join(" ")}`);
  for (const kind of ["debug", "log", "info", "warn", "error"]) console[kind] = (...words) => hear(kind, words);
  addEventListener("error", ({ message }) => hear("error", [message]));
  addEventListener("unhandledrejection", ({ reason }) => hear("error", [reason]));
  document.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) =>
    hear("error", [effectiveDirective, blockedURI]));
  for (const script of [%s]) script();
}
"""
SIZES = "return [innerWidth, innerHeight, outerWidth, outerHeight]"
STAYS = "return arguments[0].includes('#') && arguments[0].split('#')[0] === location.href.split('#')[0]"


class WebKit:
    """A screen of its own, on which each tab is a browser."""

    def __init__(self, scheme: Scheme) -> None:
        self.driver = find("WEBKIT_DRIVER", "webkit2gtk-driver", "WebKitWebDriver")
        self._scheme = scheme
        self._screen = Process(
            find("XVFB", "xvfb", "Xvfb"), *("-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp")
        )
        self.display = ":" + self._screen.told(r"(?m)^(\d+)$")

    def open_tab(self) -> Tab:
        """A page in a profile of its own."""
        return WebKitTab(self.driver, self.display, self._scheme)

    def close(self) -> None:
        """End it."""
        self._screen.end()


def free_port() -> int:
    """A port of localhost on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


class WebKitTab(Tab):
    """A MiniBrowser whose profile is in memory."""

    name = "webkit"
    lacks: ClassVar = {
        "touch": "WebKitWebDriver makes a mouse of a finger",
        "early": "WebKitWebDriver tells nothing of the console: what a page says before it is looked at is missed",
    }

    def __init__(self, driver: str, display: str, scheme: Scheme) -> None:
        self._port = free_port()
        self._session = ""
        files = {f".config/gtk-{version}/gtk.css": SLIM for version in ("3.0", "4.0")}  # or no window is narrow
        self._process = Process(driver, f"--port={self._port}", files=files, DISPLAY=display, GDK_BACKEND="x11")
        self._before: list[str] = []
        self._heard: list[str] = []
        dark = ["--dark-mode"] if scheme == "dark" else []
        wanted = {"pageLoadStrategy": "none", "webkitgtk:browserOptions": {"args": ["--automation", *dark]}}
        self._process.until(self._status)
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"
        self.resize(WIDTH, HEIGHT)

    def _status(self) -> Any:
        try:
            return self._send("GET", "/status")
        except ConnectionRefusedError:
            return None

    def _send(self, method: str, path: str, body: object = None) -> Any:
        """One command of the protocol; gives its value."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        data = None if body is None else json.dumps(body)
        with contextlib.closing(connection):
            connection.request(method, self._session + path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.load(answer)["value"]
        if answer.status != http.HTTPStatus.OK:
            raise DriverError(f"{path}: {value['message']}")
        return value

    def _execute(self, script: str, *arguments: object) -> Any:
        return self._send("POST", "/execute/sync", {"script": script, "args": arguments})

    def open(self, url: str) -> None:
        """Go there, and wait until the page is loaded."""
        self._leave("/url", {"url": url}, another=not self._execute(STAYS, url))

    def reload(self) -> None:
        """Load the page anew, and wait until it is loaded."""
        self._leave("/refresh", {}, another=True)

    def _leave(self, way: str, body: object, *, another: bool) -> None:
        """Go away from the page that is shown; if to another document, be there early, and wait until it is loaded."""
        self.heard()
        if another:
            self._execute("document.left = true")
        self._send("POST", way, body)  # and look at the next one at once, or what it says first is missed
        self.wait_for("() => !document.left", seconds=PATIENCE, pause=0)
        self.wait_for("() => !document.left && document.readyState === 'complete'", seconds=PATIENCE)

    def back(self) -> None:
        """One entry back in the history; what that changes may come later."""
        self._send("POST", "/back", {})

    def resize(self, width: int, height: int) -> None:
        """Give the viewport this size: that of the window less what stands around it."""
        for _ in range(100):
            inner_width, inner_height, outer_width, outer_height = self._execute(SIZES)
            if (inner_width, inner_height) == (width, height):
                return
            outer = {"width": width + outer_width - inner_width, "height": height + outer_height - inner_height}
            self._send("POST", "/window/rect", outer)
            time.sleep(0.02)
        raise DriverError(f"expected a viewport of {width} × {height}, got {inner_width} × {inner_height}")

    def before(self, script: str) -> None:
        """Run a function in every page to come, as soon as this driver can: before the scripts that wait for it."""
        self._before.append(script)

    def screenshot(self) -> bytes:
        """What the viewport shows, as PNG."""
        return base64.b64decode(self._send("GET", "/screenshot"))

    def heard(self) -> list[str]:
        """What was written to the console or thrown, "kind: text", since this was asked last."""
        self.run("() => ''")
        said, self._heard = self._heard, []
        return said

    def close(self) -> None:
        """End it, with its profile."""
        self._send("DELETE", "")
        self._process.end()

    def run(self, script: str) -> str | None:
        """Call a function without arguments in the page; gives the string that it, or its promise, gives."""
        told = f"return (async () => [await ({script})(), document.heard?.splice(0) ?? []])();"
        answer, heard = self._execute(FIRST % ", ".join(self._before) + told)
        self._heard += heard
        text: str | None = answer
        return text

    def act(self, kind: str, places: Sequence[Place]) -> None:
        """Put a pointer down at the first place, move it through the others, and lift it."""
        self._send("POST", "/actions", {"actions": pointer_actions(kind, places)})

    def press(self, keys: Sequence[str]) -> None:
        """Press these keys, one after the other, and let them go in turn."""
        self._send("POST", "/actions", {"actions": key_actions(keys)})
