"""The code in docs/ does what the text around it says."""

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.weights.external import COMMON_NAMES
from export.weights.models import read_models
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.tiny import PIXELS

TEXT = (ROOT / "docs" / "external-models.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


class Tensor:
    """What the example uses of a PyTorch tensor, where PyTorch is not installed."""

    def __init__(self, *shape: int) -> None:
        self.array = np.random.default_rng(0).normal(0, 0.1, shape).astype(np.float32)

    def detach(self) -> "Tensor":
        return self

    def numpy(self) -> Any:
        return self.array


class StandIn:
    """What the example uses of its model, where PyTorch is not installed."""

    def state_dict(self) -> dict[str, Tensor]:
        shapes = {"visible_bias": (784,), "encoder.weight": (100, 784), "encoder.bias": (100,)}
        return {name: Tensor(*shape) for name, shape in shapes.items()}


def test_weights_from_pytorch_are_shown_as_the_text_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make, save, _ = blocks("python")
    scope: dict[str, Any] = {"model": StandIn()}
    if importlib.util.find_spec("torch"):
        exec(make, scope)
    exec(save, scope)
    (tmp_path / "models.toml").write_text(blocks("toml")[0])
    config = read_config(tmp_path / "models.toml")
    (mine,) = read_models(config, tmp_path)
    assert (mine.name, mine.visible, mine.hidden) == ("mine", 784, 100)
    state = scope["model"].state_dict()
    np.testing.assert_array_equal(mine.params.weight, state["encoder.weight"].detach().numpy().T)


def test_arrays_of_other_names_are_found_as_the_text_says(tmp_path: Path) -> None:
    table = tomllib.loads(blocks("toml")[1])["model"][0]
    arrays: dict[str, Any] = {
        table["weight"]: np.eye(9, 4) + 1,
        table["hidden_bias"]: np.zeros(4),
        table["visible_bias"]: np.ones(9),
    }
    np.savez(tmp_path / table["file"], **arrays)
    (tmp_path / "models.toml").write_text(blocks("toml")[1])
    (theirs,) = read_models(read_config(tmp_path / "models.toml"), tmp_path)
    np.testing.assert_array_equal(theirs.params.weight, np.eye(9, 4) + 1)


def test_our_models_run_in_three_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "weights")
    scope: dict[str, Any] = {"pixels": PIXELS[60]}
    exec(blocks("python")[2], scope)
    expected = reconstruct(read_weights(Path("masking-80.safetensors")).params, PIXELS[60].astype(np.float64))
    np.testing.assert_allclose(scope["reconstruction"], expected, atol=1e-5)


def test_the_names_in_the_table_are_those_that_are_found() -> None:
    rows = re.findall(r"^\| (?:weight|hidden bias|visible bias) \|.*\| (.*) \|$", TEXT, re.MULTILINE)
    assert [tuple(re.findall("`(.*?)`", row)) for row in rows] == list(COMMON_NAMES.values())
