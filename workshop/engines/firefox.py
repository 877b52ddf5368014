"""Firefox, driven over WebDriver BiDi: one process for each colour scheme, and a user context for each tab."""

import base64
from collections.abc import Sequence

from workshop.engines.actions import key_actions, pointer_actions
from workshop.engines.bidi import Connection, Message
from workshop.engines.process import Process, find
from workshop.engines.tab import HEIGHT, WIDTH, DriverError, Place, Scheme, Tab

PROGRAMS = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
PREFERENCE = "layout.css.prefers-color-scheme.content-override"
SCHEMES: dict[Scheme, int] = {"dark": 0, "light": 1}  # as that preference counts them


class Firefox:
    """A running Firefox without a window; it shows all its tabs in one colour scheme."""

    def __init__(self, scheme: Scheme) -> None:
        self._process = Process(
            find("FIREFOX", "firefox-esr", *PROGRAMS),
            *("--headless", "--no-remote", "--remote-debugging-port=0", "--profile", "HOME"),
            files={"user.js": f'user_pref("{PREFERENCE}", {SCHEMES[scheme]});\n'},
        )
        address = self._process.told(r"WebDriver BiDi listening on (ws://\S+)")
        self.said: dict[str, list[str]] = {}  # by the context that said it
        self._connection = Connection(f"{address}/session", self._hear)
        self.call = self._connection.call
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])

    def _hear(self, event: str, entry: Message) -> None:
        """A line of the console, or an error that nobody caught."""
        if event == "log.entryAdded":
            self.said.setdefault(entry["source"].get("context", ""), []).append(f"{entry['level']}: {entry['text']}")

    def open_tab(self) -> Tab:
        """A page in a profile of its own."""
        return FirefoxTab(self)

    def close(self) -> None:
        """End it."""
        self.call("browser.close")
        self._connection.close()
        self._process.end()


class FirefoxTab(Tab):
    """A window of Firefox in a user context of its own."""

    name = "firefox"

    def __init__(self, firefox: Firefox) -> None:
        self._firefox = firefox
        self._profile: str = firefox.call("browser.createUserContext")["userContext"]
        made = firefox.call("browsingContext.create", type="window", userContext=self._profile)  # a tab behind sleeps
        self._context: str = made["context"]
        self.resize(WIDTH, HEIGHT)

    def _call(self, method: str, **params: object) -> Message:
        return self._firefox.call(method, context=self._context, **params)

    def open(self, url: str) -> None:
        """Go there, and wait until the page is loaded."""
        self._call("browsingContext.navigate", url=url, wait="complete")

    def back(self) -> None:
        """One entry back in the history; what that changes may come later."""
        self._call("browsingContext.traverseHistory", delta=-1)

    def reload(self) -> None:
        """Load the page anew, and wait until it is loaded."""
        self._call("browsingContext.reload", wait="complete")

    def resize(self, width: int, height: int) -> None:
        """Give the viewport this size."""
        self._call("browsingContext.setViewport", viewport={"width": width, "height": height})

    def before(self, script: str) -> None:
        """Run a function in every page to come, before its own scripts."""
        self._firefox.call("script.addPreloadScript", functionDeclaration=script, contexts=[self._context])

    def screenshot(self) -> bytes:
        """What the viewport shows, as PNG."""
        return base64.b64decode(self._call("browsingContext.captureScreenshot")["data"])

    def heard(self) -> list[str]:
        """What was written to the console or thrown, "kind: text", since this was asked last."""
        self.run("() => ''")  # what was said before this has come when its answer has
        return self._firefox.said.pop(self._context, [])

    def close(self) -> None:
        """End it, with its profile."""
        self._firefox.call("browser.removeUserContext", userContext=self._profile)

    def run(self, script: str) -> str | None:
        """Call a function without arguments in the page; gives the string that it, or its promise, gives."""
        target = {"context": self._context}
        said = self._firefox.call("script.callFunction", functionDeclaration=script, target=target, awaitPromise=True)
        if said["type"] == "exception":
            raise DriverError(said["exceptionDetails"]["text"])
        text: str | None = said["result"].get("value")
        return text

    def act(self, kind: str, places: Sequence[Place]) -> None:
        """Put a pointer down at the first place, move it through the others, and lift it."""
        self._call("input.performActions", actions=pointer_actions(kind, places))

    def press(self, keys: Sequence[str]) -> None:
        """Press these keys, one after the other, and let them go in turn."""
        self._call("input.performActions", actions=key_actions(keys))
