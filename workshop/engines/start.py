"""The engines by name, each started when it is first wanted, and ended together."""

from collections.abc import Callable
from typing import Protocol

from playwright.sync_api import Browser

from workshop.engines.chromium import ChromiumTab
from workshop.engines.firefox import Firefox
from workshop.engines.tab import EngineMissingError, Scheme, Tab
from workshop.engines.webkit import WebKit

NAMES = ("chromium", "firefox", "webkit")


class Engine(Protocol):
    """A browser that runs, all in one colour scheme."""

    def open_tab(self) -> Tab:
        """A page in a profile of its own."""

    def close(self) -> None:
        """End it."""


class Engines:
    """What runs by now. An engine that is missing is looked for once; each who wants it is told the same."""

    def __init__(self, chromium: Callable[[], Browser]) -> None:
        self._chromium = chromium
        self._running: dict[tuple[str, Scheme], Engine | EngineMissingError] = {}

    def open_tab(self, name: str, scheme: Scheme = "light") -> Tab:
        """A page of this engine in a profile of its own; raises EngineMissingError where there is none."""
        if name == "chromium":
            return ChromiumTab(self._chromium(), scheme)
        if (name, scheme) not in self._running:
            try:
                self._running[name, scheme] = Firefox(scheme) if name == "firefox" else WebKit(scheme)
            except EngineMissingError as missing:
                self._running[name, scheme] = missing
        engine = self._running[name, scheme]
        if isinstance(engine, EngineMissingError):
            raise engine
        return engine.open_tab()

    def close(self) -> None:
        """End all but Chromium, which has its own end."""
        for engine in self._running.values():
            if not isinstance(engine, EngineMissingError):
                engine.close()
