"""Weights that took more epochs are not replaced by a slip, and those of a short try are shown as they were trained."""

from dataclasses import replace
from pathlib import Path

import pytest

from export.command import main
from export.site.check import check_site
from export.weights.kept import as_trained, refuse_loss
from export.weights.weights_file import WeightsError
from train.settings.config import Config, with_epochs
from train.settings.reader import read_config
from workshop.tiny import make_project, make_weights

LONG = 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose weights took 20 epochs, and whose models.toml then asks for one."""
    make_project(tmp_path)
    text = (tmp_path / "models.toml").read_text()
    assert "epochs = 1\n" in text
    for path in (tmp_path / "weights").glob("*.safetensors"):
        path.unlink()
    (tmp_path / "models.toml").write_text(text.replace("epochs = 1\n", f"epochs = {LONG}\n"))
    make_weights(tmp_path)
    (tmp_path / "models.toml").write_text(text)
    return tmp_path


def config_of(project: Path) -> Config:
    return read_config(project / "models.toml")


def test_fewer_epochs_do_not_replace_more(project: Path) -> None:
    config = config_of(project)
    with pytest.raises(WeightsError, match=r"none\.safetensors: took 20 epochs, .* of 1: .* --weights, .* --force"):
        refuse_loss(config.models, project / "weights")
    for epochs in (LONG, LONG + 1):
        refuse_loss(with_epochs(config, epochs).models, project / "weights")
    refuse_loss(config.models, project / "nowhere")


def test_a_build_does_not_train_over_them_either(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in (project / "weights").rglob("*.*")}
    words = ["--config", str(project / "models.toml"), "--template", str(project / "site_template")]
    assert main([*words, "--out", str(project / "_site")]) == 1
    assert "took 20 epochs, and would be replaced by weights of 1" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (project / "weights").rglob("*.*")} == before


def test_the_weights_of_a_folder_that_is_named_are_shown_as_they_were_trained(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--config", str(project / "models.toml"), "--template", str(project / "site_template")]
    assert main([*words, "--out", str(project / "_site"), "--weights", str(project / "weights")]) == 0
    said = capsys.readouterr().out
    path = project / "weights" / "masking-80.safetensors"
    assert f"masking-80: as {path} was trained: epochs 20 (models.toml: 1)\n" in said
    assert check_site(project / "_site") == []


def test_what_differs_is_told_epochs_first_and_what_fits_is_not_told(project: Path) -> None:
    config = config_of(project)
    real, notes = as_trained(config, project / "weights")
    assert [spec.recipe.epochs for spec in real.models] == [LONG, LONG]
    assert len(notes) == 2
    assert as_trained(real, project / "weights") == (real, [])
    assert as_trained(config, project / "nowhere") == (config, [])
    other = replace(config, models=tuple(replace(spec, level=0.123) for spec in config.models))
    assert as_trained(other, project / "weights")[1] == []  # another model altogether
