"""`python build.py serve`: right types, no caches, a page that reloads itself, and never any training."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from workshop.checkout import ROOT
from workshop.tiny import make_project
from workshop.visit import wait_for


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture
def served(project: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    words = [word if word.startswith("--") else str(project / word) for word in places]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "build.py"), "serve", *words, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    assert "2 models" in process.stdout.readline()
    assert "serving" in process.stdout.readline()
    yield process, port
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=10)[0]
    assert (process.returncode, said.splitlines()[-1]) == (0, "stopped")


def get(port: int, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    assert answer.getheader("Cache-Control") == "no-store"
    return answer.status, answer.getheader("Content-Type") or "", data


def say(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_files_have_their_types_and_a_wrong_address_our_page(
    served: tuple[subprocess.Popen[str], int], project: Path
) -> None:
    types = {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
        ".json": "application/json",
        ".png": "image/png",
        ".safetensors": "application/octet-stream",
    }
    for file in (project / "_site" / "assets").iterdir():
        expected = (200, types[file.suffix], file.read_bytes())
        assert get(served[1], f"/assets/{file.name}") == expected
    for path in ("/", "/ja/", "/lab/", "/index.html?x=1"):
        status, kind, data = get(served[1], path)
        assert (status, kind) == (200, "text/html; charset=utf-8")
        assert b'<script type="module" src="/__reload__.js"></script>' in data
    status, _, data = get(served[1], "/none")
    assert (status, b"Missing" in data) == (404, True)
    for path in ("/../models.toml", "/%2e%2e/models.toml", "/..%2fmodels.toml"):
        assert get(served[1], path)[0] == 404
    assert b"location.reload()" in get(served[1], "/__reload__.js")[2]


def test_an_open_page_shows_what_was_saved_within_two_seconds(
    served: tuple[subprocess.Popen[str], int], project: Path, page: Page
) -> None:
    page.goto(f"http://127.0.0.1:{served[1]}/")
    catalogue = project / "site_template" / "locale" / "en" / "page.toml"
    times = []
    for title in ("First", "Second", "Third"):
        text = catalogue.read_text()
        before = text.partition('[walk]\ntitle = "')[2].partition('"')[0]
        saved = time.monotonic()
        catalogue.write_text(text.replace(f'[walk]\ntitle = "{before}"', f'[walk]\ntitle = "{title}"'))
        wait_for(page, f"() => document.title === '{title}'", seconds=30)
        times.append(time.monotonic() - saved)
    assert sorted(times)[1] < 2


def test_any_number_of_tabs_load(served: tuple[subprocess.Popen[str], int], page: Page) -> None:
    tabs = [page.context.new_page() for _ in range(9)]
    for tab in tabs:
        with tab.expect_response("**/__reload__", timeout=10_000):
            tab.goto(f"http://127.0.0.1:{served[1]}/lab/", timeout=10_000)
    for tab in tabs:
        tab.close()


def test_whatever_is_saved_it_goes_on(served: tuple[subprocess.Popen[str], int], project: Path) -> None:
    template = project / "site_template"
    base = template / "base.html.j2"
    faults = [
        (base, b"{{ 1 / 0 }}", "error: base.html.j2:1: division by zero"),
        (base, b"\xff\xfe", "base.html.j2: expected UTF-8 text, got byte 0xff at 0"),
        (project / "models.toml", b"[[model]]\nnoise = 'no", "error: "),
        (template / "samples.json", b"[" * 100_000, "samples.json: expected JSON, got "),
        (template / "locale" / "ja" / "page.toml", b"a = [" * 5_000, "page.toml: expected TOML, got "),
        (project / "weights" / "report.json", b'{"models": ', "report.json: expected JSON, got "),
        (project / "weights" / "none.safetensors", b"\xff" * 9, "none.safetensors: "),
        (project / "weights" / "golden" / "none.safetensors", b"", "golden/none.safetensors: "),
        (template / "kernel" / "simd.wasm", b"\0as", "simd.wasm: expected WebAssembly, got "),
    ]
    for path, data, sentence in faults:
        good = path.read_bytes()
        path.write_bytes(data)
        assert sentence in say(served[0])
        path.write_bytes(good)
        assert "2 models" in say(served[0])


def test_a_fault_is_told_and_the_last_good_site_stays(served: tuple[subprocess.Popen[str], int], project: Path) -> None:
    template = project / "site_template" / "404.html.j2"
    good = template.read_text()
    template.write_text("{{ nothing }}")
    assert "error: 404.html.j2:1: 'nothing' is undefined" in say(served[0])
    assert b"Missing" in get(served[1], "/none")[2]
    template.write_text(good)
    assert "2 models" in say(served[0])


def test_nothing_is_trained(served: tuple[subprocess.Popen[str], int], project: Path) -> None:
    config = project / "models.toml"
    config.write_text(config.read_text().replace("0.8", "0.5"))
    line = say(served[0])
    assert "error: masking-50 must be trained, as" in line
    assert "run `python build.py`" in line
