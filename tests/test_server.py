"""The server of `serve`: every request gets an answer, other hosts a refusal, and any number of clients at once."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from export.site.serve import Served, Teller, serve
from export.site.server import Changes, ServeError, is_ours, make_server

LOCAL = "127.0.0.1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name in ("index.html", "404.html", "lab/index.html", "ja/index.html"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"<html><head><title>{name}</title></head>")
    (folder / "assets").mkdir()
    (folder / "assets" / "a.js").write_text("1;")
    (folder / "assets" / "é #?%.txt").write_text("odd")
    (folder.parent / "secret").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    faults: list[Exception] = []
    server = make_server(folder, Changes(), LOCAL, 0, faults.append)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    server.server_close()
    thread.join(5)
    assert faults == []


def ask(port: int, request: bytes) -> bytes:
    """All that the server answers to some bytes."""
    with socket.create_connection((LOCAL, port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while more := connection.recv(1 << 16):
            answer += more
    return answer


def head(line: str, *more: str, host: str = "localhost") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *more, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (head("GET /"), 200),
        (head("HEAD /"), 200),
        (head("GET /lab"), 301),
        (head("GET /lab/?a=1"), 200),
        (head("GET /lab/index.html"), 200),
        (head("GET http://localhost/assets/a.js"), 200),
        (head("GET /assets/%C3%A9%20%23%3F%25.txt"), 200),
        (head("GET /assets/a.js", "Range: bytes=0-0"), 200),
        (head("GET /assets/a.js", "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"), 200),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (head("GET /assets"), 404),  # no list of files
        (head("GET /assets/"), 404),
        (head("GET /assets/a.js/"), 404),
        (head("GET /none"), 404),
        (head("GET //assets/a.js"), 200),  # as Python's parser makes it one slash
        (head("GET /../secret"), 404),
        (head("GET /%2e%2e/secret"), 404),
        (head("GET /..%2fsecret"), 404),
        (head("GET /assets/..%5c..%5csecret"), 404),
        (head("GET /C:/secret"), 404),
        (head("GET /%00"), 404),
        (head("HEAD /%00"), 404),
        (head("GET /%ff%fe"), 404),
        (head("GET /%"), 404),
        (head("GET /" + "a" * 300), 404),
        (head("GET /" + "a/" * 9000), 404),
        (head("GET /" + "a" * 70_000), 414),
        (head("GET /", "X: " + "a" * 70_000), 431),
        (head("GET /", *(f"X{k}: 1" for k in range(200))), 431),
        (head("POST /", "Content-Length: 300000") + b"x" * 300_000, 405),
        (head("OPTIONS *"), 405),
        (head("PUT /a"), 405),
        (head("BREW /"), 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # https
        (b"GET / HTTP/9\r\n\r\n", 400),
        (b"one two three four\r\n\r\n", 400),
    ],
)
def test_every_request_gets_an_answer(port: int, request_: bytes, status: int) -> None:
    answer = ask(port, request_)
    assert answer.startswith(b"HTTP/1.0 %d " % status), answer[:80]
    assert b"secret" not in answer
    assert request_[:4] != b"HEAD" or answer.endswith(b"\r\n\r\n")


def test_what_a_page_needs_is_as_it_was_built(port: int) -> None:
    assert ask(port, head("GET /assets/a.js")).endswith(
        b"Content-Type: text/javascript; charset=utf-8\r\nContent-Length: 2\r\nCache-Control: no-store\r\n\r\n1;"
    )
    assert b"Location: /lab/?a=1\r\n" in ask(port, head("GET /lab?a=1"))


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:8000", True),
        ("192.168.1.20", True),
        ("[::1]:8000", True),
        ("laptop.lan:80", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("127.0.0.1@evil.example", False),
        ("evil.example:localhost", False),
        ("", False),
        (":80", False),
        ("[", False),
    ],
)
def test_only_addresses_localhost_and_the_given_name_are_answered(host: str, ours: bool) -> None:
    assert is_ours(host, "laptop.lan") is ours


def test_other_hosts_are_refused_whatever_they_ask(port: int) -> None:
    for line in ("GET /", "HEAD /", "GET /__reload__", "GET /none", "POST /", "GET http://evil.example/"):
        assert ask(port, head(line, host="localhost" if "http" in line else "evil.example"))[9:12] == b"403"
    assert ask(port, head("GET /", "Host: evil.example"))[9:12] == b"403"
    assert b"--host NAME" in ask(port, head("GET /", host="evil.example"))


def test_silent_and_slow_clients_hold_nobody_up(port: int) -> None:
    silent = [socket.create_connection((LOCAL, port)) for _ in range(80)]
    for one in silent[:40]:
        one.sendall(b"GET / HTTP/1.1\r\nHos")
    for one in silent[40:60]:
        one.sendall(head("GET /"))
        one.close()  # without reading
    assert ask(port, head("GET /"))[9:12] == b"200"
    for one in silent:
        one.close()


def test_a_page_is_told_of_the_next_build(folder: Path) -> None:
    changes = Changes()
    server = make_server(folder, changes, LOCAL, 0, lambda error: None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = ask(server.port, head("GET /")).decode()
    word = page.partition('<meta name="built" content="')[2].partition('"')[0]
    assert '<script type="module" src="/__reload__.js"></script>\n</head>' in page
    assert ask(server.port, head("GET /__reload__")).decode().endswith(f"\r\n\r\n{word}")
    changes.tell()
    assert not ask(server.port, head("GET /__reload__")).decode().endswith(f"\r\n\r\n{word}")
    server.shutdown()
    server.server_close()


def test_what_cannot_be_listened_on_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"port {port}: cannot listen on it at 127\.0\.0\.1: "):
            make_server(tmp_path, Changes(), LOCAL, port, lambda error: None)
    for host in ("no.such.name.invalid", "", "a" * 300, "\udc80"):
        with pytest.raises(ServeError, match="--host: expected an address or a name of this machine, got "):
            make_server(tmp_path, Changes(), host, 0, lambda error: None)
    with pytest.raises(ServeError, match=r"port 0: cannot listen on it at 192\.0\.2\.1: "):
        make_server(tmp_path, Changes(), "192.0.2.1", 0, lambda error: None)


def test_a_terminal_that_is_gone_or_stopped_holds_nothing_up() -> None:
    said: list[str] = []

    def say(line: str) -> None:
        if line == "first":
            raise BrokenPipeError
        if line == "third":
            threading.Event().wait()  # Ctrl-S
        said.append(line)

    teller = Teller(say)
    for line in ("first", "second", "third", "fourth"):
        teller.tell(line)
    teller.end()
    assert said == ["second"]


def test_a_site_is_served_though_nobody_reads_what_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(line: str) -> None:
        raise OSError(line)

    answers: list[bytes] = []

    def serve_one(server: object, *_: object) -> None:
        answers.append(b"")
        raise KeyboardInterrupt

    monkeypatch.setattr("export.site.server.Server.serve_forever", serve_one)
    serve(Served(folder, LOCAL, 0, False), lambda say: "built", lambda: [folder], say, str)
    assert answers
