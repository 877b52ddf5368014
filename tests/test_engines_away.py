"""Away from the network, in Chromium, Firefox and WebKit: one file from disk, and a site that keeps itself."""

from pathlib import Path

import pytest

from workshop.checkout import run_build
from workshop.engines.tab import Tab
from workshop.serving import serve

INK = "() => window.last.pixels.reduce((sum, ink) => sum + ink, 0)"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("single") / "what noise teaches.html"
    done = run_build("--single-file", "--out", out)
    assert done.returncode == 0, done.stderr
    return out.as_uri()


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("offline") / "_site"
    done = run_build("--pwa", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_one_file_from_disk_draws_and_passes_its_self_test(engine: Tab, single: str) -> None:
    engine.visit(single)
    engine.wait_for("() => document.querySelectorAll('.answer.live').length === 4")
    engine.draw()
    assert engine.evaluate(INK) > 20
    engine.visit(f"{single}?page=lab&lang=ja&selftest#model=gaussian-050")
    engine.draw()
    assert engine.evaluate("() => [document.documentElement.lang, window.last.model]") == ["ja", "gaussian-050"]
    engine.wait_for("() => document.querySelector('#selftest[data-result]') !== null", seconds=60)
    assert engine.evaluate("() => document.getElementById('selftest').dataset.result") == "passed"


def test_after_one_visit_it_needs_no_network(engine: Tab, offline: Path) -> None:
    server = serve(offline)
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    engine.visit(url)
    engine.wait_for("() => Boolean(navigator.serviceWorker.controller)", seconds=60)
    engine.wait_for("() => document.querySelectorAll('.answer.live').length === 4")  # nothing is on its way
    server.shutdown()
    server.server_close()
    for page in ("", "ja/lab/#model=gaussian-050"):
        engine.visit(url + page)
        engine.draw()
        assert engine.evaluate(INK) > 20
    assert engine.evaluate("() => window.last.model") == "gaussian-050"
