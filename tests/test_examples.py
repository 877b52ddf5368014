"""The example configurations are valid, and their models train."""

from pathlib import Path

import pytest

from tests import synthetic
from train import sweep
from train.config import read_config, with_epochs
from train.dataset import load_dataset
from train.training import make_mesh

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_trains(path: Path, tmp_path: Path) -> None:
    specs = with_epochs(read_config(path), 1).models
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 100, 10))
    for spec in (spec for spec in specs if spec.weights_file is None):
        trained = sweep.train_group([spec], dataset.train, "digest", make_mesh(1, 1), tmp_path, lambda _: None)
        assert trained[0].params.weight.shape == (784, spec.recipe.hidden)


def test_the_models_of_the_2015_repository_are_there() -> None:
    models = read_config(ROOT / "examples" / "2015-repository.toml").models
    assert [(spec.level, spec.recipe.hidden) for spec in models] == [(0.25, 1000), (0.5, 250), (0.8, 1000), (0.9, 500)]


def test_the_recipe_of_2015_is_for_the_same_models() -> None:
    ours, theirs = (read_config(ROOT / path) for path in ("models.toml", "benchmarks/recipe_2015.toml"))
    assert [spec.name for spec in ours.models] == [spec.name for spec in theirs.models]
    assert {(spec.recipe.learning_rate, spec.recipe.schedule, spec.recipe.epochs) for spec in theirs.models} == {
        (1e-3, "constant", 25)
    }
