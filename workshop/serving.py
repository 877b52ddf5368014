"""A folder served on localhost, as a plain web server does it."""

import functools
import http.server
import io
import threading
from pathlib import Path
from typing import BinaryIO

SUB_PATH = "a/b"  # where a site is put that must work anywhere


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Answers every request with the file as it is now."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is its claims."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send what there is: a time in whole seconds does not tell two builds apart."""
        del self.headers["If-Modified-Since"]
        return super().send_head()


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves is no fault of the server."""


def serve(folder: Path, handler: type[http.server.SimpleHTTPRequestHandler] = Quiet) -> http.server.ThreadingHTTPServer:
    """Serve a folder on a free port of localhost, in a thread of its own."""
    server = _Server(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
