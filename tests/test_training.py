"""Training is exact: the same bits whatever is trained beside, and after interruptions."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests import synthetic
from train import checkpoint, sweep
from train.config import ModelSpec, Recipe, model_name
from train.errors import DaeError, TrainingError
from train.model import initial_params
from train.noise import NOISES
from train.optimizer import make_optimizer
from train.params import Params
from train.training import (
    Centres,
    TrainingState,
    _epoch_order,
    _image_keys,
    _input_mean,
    _orders,
    _update,
    batch_loss,
    initial_state,
    make_epoch,
    make_mesh,
    seed_key,
    stack,
    steps_per_epoch,
)

ROOT = Path(__file__).resolve().parent.parent
RECIPE = Recipe(hidden=12, epochs=3, batch=20)
IMAGES = synthetic.digits(100, seed=1, side=12)[0].reshape(100, 144)
KINDS = (("masking", 0.5), ("none", 0.0), ("gaussian", 0.5), ("salt-and-pepper", 0.25))


def spec(noise: str, level: float, recipe: Recipe = RECIPE) -> ModelSpec:
    return ModelSpec(model_name(noise, level), noise, level, "custom", recipe)


SPECS = [spec(*kind) for kind in KINDS]
FULL = replace(
    RECIPE, copies=2, centring="both", initial_bias=-1.0, weight_decay=0.01
)  # a recipe that uses all there is


def train(specs: list[ModelSpec], folder: Path, events: list[dict[str, Any]] | None = None) -> list[sweep.Trained]:
    heard: list[dict[str, Any]] = [] if events is None else events
    return sweep.train_group(specs, IMAGES, "digest", make_mesh(1, 1), folder, heard.append)


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
    heard: list[dict[str, Any]] = []
    still = [replace(one, recipe=replace(RECIPE, learning_rate=1e-30, epochs=1)) for one in SPECS]
    weights = [one.params.weight for one in train(still, tmp_path, heard)]
    for weight in weights[1:]:
        np.testing.assert_allclose(weight, weights[0], atol=1e-25)
    assert [event["name"] for event in heard] == [one.name for one in SPECS]


def test_models_that_are_behind_by_their_checkpoints_catch_up_and_go_on_together(tmp_path: Path) -> None:
    pair = [spec("masking", 0.2), spec("masking", 0.4)]
    whole = train(pair, tmp_path / "whole")

    class StopError(Exception):
        pass

    def stop(event: dict[str, Any]) -> None:
        if event["epoch"] == 2:
            raise StopError

    with pytest.raises(StopError):
        sweep.train_group(pair[:1], IMAGES, "digest", make_mesh(1, 1), tmp_path / "cut", stop)
    heard: list[dict[str, Any]] = []
    resumed = train(pair, tmp_path / "cut", heard)
    first, second = (one.name for one in pair)
    assert [(event["name"], event["epoch"]) for event in heard] == [(second, 1), (second, 2), (first, 3), (second, 3)]
    assert [bits(one.params) for one in resumed] == [bits(one.params) for one in whole]


WITH_SETTINGS = """
import sys
from train.worker import fix_numbers
fix_numbers()
from tests.test_training import FULL, IMAGES, bits, make_mesh, spec, sweep
from pathlib import Path
specs = [spec("gaussian", 0.5, FULL), spec("masking", 0.5)]
trained = sweep.train_group(specs, IMAGES, "digest", make_mesh(1, 1), Path(sys.argv[1]), lambda event: None)
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
    trained = train([spec("masking", 0.25, replace(RECIPE, epochs=40))], tmp_path)[0]
    mean = np.clip(IMAGES.mean(axis=0) / 255, 1e-6, 1 - 1e-6)
    clean = IMAGES / 255
    of_mean = -(clean * np.log(mean) + (1 - clean) * np.log(1 - mean)).sum(axis=1).mean()
    assert trained.training[-1] < of_mean
    assert len(trained.training) == 40


