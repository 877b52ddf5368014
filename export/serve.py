"""`python build.py serve`: the site on localhost, built anew whenever something it is made of is saved.

In:  the options of a build, a port.
Out: a server until Ctrl-C. Nothing is ever trained here: where models.toml asks for weights that are not there, the
     sentence that says so is printed and the site stays as it is.
"""

import argparse
import functools
import http.server
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

from train.errors import DaeError

INTERVAL = 0.25  # seconds between two looks at the files
SETTLED = 0.05  # seconds without a change, so that no half-written file is built from
KEEP_ALIVE = 10.0  # seconds between two signs of life to an open page
TRIES = 20  # ports tried after the default one
RELOAD_PATH = "/__reload__"
RELOAD_SCRIPT = f'new EventSource("{RELOAD_PATH}").onmessage = () => location.reload();\n'

Snapshot = dict[Path, tuple[int, int]]


class ServeError(DaeError):
    """The site cannot be served."""


class Changes:
    """Counts the builds, so that open pages can wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._condition = threading.Condition()

    def tell(self) -> None:
        """A new site is there."""
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    def wait(self, seen: int) -> int:
        """The count, as soon as it is another than `seen`, or after a while in any case."""
        with self._condition:
            self._condition.wait_for(lambda: self.count != seen, KEEP_ALIVE)
            return self.count


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site, never from a cache; pages learn to reload themselves."""

    changes: ClassVar[Changes]
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
        ".webmanifest": "application/manifest+json",
        ".safetensors": "application/octet-stream",
    }

    def do_GET(self) -> None:
        """Answer with a file, with a page that reloads itself, or with news of the next build."""
        path = self.path.partition("?")[0]
        if path == RELOAD_PATH:
            self._send_changes()
        elif path == f"{RELOAD_PATH}.js":
            self._send(HTTPStatus.OK, RELOAD_SCRIPT.encode(), ".js")
        elif (page := self._page()) is not None:
            self._send_page(HTTPStatus.OK, page)
        elif not Path(self.translate_path(self.path)).exists():
            self._send_page(HTTPStatus.NOT_FOUND, Path(self.directory) / "404.html")
        else:
            super().do_GET()

    def _page(self) -> Path | None:
        """The HTML file that the request names."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.partition("?")[0].endswith("/"):
            path /= "index.html"
        return path if path.suffix == ".html" and path.is_file() else None

    def _send_page(self, status: HTTPStatus, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        script = f'<script type="module" src="{RELOAD_PATH}.js"></script>\n</head>'
        self._send(status, text.replace("</head>", script, 1).encode(), ".html")

    def _send(self, status: HTTPStatus, data: bytes, extension: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", self.extensions_map[extension])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_changes(self) -> None:
        """A stream of events, one for each build, until the page goes away."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = self.changes.count
        try:
            while True:
                count = self.changes.wait(seen)
                self.wfile.write(b"data: built\n\n" if count != seen else b":\n\n")
                self.wfile.flush()
                seen = count
        except OSError:
            return

    def end_headers(self) -> None:
        """Add to every answer that it is not to be kept."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of single requests: the terminal is for builds and faults."""


class Server(http.server.ThreadingHTTPServer):
    """A server whose open event streams do not keep it from stopping."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a fault, which a page that is left while it loads is not."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def make_server(folder: Path, changes: Changes, port: int | None) -> Server:
    """A server of `folder` on localhost; without a port, the first free one from 8000 on."""

    handler = functools.partial(type("Bound", (Handler,), {"changes": changes}), directory=str(folder))
    ports: Iterable[int] = range(8000, 8000 + TRIES) if port is None else [port]
    for number in ports:
        try:
            return Server(("127.0.0.1", number), handler)
        except OSError as error:
            reason = error.strerror or str(error)
    raise ServeError(f"port {port or ports}: cannot listen on it: {reason}")


def snapshot(paths: Iterable[Path]) -> Snapshot:
    """Time and size of every file in or at `paths`."""
    found: Snapshot = {}
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            try:
                status = file.stat()
            except OSError:
                continue
            found[file] = (status.st_mtime_ns, status.st_size)
    return found


def watch(paths: list[Path], before: Snapshot, rebuild: Callable[[], None], stop: threading.Event) -> None:
    """Call `rebuild` after every change of the files since `before`, until `stop` is set."""
    while not stop.wait(INTERVAL):
        now = snapshot(paths)
        if now == before:
            continue
        while not stop.wait(SETTLED) and (latest := snapshot(paths)) != now:
            now = latest
        before = now
        rebuild()


def serve(
    options: argparse.Namespace, build: Callable[[], str], watched: list[Path], say: Callable[[str], None]
) -> None:
    """Build, serve and watch until Ctrl-C. A build that fails leaves the last good site in place."""
    changes = Changes()

    def rebuild() -> None:
        started = time.perf_counter()
        try:
            line = build()
        except DaeError as error:
            say(f"error: {error}")
            return
        say(f"{line} ({time.perf_counter() - started:.2f} s)")
        changes.tell()

    before = snapshot(watched)
    say(build())
    server = make_server(options.out.resolve(), changes, options.port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    say(f"serving {options.out} at {address} (Ctrl-C stops)")
    stop = threading.Event()
    threading.Thread(target=watch, args=(watched, before, rebuild, stop), daemon=True).start()
    if options.open:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("stopped")
    finally:
        stop.set()
        server.server_close()
