"""A folder with a built site on HTTP, for the one who builds it: never from a cache, and pages reload themselves.

In:  the folder, an address and a port, and what counts the builds.
Out: a `Server`. Every request gets an answer, and those for other hosts than ours a refusal: a page of another site
     that lets its own name lead here (DNS rebinding) reads nothing.
"""

import functools
import http.server
import ipaddress
import os
import re
import secrets
import socket
import socketserver
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, unquote

from export.site.manifest import is_inside
from train.errors import DaeError

TRIES = 20  # ports tried after the default one
SLOWEST = 30.0  # seconds that a client may take for its next bytes
LINGER = 1.0  # seconds that are waited for a client to have read its answer
BUILT_PATH = "/__reload__"  # a word that is another after each build
SCRIPT_PATH = f"{BUILT_PATH}.js"
RELOAD_SCRIPT = f"""\
// Not an EventSource, which holds one of the six connections that a browser has for all tabs and frames of a host.
const built = document.querySelector("meta[name=built]").content;
async function look() {{
  let pause = 400;
  try {{
    if (!document.hidden) {{
      const answer = await fetch("{BUILT_PATH}");
      if (answer.ok && (await answer.text()) !== built) location.reload();
    }}
  }} catch {{
    pause = 3000;
  }}
  setTimeout(look, pause);
}}
look();
"""
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_WHOLE = re.compile(r"https?://([^/?]*)", re.IGNORECASE)  # before the path, where a proxy is asked
_HOST = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(:[0-9]*)?")


class ServeError(DaeError):
    """The site cannot be served."""


class Changes:
    """Counts the builds, so that open pages see when there is another."""

    def __init__(self) -> None:
        self._start = secrets.token_hex(4)  # another server's count is another
        self._count = 0

    def tell(self) -> None:
        """A new site is there."""
        self._count += 1

    def word(self) -> str:
        """A word that is another after each build."""
        return f"{self._start}-{self._count}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request."""

    timeout = SLOWEST
    default_request_version = "HTTP/1.0"  # of what cannot be read: else the answer would have no status

    def __init__(self, folder: Path, changes: Changes, name: str, *arguments: object) -> None:
        self._folder, self._changes, self._name = folder, changes, name
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server calls it; it answers at once

    def __getattr__(self, name: str) -> Callable[[], None]:
        """All methods, of which the base class asks for do_GET and so on, lead to one answer."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        """Answer with a file, with a page that reloads itself, or with news of the last build."""
        path, query = self._path()
        word = self._changes.word()  # before the page is read, so that no build is missed
        if not self._is_asked_here():
            self._say(HTTPStatus.FORBIDDEN, f"{self._name} is served here; another name needs `serve --host NAME`.\n")
        elif self.command not in ("GET", "HEAD"):
            self._say(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD.\n")
        elif path == BUILT_PATH:
            self._say(HTTPStatus.OK, word)
        elif path == SCRIPT_PATH:
            self._send(HTTPStatus.OK, RELOAD_SCRIPT.encode(), ".js")
        else:
            self._send_file(path, query, word)

    def _is_asked_here(self) -> bool:
        """Whether the request is for an address, localhost or the name that was given; an old client may name none."""
        hosts = [host.strip() for host in self.headers.get_all("Host", [])]
        if whole := _WHOLE.match(self.path):
            hosts.append(whole[1])
        return all(is_ours(host, self._name) for host in hosts)

    def _path(self) -> tuple[str, str]:
        """Path and query of what is asked for."""
        target = self.path.partition("#")[0]
        if whole := _WHOLE.match(target):
            target = target[whole.end() :] or "/"
        path, _, query = target.partition("?")
        return path, query

    def _send_file(self, path: str, query: str, word: str) -> None:
        name = unquote(path, errors="replace").removeprefix("/")
        inside = name.removesuffix("/")
        data = None
        with suppress(OSError, ValueError):  # too long a name, half a letter
            if path.startswith("/") and (inside == "" or is_inside(inside)):
                place = self._folder / inside
                if place.is_dir() and (place / "index.html").is_file():
                    if name != inside or not inside:
                        data, inside = (place / "index.html").read_bytes(), "index.html"
                    else:
                        self._move(f"/{quote(inside)}/" + (f"?{query}" if query else ""))
                        return
                elif place.is_file() and name == inside:
                    data = place.read_bytes()
        if data is not None:
            extension = Path(inside).suffix.lower()
            self._send(HTTPStatus.OK, _alive(data, word) if extension == ".html" else data, extension)
            return
        with suppress(OSError):
            data = (self._folder / "404.html").read_bytes()
        self._send(HTTPStatus.NOT_FOUND, _alive(data or b"Not found.\n", word), ".html")

    def _move(self, place: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: HTTPStatus, text: str) -> None:
        self._send(status, text.encode(), ".txt")

    def _send(self, status: HTTPStatus, data: bytes, extension: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", TYPES.get(extension, "application/octet-stream"))
        self.send_header("Content-Length", str(len(data)))
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def end_headers(self) -> None:
        """Add to every answer that it is not to be kept."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of single requests: the terminal is for builds and faults."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A server whose threads do not keep it from stopping; faults of theirs are told in one sentence."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere two servers would share a port
    request_queue_size = 128

    def __init__(
        self, place: tuple[str, int], family: int, handler: Callable[..., Handler], fault: Callable[[Exception], None]
    ) -> None:
        self.address_family = family
        self._fault = fault
        super().__init__(place, handler)

    def server_bind(self) -> None:
        """Bind without asking for the machine's name, which can take long and is not needed."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # typed for every family; ours have host and port

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.socket.getsockname()[1])

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection, after what the client still sends was read: else its answer could be lost."""
        assert isinstance(request, socket.socket)
        end = time.monotonic() + LINGER
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(LINGER)
            while request.recv(1 << 16) and time.monotonic() < end:
                pass
        self.close_request(request)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Report a fault, which a page that is left while it loads is not."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, ConnectionError | TimeoutError):
            self._fault(error)


def is_ours(host: str, name: str) -> bool:
    """Whether a request's host, with or without a port, is an address, localhost, or the name that we were given."""
    match = _HOST.fullmatch(host)
    asked = match[1].strip("[]").lower() if match else ""
    if asked in ("localhost", name.lower()):
        return asked != ""
    with suppress(ValueError):
        ipaddress.ip_address(asked)
        return True
    return False


def make_server(
    folder: Path, changes: Changes, host: str, port: int | None, fault: Callable[[Exception], None]
) -> Server:
    """A server of `folder` on the address `host`; without a port, the first free one from 8000 on."""
    handler = functools.partial(Handler, folder, changes, host)
    ports = range(8000, 8000 + TRIES) if port is None else range(port, port + 1)
    told = f"port {port}" if port is not None else f"ports 8000 to {8000 + TRIES - 1}"
    try:
        family, *_, place = socket.getaddrinfo(host, ports[0], type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ServeError(f"--host: expected an address or a name of this machine, got {host!r}: {error}") from None
    for number in ports:
        try:
            return Server((str(place[0]), number), family, handler, fault)
        except OSError as error:
            reason = error.strerror or str(error)
    raise ServeError(f"{told}: cannot listen on {'it' if port is not None else 'any'} at {host}: {reason}")


def _alive(page: bytes, word: str) -> bytes:
    """A page that reloads itself after the next build."""
    script = f'<meta name="built" content="{word}">\n<script type="module" src="{SCRIPT_PATH}"></script>\n</head>'
    return page.replace(b"</head>", script.encode(), 1)