@pytest.mark.parametrize("stop_after", [1, 2])
def test_an_interrupted_training_goes_on_to_the_same_bits(tmp_path: Path, stop_after: int) -> None:
    whole = train(SPECS[:2], tmp_path / "whole")

    class StopError(Exception):
        pass

    def interrupt(event: dict[str, Any]) -> None:
        if event["epoch"] == stop_after and event["name"] == SPECS[1].name:
            raise StopError

    with pytest.raises(StopError):
        sweep.train_group(SPECS[:2], IMAGES, "digest", make_mesh(1, 1), tmp_path / "cut", interrupt)
    heard: list[dict[str, Any]] = []
    resumed = train(SPECS[:2], tmp_path / "cut", heard)
    assert min(event["epoch"] for event in heard) == stop_after + 1
    assert [bits(one.params) for one in resumed] == [bits(one.params) for one in whole]
    assert [one.training for one in resumed] == [one.training for one in whole]


def test_a_damaged_checkpoint_costs_one_epoch_and_no_bit(tmp_path: Path) -> None:
    whole = train(SPECS[:1], tmp_path)[0]
    newest = checkpoint.slot(tmp_path, SPECS[0].name, RECIPE.epochs % checkpoint.SLOTS)
    newest.write_bytes(newest.read_bytes()[:-1])
    heard: list[dict[str, Any]] = []
    again = train(SPECS[:1], tmp_path, heard)[0]
    assert bits(again.params) == bits(whole.params)
    assert [event["event"] for event in heard] == ["note", "epoch"]


def test_a_loss_that_is_not_finite_stops_that_model_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = [SPECS[0], spec("masking", 0.9)]  # of one kind, so that they are trained in one computation
    whole = train(pair[:1], tmp_path / "whole")[0]
    finite = sweep._finite
    monkeypatch.setattr(sweep, "_finite", lambda value, state: finite(value, state) and not spoiled(state))

    def spoiled(state: Any) -> bool:
        """Takes the second model, by its order of appearance, for one whose numbers have run away."""
        seen.append(state)
        return len(seen) == 2

    seen: list[Any] = []
    heard: list[dict[str, Any]] = []
    trained = train(pair, tmp_path / "cut", heard)
    assert [one.spec.name for one in trained] == [pair[0].name]
    assert bits(trained[0].params) == bits(whole.params)
    sentences = [event["text"] for event in heard if event["event"] == "stopped"]
    assert len(sentences) == 1
    assert sentences[0].startswith(f"{pair[1].name}: stopped in epoch 1: its loss is ")
    assert sentences[0].endswith("try a learning_rate below 0.008")


def test_infinite_weights_are_not_finite() -> None:
    whole, broken = (Params(np.array([value]), np.zeros(1), np.zeros(1)) for value in (1.0, np.inf))
    assert sweep._finite(1.0, TrainingState(whole, None))
    assert not sweep._finite(1.0, TrainingState(broken, None))
    assert not sweep._finite(float("nan"), TrainingState(whole, None))


