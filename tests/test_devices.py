"""One code path to many devices: forced ones, and all models at once as on a GPU."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.test_training import FULL, IMAGES, ROOT, SPECS, bits, spec
from train import sweep
from train.config import ModelSpec, read_config
from train.errors import TrainingError
from train.model import initial_params
from train.training import make_epoch, make_mesh, seed_key

BATCH_TOLERANCE = 1e-4  # of a weight after three epochs, when each batch is divided over devices
FOUR = [spec("masking", level, FULL) for level in (0.2, 0.4, 0.6, 0.8)]  # of one kind: trained in one computation
MIXED = [  # as different as models may be that a GPU trains at once
    spec("none", 0.0, replace(FULL, copies=2)),
    spec("masking", 0.5, replace(FULL, learning_rate=4e-3, b2=0.99, weight_decay=0.0, centring="input")),
    spec("salt-and-pepper", 0.25, replace(FULL, centring="none", initial_bias=0.0)),
    spec("gaussian", 0.5, replace(FULL, b1=0.8, learning_rate=1e-3)),
    spec("masking", 0.8, replace(FULL, copies=1)),  # these two have computations of their own
    spec("gaussian", 1.0, replace(FULL, copies=1, hidden=9, epochs=2)),
]
WIDE_TOLERANCE = 2e-4  # of a weight after three epochs, when many models are trained in one batch of products


def test_models_trained_at_once_as_on_a_gpu_are_those_trained_one_at_a_time(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    mesh = make_mesh(1, 1)
    at_once = sweep.train_group(MIXED, IMAGES, "digest", mesh, tmp_path / "wide", heard.append, wide=True)
    names = [one.name for one in MIXED]
    told = [(event["name"], event["epoch"]) for event in heard]
    assert told == [(name, epoch) for epoch in (1, 2, 3) for name in (names if epoch < 3 else names[:-1])]
    apart = sweep.train_group(MIXED, IMAGES, "digest", mesh, tmp_path / "apart", heard.append, wide=False)
    for one, other in zip(at_once, apart, strict=True):
        hidden = one.spec.recipe.hidden
        assert np.abs(one.params.weight - initial_params(seed_key(0, 0), 144, hidden).weight).max() > 0.005
        for got, expected in zip(one.params, other.params, strict=True):
            np.testing.assert_allclose(got, expected, atol=WIDE_TOLERANCE)


def test_eight_of_the_models_of_the_site_are_one_computation_on_a_gpu() -> None:
    families = sweep.divide(read_config(ROOT / "models.toml").models, wide=True)
    assert sorted(map(len, families)) == [1, 1, 1, 8]  # as the README says


def test_models_that_stand_at_different_epochs_catch_up_and_go_on_together(tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def train(specs: list[ModelSpec], folder: str, stop: tuple[str, int] = ("", 0)) -> list[tuple[str, int]]:
        told: list[tuple[str, int]] = []

        def tell(event: dict[str, Any]) -> None:
            told.append((event["name"], event["epoch"]))
            if told[-1] == stop:
                raise StopError

        with suppress(StopError):
            trained = sweep.train_group(specs, IMAGES, "d", make_mesh(1, 1), tmp_path / folder, tell, wide=True)
            params[folder] = [one.params for one in trained]
        return told

    params: dict[str, list[Any]] = {}
    several = [MIXED[1], MIXED[4], MIXED[5]]  # of 3, 3 and 2 epochs, each of another computation
    first, second, short = (one.name for one in several)
    train([several[1]], "resumed", (second, 2))
    train([several[2]], "resumed", (short, 1))
    assert train(several, "resumed") == [(first, 1), (first, 2), (short, 2), (first, 3), (second, 3)]
    train(several, "whole")
    for one, other in zip(params["resumed"], params["whole"], strict=True):
        assert bits(one) == bits(other)


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
from train.worker import fix_numbers
fix_numbers(2, ("--xla_force_host_platform_device_count",))
from tests import synthetic
from tests.test_training import Recipe, bits, make_mesh, spec, sweep
images = synthetic.digits(200, seed=1)[0].reshape(200, 784)
specs = [spec("masking", level, Recipe(epochs=1)) for level in (0.2, 0.4, 0.6, 0.8)]
mesh, folder = make_mesh(int(sys.argv[1]), 1), Path(sys.argv[2])
trained = sweep.train_group(specs, images, "digest", mesh, folder, lambda event: None)
print(hashlib.sha256(b"".join(bits(one.params) for one in trained)).hexdigest())
"""


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
    mesh = type("Mesh", (), {"shape": {"batch": 3, "model": 1}})()
    with pytest.raises(TrainingError, match="batch: expected a multiple of the 3 devices it is divided over, got 20"):
        make_epoch(SPECS[:1], 100, mesh)
