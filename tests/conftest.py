"""Fixtures that more than one test module needs: a project, the built site, a server under a sub-path, browsers."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from train.run.numbers import one_blas_thread
from workshop.browser import launch
from workshop.checkout import ROOT, run_build
from workshop.engines.start import NAMES, Engines
from workshop.engines.tab import EngineMissingError, Scheme, Tab
from workshop.projects import call, make_project
from workshop.serving import SUB_PATH, serve

# A shell that starts the tests in the background has Ctrl-C ignored, and so would everything that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Let the many short trainings of this run compile each program once: most of their time is the compiler's.

    And let no thread of NumPy's spin beside the other tests.
    """
    one_blas_thread()
    compiled = tempfile.TemporaryDirectory()
    config.add_cleanup(compiled.cleanup)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real site, built once from the committed weights."""
    out = tmp_path_factory.mktemp("site") / "_site"
    done = run_build("--out", out)
    assert done.returncode == 0, done.stderr
    return out


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
def lab(served: str) -> str:
    """The URL of the lab on it."""
    return f"{served}lab/"


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


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """Chromium, Firefox and WebKit, each started by the first test that wants it."""
    engines = Engines(lambda: request.getfixturevalue("browser"))
    yield engines
    engines.close()


@pytest.fixture(params=NAMES)
def fresh(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Callable[..., Tab]]:
    """Opens tabs of each engine in turn, each in a fresh profile; the test fails when one of their pages complained."""
    tabs: list[Tab] = []

    def open_tab(scheme: Scheme = "light") -> Tab:
        try:
            tabs.append(engines.open_tab(request.param, scheme))
        except EngineMissingError as missing:
            if sys.platform == "darwin" and request.param == "webkit":
                pytest.skip(f"WebKit is tested on Linux alone: macOS has no WebKitGTK. {missing}")
            pytest.fail(str(missing), pytrace=False)
        return tabs[-1]

    yield open_tab
    heard = [words for tab in tabs for words in tab.heard()]
    for tab in tabs:
        tab.close()
    assert heard == []


@pytest.fixture
def engine(fresh: Callable[..., Tab]) -> Tab:
    """One tab of each engine in turn."""
    return fresh()
