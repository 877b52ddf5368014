"""The example configurations are valid, and the commands that they name train their models and build their site."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from train.settings.reader import read_config
from workshop import synthetic
from workshop.checkout import run_build

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "2015-repository.toml"


def commands() -> list[list[str]]:
    """What the example's first lines tell to type."""
    return [shlex.split(line) for line in re.findall(r"^#   (python .*)$", EXAMPLE.read_text(), re.MULTILINE)]


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example's commands ran as they stand, with one epoch and images that are made here."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "examples").mkdir()
    text = changed(EXAMPLE.read_text(), 'name = "mnist"', 'name = "custom"')
    (folder / "examples" / EXAMPLE.name).write_text(changed(text, "epochs = 50", "epochs = 1"))
    digits = synthetic.write_idx(folder / "digits", 100, 10, labelled=False)
    environment = os.environ | {"DAE_DATA_DIR": str(digits), "PYTHONPATH": str(ROOT)}
    for _, *words in commands():
        command = [sys.executable, *(str(ROOT / word) if word == "build.py" else word for word in words)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder


def test_its_commands_train_and_build_a_sound_site(ran: Path) -> None:
    assert [words[1:3] for words in commands()] == [["-m", "train"], ["build.py", "--config"]]
    checked = run_build("check", ran / "_site-2015")
    assert checked.returncode == 0, checked.stderr
    names = ["masking-25", "masking-50", "masking-80", "masking-90"]
    assert [path.stem for path in sorted((ran / "examples" / "weights").glob("*.safetensors"))] == names


def test_its_page_says_what_its_models_are(ran: Path) -> None:
    text = "".join((ran / "_site-2015" / path / "index.html").read_text() for path in (".", "lab", "numbers"))
    page = " ".join(text.split())  # no-break spaces, too
    assert "activations y of 250 / 500 / 1000 hidden units" in page
    assert "The recipes of these models differ" in page  # their sizes do
    assert "Masking 50% · 250 units" in page
    assert "Masking 90% · 500 units" in page
    assert "Draw a picture: small networks" in page
    assert "All there was to see were the images of whoever built this page." in page


def test_git_ignores_what_its_commands_write(ran: Path) -> None:
    given = {"digits", "examples", f"examples/{EXAMPLE.name}"}
    written = {path.relative_to(ran).as_posix() for part in (ran, ran / "examples") for path in part.iterdir()} - given
    assert written == {"_site-2015", "examples/checkpoints", "examples/weights"}
    assert {f"/{path}/" for path in written} <= set((ROOT / ".gitignore").read_text().splitlines())


def test_the_models_of_the_2015_repository_are_there() -> None:
    models = read_config(EXAMPLE).models
    assert [(spec.level, spec.recipe.hidden) for spec in models] == [(0.25, 1000), (0.5, 250), (0.8, 1000), (0.9, 500)]


def test_the_recipe_of_2015_is_for_the_same_models() -> None:
    ours, theirs = (read_config(ROOT / path) for path in ("models.toml", "benchmarks/recipe_2015.toml"))
    assert [spec.name for spec in ours.models] == [spec.name for spec in theirs.models]
    assert {(spec.recipe.learning_rate, spec.recipe.schedule, spec.recipe.epochs) for spec in theirs.models} == {
        (1e-3, "constant", 25)
    }
