"""Weights that the project has are found for a models.toml anywhere, and never written over."""

from pathlib import Path

import pytest

from export.command import main
from export.weights.adopted import adopt, choose_folder
from export.weights.models import missing, read_models
from train.settings.config import Config
from train.settings.reader import read_config
from workshop.tiny import CONFIG, make_project

THIRD = '\n[[model]]\nnoise = "masking"\nlevel = 0.5\n'


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return make_project(tmp_path / "project")


def config(folder: Path, text: str) -> Config:
    folder.mkdir(exist_ok=True)
    (folder / "models.toml").write_text(text)
    return read_config(folder / "models.toml")


def test_a_folder_without_weights_has_those_of_the_project(project: Path, tmp_path: Path) -> None:
    mine = config(tmp_path / "mine", CONFIG.replace('[[model]]\nnoise = "none"\n', ""))
    assert choose_folder(mine, tmp_path / "mine" / "weights", project / "weights") == project / "weights"
    assert not (tmp_path / "mine" / "weights").exists()


def test_what_the_project_has_is_copied_beside_what_it_has_not(project: Path, tmp_path: Path) -> None:
    before = read(project)
    mine = config(tmp_path / "mine", CONFIG + THIRD)
    own = tmp_path / "mine" / "weights"
    assert choose_folder(mine, own, project / "weights") == own
    assert list(missing(mine, own)) == ["masking-50"]
    theirs = read_models(read_config(project / "models.toml"), project / "weights")
    assert [one.data for one in read_models(config(tmp_path / "mine", CONFIG), own)] == [one.data for one in theirs]
    assert read(project) == before
    places = ["--config", tmp_path / "mine" / "models.toml", "--template", project / "site_template"]
    assert main([*map(str, places), "--out", str(tmp_path / "_site")]) == 0


def test_what_is_there_is_kept(project: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    make_project(tmp_path / "mine")
    own = tmp_path / "mine" / "weights"
    before = read(own)
    both = read_config(project / "models.toml")
    assert choose_folder(both, own, project / "weights") == own
    (own / "none.safetensors").unlink()
    adopt(both, own, project / "weights")
    after = read(own)
    assert after.pop("report.json")
    assert after == {name: data for name, data in before.items() if name != "report.json"}
    assert choose_folder(both, own, own) == own
