"""`python build.py serve`: the site on localhost, built anew whenever something it is made of is saved.

In:  a folder, how it is built and from what, an address and a port.
Out: a server until Ctrl-C. Nothing is ever trained here: where models.toml asks for weights that are not there, the
     sentence that says so is printed and the site stays as it is.
"""

import queue
import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from export.site.server import Changes, make_server
from export.site.watch import snapshot, watch

PATIENCE = 1.0  # seconds that a terminal may take for the last words
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # addresses to listen on, and how one gets there

Say = Callable[[str], None]


@dataclass(frozen=True)
class Served:
    """What is served, and where."""

    folder: Path
    host: str
    port: int | None  # None: the first free one
    open: bool  # also in the browser


class Teller:
    """Says lines in a thread of its own: a terminal that is closed, stopped or full holds nothing up."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()

    def tell(self, line: str) -> None:
        """Say a line as soon as the terminal takes it."""
        self._lines.put(line)

    def end(self) -> None:
        """Wait a while for the last line to be said."""
        self._lines.put(None)
        self._thread.join(PATIENCE)

    def _tell(self) -> None:
        while (line := self._lines.get()) is not None:
            with suppress(Exception):
                self._say(line)


def serve(
    site: Served,
    build: Callable[[Say], str],
    places: Callable[[], list[Path]],
    say: Say,
    sentence: Callable[[Exception], str],
) -> None:
    """Build, serve and watch until Ctrl-C. A build that fails leaves the last good site in place.

    `places` are the files and folders that a build reads, and `sentence` is what a person is told of an error.
    """
    changes = Changes()
    teller = Teller(say)

    def fault(error: Exception) -> None:
        teller.tell(f"error: {sentence(error)}")

    def rebuild() -> None:
        started = time.perf_counter()
        line = build(teller.tell)
        changes.tell()
        teller.tell(f"{line} ({time.perf_counter() - started:.2f} s)")

    before = snapshot(places())
    teller.tell(build(teller.tell))
    server = make_server(site.folder.resolve(), changes, site.host, site.port, fault)
    addresses = [_url(EVERYWHERE.get(site.host, site.host), server.port)]
    if site.host in EVERYWHERE and (outside := _own_address(server.address_family)):
        addresses.append(_url(outside, server.port))
    teller.tell(f"serving {site.folder} at {' and '.join(addresses)} (Ctrl-C stops)")
    stop = threading.Event()
    threading.Thread(target=watch, args=(places, before, rebuild, stop, fault), daemon=True).start()
    if site.open:
        threading.Thread(target=webbrowser.open, args=(addresses[0],), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        teller.tell("stopped")
    finally:
        stop.set()
        server.server_close()
        teller.end()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _own_address(family: int) -> str:
    """The address under which this machine's network knows it; empty where there is none. Nothing is sent."""
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(("2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1", 9))  # for documents: RFC 5737, 3849
        return str(probe.getsockname()[0])
    return ""
