"""Training is exact: the same bits whatever is trained beside, and after interruptions."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from train.data.noise import NOISES
from train.errors import DaeError, TrainingError
from train.learn.model import initial_params
from train.learn.params import Params
from train.learn.training import TrainingState, batch_loss, make_mesh, seed_key, steps_per_epoch
from train.run import checkpoint, sweep
from train.run.events import Epoch, Note, Stopped
from train.settings.config import ModelSpec, model_name
from train.settings.recipe import Recipe
from workshop import synthetic

ROOT = Path(__file__).resolve().parent.parent
RECIPE = Recipe(hidden=12, epochs=3, batch=20)
IMAGES = synthetic.digits(100, seed=1, side=12)[0].reshape(100, 144)
KINDS = (("masking", 0.5), ("none", 0.0), ("gaussian", 0.5), ("salt-and-pepper", 0.25))


def spec(noise: str, level: float, recipe: Recipe = RECIPE) -> ModelSpec:
    return ModelSpec(model_name(noise, level), noise, level, "custom", recipe)


SPECS = [spec(*kind) for kind in KINDS]
FULL = replace(RECIPE, hidden=9, schedule="constant", warmup=0.2, learning_rate=4e-3, b1=0.8, b2=0.99, seed=7)
Heard = Epoch | Note | Stopped


def train(
    specs: Sequence[ModelSpec], folder: Path, events: list[Heard] | None = None, *, wide: bool = False
) -> list[sweep.Trained]:
    """One family after another; the models in the order of `specs`."""
    heard: list[Heard] = [] if events is None else events
    trained = {}
    for family in sweep.divide(specs, wide):
        for one in sweep.train_group(family, IMAGES, "digest", make_mesh(1, 1), folder, heard.append, wide=wide):
            trained[one.spec.name] = one
    return [trained[one.name] for one in specs if one.name in trained]


def epochs(heard: list[Heard]) -> list[tuple[str, int]]:
    """The name and number of each epoch that was told of."""
    return [(event.name, event.epoch) for event in heard if isinstance(event, Epoch)]


def bits(params: Params) -> bytes:
    return b"".join(np.asarray(array).tobytes() for array in params)


def test_a_model_trained_alone_has_the_same_bits_as_among_others(tmp_path: Path) -> None:
    specs = [SPECS[0], spec("masking", 0.2), SPECS[2]]
    together = train(specs, tmp_path / "together")
    backwards = train(specs[::-1], tmp_path / "backwards")
    assert [bits(one.params) for one in together] == [bits(one.params) for one in backwards][::-1]
    alone = train([SPECS[2]], tmp_path / "alone")
    assert bits(alone[0].params) == bits(together[2].params)


def test_all_models_of_a_seed_start_from_the_same_weight(tmp_path: Path) -> None:
    heard: list[Heard] = []
    still = [replace(one, recipe=replace(RECIPE, learning_rate=1e-30, epochs=1)) for one in SPECS]
    weights = [one.params.weight for one in train(still, tmp_path, heard)]
    for weight in weights[1:]:
        np.testing.assert_allclose(weight, weights[0], atol=1e-25)
    assert [name for name, _ in epochs(heard)] == [one.name for one in SPECS]


def test_models_that_are_behind_by_their_checkpoints_catch_up_and_go_on_together(tmp_path: Path) -> None:
    pair = [spec("masking", 0.2), spec("masking", 0.4)]
    whole = train(pair, tmp_path / "whole")

    class StopError(Exception):
        pass

    def stop(event: Heard) -> None:
        if epochs([event]) == [(pair[0].name, 2)]:
            raise StopError

    with pytest.raises(StopError):
        sweep.train_group(pair[:1], IMAGES, "digest", make_mesh(1, 1), tmp_path / "cut", stop)
    heard: list[Heard] = []
    resumed = train(pair, tmp_path / "cut", heard)
    first, second = (one.name for one in pair)
    assert epochs(heard) == [(second, 1), (second, 2), (first, 3), (second, 3)]
    assert [bits(one.params) for one in resumed] == [bits(one.params) for one in whole]


WITH_SETTINGS = """
import sys
from train.run.numbers import fix_numbers
fix_numbers()
from tests.test_training import FULL, bits, spec, train
from pathlib import Path
specs = [spec("gaussian", 0.5, FULL), spec("masking", 0.5)]
trained = train(specs, Path(sys.argv[1]))
sys.stdout.write("".join(bits(one.params).hex() for one in trained))
"""


def test_no_setting_of_the_environment_changes_a_bit(tmp_path: Path) -> None:
    settings = {
        "JAX_THREEFRY_PARTITIONABLE": "0",
        "JAX_ENABLE_X64": "1",
        "JAX_DISABLE_JIT": "1",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "DNNL_MAX_CPU_ISA": "SSE41",
        "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
        "XLA_FLAGS": "--xla_cpu_enable_fast_math=true --xla_force_host_platform_device_count=3",
        "NPROC": "2",
    }
    said = []
    for number, more in enumerate(({}, settings)):
        environment = {key: value for key, value in os.environ.items() if key not in settings} | more
        command = [sys.executable, "-c", WITH_SETTINGS, str(tmp_path / str(number))]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment | {"JAX_PLATFORMS": "cpu"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert len(said[0]) > 1000
    assert said[0] == said[1]


def test_training_lowers_the_loss_below_that_of_the_mean_image(tmp_path: Path) -> None:
    trained = train([spec("masking", 0.25, replace(RECIPE, epochs=40, learning_rate=8e-3))], tmp_path)[0]
    mean = np.clip(IMAGES.mean(axis=0) / 255, 1e-6, 1 - 1e-6)
    clean = IMAGES / 255
    of_mean = -(clean * np.log(mean) + (1 - clean) * np.log(1 - mean)).sum(axis=1).mean()
    assert trained.training[-1] < of_mean
    assert len(trained.training) == 40


@pytest.mark.parametrize("stop_after", [1, 2])
def test_an_interrupted_training_goes_on_to_the_same_bits(tmp_path: Path, stop_after: int) -> None:
    pair = [spec("masking", 0.2), spec("masking", 0.4)]
    whole = train(pair, tmp_path / "whole")

    class StopError(Exception):
        pass

    def interrupt(event: Heard) -> None:
        if epochs([event]) == [(pair[1].name, stop_after)]:
            raise StopError

    with pytest.raises(StopError):
        sweep.train_group(pair, IMAGES, "digest", make_mesh(1, 1), tmp_path / "cut", interrupt)
    heard: list[Heard] = []
    resumed = train(pair, tmp_path / "cut", heard)
    assert min(epoch for _, epoch in epochs(heard)) == stop_after + 1
    assert [bits(one.params) for one in resumed] == [bits(one.params) for one in whole]
    assert [one.training for one in resumed] == [one.training for one in whole]


def test_a_damaged_checkpoint_costs_one_epoch_and_no_bit(tmp_path: Path) -> None:
    whole = train(SPECS[:1], tmp_path)[0]
    newest = checkpoint.slot(tmp_path, SPECS[0].name, RECIPE.epochs % checkpoint.SLOTS)
    newest.write_bytes(newest.read_bytes()[:-1])
    heard: list[Heard] = []
    again = train(SPECS[:1], tmp_path, heard)[0]
    assert bits(again.params) == bits(whole.params)
    assert [type(event) for event in heard] == [Note, Epoch]


def test_a_loss_that_is_not_finite_stops_that_model_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = [SPECS[0], spec("masking", 0.9)]  # of one kind, so that they are trained in one computation
    whole = train(pair[:1], tmp_path / "whole")[0]
    finite = sweep._finite
    monkeypatch.setattr(sweep, "_finite", lambda value, state: finite(value, state) and not spoiled(state))

    def spoiled(state: TrainingState) -> bool:
        """Takes the second model, by its order of appearance, for one whose numbers have run away."""
        seen.append(state)
        return len(seen) == 2

    seen: list[TrainingState] = []
    heard: list[Heard] = []
    trained = train(pair, tmp_path / "cut", heard)
    assert [one.spec.name for one in trained] == [pair[0].name]
    assert bits(trained[0].params) == bits(whole.params)
    sentences = [event.text for event in heard if isinstance(event, Stopped)]
    assert len(sentences) == 1
    assert sentences[0].startswith(f"{pair[1].name}: stopped in epoch 1: its loss is ")
    assert sentences[0].endswith("try a learning_rate below 0.004")


def test_infinite_weights_are_not_finite() -> None:
    whole, broken = (Params(np.array([value]), np.zeros(1), np.zeros(1)) for value in (1.0, np.inf))
    assert sweep._finite(1.0, TrainingState(whole, None))
    assert not sweep._finite(1.0, TrainingState(broken, None))
    assert not sweep._finite(float("nan"), TrainingState(whole, None))


def test_a_batch_larger_than_the_data_and_a_mesh_larger_than_the_machine_are_named() -> None:
    with pytest.raises(TrainingError, match="batch: expected at most the 10 training images, got 20"):
        steps_per_epoch(RECIPE, 10)
    with pytest.raises(TrainingError, match=r"a mesh of 99 x 1 needs 99 devices, got \d"):
        make_mesh(99, 1)
    assert issubclass(TrainingError, DaeError)


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_noise_loss_and_gradient_promote_no_type_and_no_rank(kind: str) -> None:
    params = initial_params(seed_key(0, 0), 144, 12)
    clean = jnp.asarray(IMAGES[:5]).astype(jnp.float32) / 255
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        keys = jax.random.split(seed_key(0, 1), 5)
        corrupted = jax.vmap(NOISES[kind].corrupt, in_axes=(0, 0, None))(keys, clean, jnp.float32(0.5))
        gradient = jax.grad(batch_loss)(params, corrupted, clean)
    assert {leaf.dtype for leaf in gradient} == {jnp.dtype("float32")}
