"""Fixtures that more than one test module needs: a project, the built site, a server under a sub-path, Chromium."""

import functools
import http.server
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, expect, sync_playwright

from tests.projects import call, make_project

# A shell that starts the tests in the background has Ctrl-C ignored, and so would everything that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
SUB_PATH = "a/b"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
]


def pytest_configure(config: pytest.Config) -> None:
    """Let the many short trainings of this run compile each program once: most of their time is the compiler's."""
    compiled = tempfile.TemporaryDirectory()
    config.add_cleanup(compiled.cleanup)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def find_chromium(playwright: Playwright) -> str:
    """The Chromium that is there: CHROMIUM, the system's, Playwright's own; else the latter, fetched."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    own = playwright.chromium.executable_path
    found = [path for path in (*map(shutil.which, BROWSERS), own) if path and Path(path).exists()]
    if not found:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return found[0] if found else own


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start Chromium, or end with one line that says how to get it."""
    try:
        return playwright.chromium.launch(executable_path=find_chromium(playwright), args=[*ARGUMENTS, *more])
    except Error as error:
        raise SystemExit(
            "The tests drive a real Chromium and none could be started: run `apt-get install chromium` or "
            f"`playwright install --with-deps chromium`, or set CHROMIUM to one.\n{error}"
        ) from None


@pytest.fixture(scope="session")
def mnist() -> Path | None:
    """The folder with the four official MNIST files, or None where there is none."""
    for folder in (os.environ.get("DAE_DATA_DIR"), str(ROOT.parent / "shared" / "mnist")):
        if folder and (Path(folder) / "train-images-idx3-ubyte.gz").exists():
            return Path(folder)
    return None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first `python -m train`, with what that said in `said`."""
    folder = make_project(tmp_path_factory.mktemp("trained"))
    done = call(folder)
    assert done.returncode == 0, done.stderr
    (folder / "said").write_text(done.stdout)
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A copy of it, free to be changed."""
    return Path(shutil.copytree(trained_once, tmp_path / "trained"))


def run_build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python build.py` as the owner does."""
    command = [sys.executable, str(ROOT / "build.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real site, built once from the committed weights."""
    out = tmp_path_factory.mktemp("site") / "_site"
    done = run_build("--out", out)
    assert done.returncode == 0, done.stderr
    return out


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is its claims."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves is no fault of the server."""


def serve(
    folder: Path, handler: type[http.server.SimpleHTTPRequestHandler] = _Quiet
) -> http.server.ThreadingHTTPServer:
    """Serve a folder on a free port of localhost, in a thread of its own."""
    server = _Server(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="session")
def served(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the built site under a sub-path, as GitHub Pages serves a project's."""
    top = tmp_path_factory.mktemp("served")
    (top / SUB_PATH).parent.mkdir(parents=True)
    (top / SUB_PATH).symlink_to(site, target_is_directory=True)
    server = serve(top)
    yield f"http://127.0.0.1:{server.server_address[1]}/{SUB_PATH}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """One real Chromium for the whole run (of each of its workers); the run ends where none can be started."""
    expect.set_options(timeout=20_000)  # milliseconds: on a busy machine the default of 5 s is soon over
    with sync_playwright() as playwright:
        try:
            chromium = launch(playwright)
        except SystemExit as missing:
            request.session.shouldstop = str(missing)  # `pytest.exit` would be a worker's crash
            pytest.fail(str(missing), pytrace=False)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile; the test fails when anything was written to the console or thrown."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    yield page
    context.close()
    assert said == []


@pytest.fixture
def loud_page(browser: Browser) -> Iterator[Page]:
    """A page whose console may speak: Chromium itself reports the failed requests that a test provokes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
