"""One code path to many devices: forced ones, and all models at once as on a GPU."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from jax.sharding import Mesh

from tests.test_training import FULL, IMAGES, ROOT, SPECS, Heard, epochs, spec, train
from train.errors import TrainingError
from train.learn.model import initial_params
from train.learn.optimizer import shared
from train.learn.params import Params
from train.learn.training import make_epoch, make_mesh, seed_key
from train.run import sweep
from train.settings.config import ModelSpec
from train.settings.reader import read_config

BATCH_TOLERANCE = 1e-4  # of a weight after three epochs, when each batch is divided over devices
FOUR = [spec("masking", level, FULL) for level in (0.2, 0.4, 0.6, 0.8)]  # of one kind: trained in one computation
MIXED = [  # as different as models may be that a GPU trains at once, and two that it does not
    spec("none", 0.0, FULL),
    spec("masking", 0.5, replace(FULL, learning_rate=8e-3, b2=0.999)),
    spec("salt-and-pepper", 0.25, FULL),
    spec("gaussian", 0.5, replace(FULL, b1=0.9, learning_rate=1e-3)),
    spec("masking", 0.8, replace(FULL, batch=25)),
    spec("gaussian", 1.0, replace(FULL, hidden=8, epochs=2)),
]
WIDE_TOLERANCE = 2e-4  # of a weight after three epochs, when many models are trained in one batch of products


@pytest.mark.matrix
def test_models_trained_at_once_as_on_a_gpu_are_those_trained_one_at_a_time(tmp_path: Path) -> None:
    heard: list[Heard] = []
    at_once = train(MIXED, tmp_path / "wide", heard, wide=True)
    batch, hidden = MIXED[4].name, MIXED[5].name
    expected = [(name, epoch) for epoch in (1, 2, 3) for name in [one.name for one in MIXED[:4]]]
    assert epochs(heard) == expected + [(batch, epoch) for epoch in (1, 2, 3)] + [(hidden, 1), (hidden, 2)]
    apart = train(MIXED, tmp_path / "apart")
    for one, other in zip(at_once, apart, strict=True):
        start = initial_params(seed_key(FULL.seed, 0), 144, one.spec.recipe.hidden)
        assert np.abs(one.params.weight - start.weight).max() > 0.005
        for got, wanted in zip(one.params, other.params, strict=True):
            np.testing.assert_allclose(got, wanted, atol=WIDE_TOLERANCE)


@pytest.mark.matrix
def test_models_of_a_gpu_that_stand_at_different_epochs_catch_up_and_go_on_together(tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def told(specs: list[ModelSpec], folder: str, stop: tuple[str, int] = ("", 0)) -> list[tuple[str, int]]:
        heard: list[Heard] = []

        def tell(event: Heard) -> None:
            heard.append(event)
            if epochs([event]) == [stop]:
                raise StopError

        with suppress(StopError):
            trained = sweep.train_group(specs, IMAGES, "d", make_mesh(1, 1), tmp_path / folder, tell, wide=True)
            params[folder] = [one.params for one in trained]
        return epochs(heard)

    params: dict[str, list[Params]] = {}
    several = [MIXED[0], MIXED[1], MIXED[3]]
    first, second, third = (one.name for one in several)
    told([several[1]], "resumed", (second, 2))
    told([several[2]], "resumed", (third, 1))
    caught_up = [(first, 1), (first, 2), (third, 2), (first, 3), (second, 3), (third, 3)]
    assert told(several, "resumed") == caught_up
    told(several, "whole")
    for one, other in zip(params["resumed"], params["whole"], strict=True):
        for got, wanted in zip(one, other, strict=True):
            np.testing.assert_allclose(got, wanted, atol=WIDE_TOLERANCE)


def test_the_models_of_the_site_that_share_a_recipe_are_one_computation_on_a_gpu() -> None:
    specs = read_config(ROOT / "models.toml").models
    assert len(sweep.divide(specs, wide=True)) == len({shared(one.recipe) for one in specs})


OVER_DEVICES = """
import sys, json, hashlib
import numpy as np
from tests.test_devices import FOUR, IMAGES, make_mesh, sweep
from tests.test_training import bits
from pathlib import Path
answers = {}
for shape in json.loads(sys.argv[2]):
    folder = Path(sys.argv[1]) / "x".join(map(str, shape))
    trained = sweep.train_group(FOUR, IMAGES, "digest", make_mesh(*shape), folder, lambda event: None)
    np.savez(folder / "weights.npz", *[one.params.weight for one in trained])
    answers["x".join(map(str, shape))] = hashlib.sha256(b"".join(bits(one.params) for one in trained)).hexdigest()
print(json.dumps(answers))
"""


@pytest.mark.matrix
def test_models_over_1_2_and_4_devices_are_bitwise_the_same_and_divided_batches_agree(tmp_path: Path) -> None:
    shapes = [[1, 1], [2, 1], [4, 1], [1, 2], [2, 2]]
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", OVER_DEVICES, str(tmp_path), json.dumps(shapes)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    digests = json.loads(done.stdout)
    assert digests["1x1"] == digests["2x1"] == digests["4x1"]
    one = np.load(tmp_path / "1x1" / "weights.npz")
    for divided in ("1x2", "2x2"):
        other = np.load(tmp_path / divided / "weights.npz")
        for name in one.files:
            np.testing.assert_allclose(other[name], one[name], atol=BATCH_TOLERANCE)


FORCED = """
import sys, hashlib
from pathlib import Path
from train.run.mesh import THREADS
from train.run.numbers import fix_numbers
fix_numbers(THREADS, ("--xla_force_host_platform_device_count",))
from workshop import synthetic
from tests.test_training import Recipe, bits, make_mesh, spec, sweep
images = synthetic.digits(200, seed=1)[0].reshape(200, 784)
specs = [spec("masking", level, Recipe(epochs=1)) for level in (0.2, 0.4, 0.6, 0.8)]
mesh, folder = make_mesh(int(sys.argv[1]), 1), Path(sys.argv[2])
trained = sweep.train_group(specs, images, "digest", mesh, folder, lambda event: None)
print(hashlib.sha256(b"".join(bits(one.params) for one in trained)).hexdigest())
"""


@pytest.mark.matrix
def test_models_of_full_size_have_the_same_bits_whether_1_2_or_4_devices_are_forced(tmp_path: Path) -> None:
    digests = set()
    for devices in ("1", "2", "4"):
        flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, "-c", FORCED, devices, str(tmp_path / devices)]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | flags, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


def test_a_batch_that_cannot_be_divided_is_named() -> None:
    mesh = Mesh(np.array([jax.devices()[0]] * 3).reshape(1, 3), ("model", "batch"))
    with pytest.raises(TrainingError, match="batch: expected a multiple of the 3 devices it is divided over, got 20"):
        make_epoch(SPECS[:1], 100, mesh)


def test_devices_that_are_not_there_are_one_sentence() -> None:
    script = "from train.learn.devices import find_devices; from train.command_end import end; end(find_devices)"
    environment = os.environ | {"JAX_PLATFORMS": "cuda"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1].startswith("error: JAX_PLATFORMS: expected devices that are here, got cuda")
    assert "Traceback" not in done.stderr