@pytest.mark.parametrize("codes", [None, 1.0])
def test_a_centred_step_is_that_of_a_network_of_inputs_and_codes_less_their_mean(codes: float | None) -> None:
    optimizer = optax.sgd(3e-2, momentum=0.9)  # Adam makes whole steps of roundings, where a gradient is all but 0
    centre = jnp.asarray(IMAGES.mean(axis=0) / 255, jnp.float32)
    params = initial_state(RECIPE, 144).params
    state = TrainingState(params, optimizer.init(params))
    expected, momentum = params, state.optimizer

    def centred_loss(params: Params, clean: jax.Array, mean_code: jax.Array) -> jax.Array:
        code = jax.nn.sigmoid((clean - centre) @ params.weight + params.hidden_bias)
        logits = (code - mean_code) @ params.weight.T + params.visible_bias
        value: jax.Array = optax.sigmoid_binary_cross_entropy(logits, clean).sum(axis=1).mean()
        return value

    for start in (0, 20, 40):
        clean = jnp.asarray(IMAGES[start : start + 20]).astype(jnp.float32) / 255
        state, value = _update(optimizer, state, clean, clean, Centres(centre, codes), 1)
        # The same network, whose biases are those of inputs and codes less their means.
        weight, hidden_bias, visible_bias = expected
        mean_code = jax.nn.sigmoid(clean @ weight + hidden_bias).mean(axis=0) * (codes or 0.0)
        other = Params(weight, hidden_bias + centre @ weight, visible_bias + weight @ mean_code)
        other_value, gradient = jax.value_and_grad(centred_loss)(other, clean, mean_code)
        change, momentum = optimizer.update(gradient, momentum)
        weight, hidden_bias, visible_bias = optax.apply_updates(other, change)
        expected = Params(weight, hidden_bias - centre @ weight, visible_bias - weight @ mean_code)
        assert float(value) == pytest.approx(float(other_value), rel=1e-5)
    for got, wanted in zip(state.params, expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5)
    assert float(jnp.abs(state.params.weight - params.weight).max()) > 0.005


def test_the_centre_is_the_mean_of_the_corrupted_images() -> None:
    kinds = [kind for kind, _ in KINDS]
    keys = jax.random.split(seed_key(0, 1), 200 * len(IMAGES))
    clean = jnp.tile(jnp.asarray(IMAGES).astype(jnp.float32) / 255, (200, 1))
    for kind in kinds:
        corrupted = jax.vmap(NOISES[kind].corrupt, in_axes=(0, 0, None))(keys, clean, jnp.float32(0.5))
        mean = _input_mean(kinds, jnp.asarray(kinds.index(kind)), jnp.asarray(IMAGES), jnp.float32(0.5))
        np.testing.assert_allclose(mean, corrupted.mean(axis=0), atol=5 * 0.75 / len(keys) ** 0.5)


@pytest.mark.parametrize(("kind", "level"), KINDS)
def test_a_step_with_copies_has_the_mean_gradient_of_all_of_them(kind: str, level: float) -> None:
    recipe = replace(RECIPE, copies=3, learning_rate=1e-3, schedule="constant", warmup=0.0, epochs=1, batch=len(IMAGES))
    mesh = make_mesh(1, 1)
    run = make_epoch([spec(kind, level, recipe)], len(IMAGES), mesh)
    start = initial_state(recipe, 144)
    trained, loss = run(stack([start], mesh), jnp.asarray(IMAGES), jnp.array([level], jnp.float32), jnp.int32(0))
    step_key = jax.random.fold_in(jax.random.fold_in(seed_key(0, 2), 0), 0)
    keys, orders = _image_keys(step_key, recipe, 1), _orders(step_key, recipe)
    assert (np.sort(orders, axis=1) == [0, 1, 2]).all()
    order = _epoch_order(recipe, len(IMAGES), jnp.asarray(0, jnp.int32))
    corrupted, clean = [], []
    for key, image in zip(keys, jnp.asarray(IMAGES)[order].astype(jnp.float32) / 255, strict=True):
        copies = NOISES[kind].corrupt_copies(key, image, jnp.float32(level), orders)
        assert len(np.unique(copies, axis=0)) == (3 if NOISES[kind].draw else 1)
        corrupted += list(copies)
        clean += [image] * 3
    assert float(loss[0]) == pytest.approx(
        float(batch_loss(start.params, jnp.stack(corrupted), jnp.stack(clean))), rel=1e-5
    )
    gradient = jax.grad(batch_loss)(start.params, jnp.stack(corrupted), jnp.stack(clean))
    change = make_optimizer(recipe, 1).update(gradient, start.optimizer)[0]
    expected = optax.apply_updates(start.params, change)
    sure = jnp.abs(gradient.weight) > 1e-5  # Adam's first step is the gradient's sign
    np.testing.assert_allclose(trained.params.weight[0][sure], expected.weight[sure], atol=1e-5)


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
