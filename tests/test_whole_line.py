"""The whole line: few digits, one epoch, weights, a site, and a page that answers each stroke with those weights."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from workshop import synthetic
from workshop.checkout import ROOT
from workshop.pad import PLAIN, mouse
from workshop.serving import SUB_PATH, serve
from workshop.visit import last, visit

NAMES = ["masking-80", "none"]
CONFIG = """
[dataset]
name = "custom"
[defaults]
hidden = 16
epochs = 1
batch = 20
[[model]]
noise = "masking"
level = 0.8
[[model]]
noise = "none"
"""
STROKES = (((9.0, 7.0), (19.0, 7.0)), ((19.0, 7.0), (18.0, 22.0)), ((18.0, 22.0), (9.0, 21.0)))


def call(*words: str | Path) -> str:
    """Run a command of the README in the project's root; what it said."""
    done = subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(project: Path) -> str:
    places = ("--config", project / "models.toml", "--data-dir", project / "digits")
    return call("build.py", "--out", project / SUB_PATH, *places)


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A project trained and built, and what both commands said; one model was left for the build to train."""
    project = tmp_path_factory.mktemp("line")
    synthetic.write_idx(project / "digits", 200, 40)
    (project / "models.toml").write_text(CONFIG)
    places = ("--config", project / "models.toml", "--data-dir", project / "digits")
    trained = call("-m", "train", NAMES[0], *places)
    return project, trained, build(project)


@pytest.fixture(scope="module")
def url(said: tuple[Path, str, str]) -> Iterator[str]:
    server = serve(said[0])
    yield f"http://127.0.0.1:{server.server_address[1]}/{SUB_PATH}/"
    server.shutdown()
    server.server_close()


def test_the_build_trains_what_is_missing_and_nothing_else(said: tuple[Path, str, str]) -> None:
    _, trained, built = said
    assert "masking-80" in trained
    assert "epoch   1/1" in trained
    assert "training none: " in built
    assert "none.safetensors is missing" in built
    assert "training masking-80" not in built


def test_a_second_build_trains_nothing_and_gives_the_same_bytes(said: tuple[Path, str, str]) -> None:
    project, _, _ = said
    before, weights = read(project / SUB_PATH), read(project / "weights")
    assert "training" not in build(project)
    assert read(project / SUB_PATH) == before
    assert read(project / "weights") == weights


@pytest.mark.parametrize("name", NAMES)
def test_every_stroke_changes_what_the_fresh_weights_answer(
    page: Page, said: tuple[Path, str, str], url: str, name: str
) -> None:
    weights = read_weights(said[0] / "weights" / f"{name}.safetensors")
    assert (weights.params.weight.shape, weights.facts.dataset) == ((784, 16), "custom")
    visit(page, url + PLAIN)
    page.select_option("#model", name)
    expect(page.locator("#loading")).to_be_hidden()
    answers = [last(page).reconstruction]
    for stroke in STROKES:
        mouse(page, *stroke)
        answer = last(page)
        assert answer.model == name
        assert np.abs(answer.reconstruction - reconstruct(weights.params, answer.fed)).max() < 1e-5
        assert np.abs(answer.reconstruction - answers[-1]).max() > 0.001
        answers.append(answer.reconstruction)
    page.click("#clear")
    assert np.abs(last(page).reconstruction - answers[0]).max() < 1e-5


def test_the_self_test_holds_the_fresh_site_against_jax(page: Page, url: str) -> None:
    page.goto(f"{url}?selftest")
    expect(page.locator("#selftest[data-result]")).to_have_attribute("data-result", "passed", timeout=30_000)
    expect(page.locator("#selftest-rows tr")).to_have_count(len(NAMES))
