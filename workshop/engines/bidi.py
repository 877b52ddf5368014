"""WebDriver BiDi over its websocket, as far as the tests need it: a command has an answer, and events come between.

Source: https://www.w3.org/TR/webdriver-bidi/
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from websockets.sync.client import connect

from workshop.engines.tab import DriverError

Message = dict[str, Any]


class Connection:
    """One session; events go to `heard` while an answer is waited for."""

    def __init__(self, url: str, heard: Callable[[str, Message], None]) -> None:
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(url, max_size=None, compression=None, proxy=None))
        self._heard = heard
        self._number = 0

    def call(self, method: str, **params: object) -> Message:
        """Send a command; gives its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message: Message = json.loads(self._socket.recv(timeout=120))
            if message["type"] == "event":
                self._heard(message["method"], message["params"])
            elif message["id"] == self._number:
                break
        if message["type"] == "error":
            raise DriverError(f"{method}: {message['message']}")
        result: Message = message["result"]
        return result

    def close(self) -> None:
        """Leave; the session ends."""
        self._open.close()
