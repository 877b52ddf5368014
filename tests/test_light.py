"""The lighter form of weights: literal bytes, another reader, each way a file can be bad, and what is promised."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save

from benchmarks.light import FOUR, digits, worst_errors
from export.weights.golden import read_golden_pixels
from export.weights.light import BOUND, TOLERANCE, make_light, parse_light
from export.weights.weights_file import Weights, WeightsError, make_weights, read_weights
from train.learn.params import Params
from workshop.checkout import ROOT
from workshop.scripts import FACTS, random_params

WEIGHTS = ROOT / "weights"
NAMES = sorted(path.stem for path in WEIGHTS.glob("*.safetensors") if "." not in path.stem)
VISIBLE, HIDDEN = 9, 4


def weights_of(params: Params) -> Weights:
    return make_weights(Path("masking-80.safetensors"), params, FACTS)


def some(scale: float = 0.3) -> Weights:
    return weights_of(random_params(VISIBLE, HIDDEN, scale))


def pixels(visible: int = VISIBLE) -> NDArray[np.float32]:
    return np.random.default_rng(1).uniform(0, 1, (20, visible)).astype(np.float32)


def light_of(weights: Weights, inputs: NDArray[np.float32] | None = None) -> bytes:
    light = make_light(weights, pixels(weights.visible) if inputs is None else inputs)
    assert light
    return light.data


def test_the_bytes_are_those_of_the_format() -> None:
    """Multiples of 1/256 by unit: 3, -3 and 0, 300: as 6, 5 and 0, 600 = 2 * 256 + 88."""
    weight = np.array([[3, 0], [-3, 300]], np.float32) / 256
    params = Params(weight, np.array([1, 2], np.float32), np.array([3, 4], np.float32))
    data = light_of(weights_of(params))
    planes = load(data)["weight_planes"]
    assert planes.dtype == np.uint8
    assert planes.tolist() == [[[6, 5], [0, 88]], [[0, 0], [0, 2]]]
    assert data.endswith(bytes([6, 5, 0, 88, 0, 0, 0, 2]))
    assert load(data)["hidden_bias"].tolist() == [1, 2]
    assert load(data)["visible_bias"].tolist() == [3, 4]
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    assert (metadata["step"], metadata["format"]) == ("0.00390625", "dae-light/1")
    assert metadata["weights_sha256"] == weights_of(params).sha256
    for ours, given in zip(parse_light(data, "file"), params, strict=True):
        np.testing.assert_array_equal(ours, given, strict=True)


def test_the_same_weights_give_the_same_bytes() -> None:
    assert light_of(some()) == light_of(some())


@pytest.mark.parametrize("scale", [0.01, 0.3, 5.0])
def test_every_weight_is_off_by_half_a_step_at_most_and_the_biases_not_at_all(scale: float) -> None:
    weights = some(scale)
    data = light_of(weights)
    step = float(json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]["step"])
    light = parse_light(data, "file")
    assert np.abs(light.weight - weights.params.weight).max() <= step / 2
    assert np.array_equal(light.hidden_bias, weights.params.hidden_bias)
    assert np.array_equal(light.visible_bias, weights.params.visible_bias)


def test_larger_weights_get_a_finer_step_and_a_third_plane() -> None:
    """An outlier of 400 is more than 32,767 steps of any size that serves here."""
    weight = random_params(784, 20, 0.3).weight
    weight[400, 7] = 400
    data = light_of(weights_of(random_params(784, 20, 0.3)._replace(weight=weight)))
    assert load(data)["weight_planes"].shape == (3, 20, 784)
    assert abs(parse_light(data, "file").weight[400, 7] - 400) < 1e-2


def test_there_is_none_where_no_step_serves() -> None:
    assert make_light(some(1e6), pixels()) is None


def test_what_it_is_said_to_be_off_by_is_within_the_tolerance() -> None:
    light = make_light(some(), pixels())
    assert light
    assert 0 < light.error <= TOLERANCE


def altered(change: Callable[[dict[str, Any], dict[str, str]], object]) -> bytes:
    """A good file whose tensors or metadata were changed."""
    data = light_of(some())
    tensors = load(data)
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    change(tensors, metadata)
    return save(tensors, metadata)


def setting(key: str, value: str) -> Callable[[dict[str, Any], dict[str, str]], object]:
    return lambda tensors, metadata: metadata.__setitem__(key, value)


def with_tensor(key: str, value: NDArray[Any]) -> Callable[[dict[str, Any], dict[str, str]], object]:
    return lambda tensors, metadata: tensors.__setitem__(key, value)


BAD: dict[str, tuple[bytes, str]] = {
    "a 404 page": (b"<!doctype html><title>404</title>", "expected a header of at most"),
    "truncated": (light_of(some())[:-1], "bytes of numbers, got"),
    "float32 weights": (some().data, "expected the tensors hidden_bias, visible_bias, weight_planes, got"),
    "another format": (altered(setting("format", "dae/1")), "format: expected dae-light/1, got 'dae/1'"),
    "no step": (altered(lambda tensors, metadata: metadata.pop("step")), "step: expected a power of two from"),
    "a step that is none": (altered(setting("step", "0.003")), "step: expected a power of two from"),
    "the shape of another model": (altered(setting("hidden", "5")), "hidden: expected 4, got '5'"),
    "floats for planes": (
        altered(with_tensor("weight_planes", np.zeros((1, HIDDEN, VISIBLE), np.float32))),
        "weight_planes: expected U8",
    ),
    "four planes": (
        altered(with_tensor("weight_planes", np.zeros((4, HIDDEN, VISIBLE), np.uint8))),
        "weight_planes: expected U8",
    ),
    "a bias of another length": (
        altered(with_tensor("hidden_bias", np.zeros(5, np.float32))),
        r"hidden_bias: expected F32 [4], got float32 [5]",
    ),
    "a bias of halves": (
        altered(with_tensor("visible_bias", np.zeros(VISIBLE, np.float16))),
        "visible_bias: expected F32 [9], got float16 [9]",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_by_name_and_part(case: str) -> None:
    data, message = BAD[case]
    with pytest.raises(WeightsError) as refused:
        parse_light(data, "file")
    assert str(refused.value).startswith("file: ")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "name", [name if name in FOUR else pytest.param(name, marks=pytest.mark.matrix) for name in NAMES]
)
def test_answers_to_a_thousand_digits_are_off_by_no_more_than_is_promised(name: str, mnist: Path | None) -> None:
    """Clean and under each noise that the site has."""
    weights = read_weights(WEIGHTS / f"{name}.safetensors")
    light = parse_light(light_of(weights, read_golden_pixels(WEIGHTS / "golden")), name)
    errors = worst_errors(weights.params, light, digits(mnist))
    print(name, {kind: round(error, 4) for kind, error in errors.items()})
    assert max(errors.values()) <= BOUND


def test_four_models_take_two_megabytes() -> None:
    golden = read_golden_pixels(WEIGHTS / "golden")
    lengths = {
        name: len(gzip.compress(light_of(read_weights(WEIGHTS / f"{name}.safetensors"), golden), 6)) for name in FOUR
    }
    print(lengths)
    assert sum(lengths.values()) <= 2_300_000


def test_the_document_reads_the_format_as_we_do() -> None:
    text = (ROOT / "docs" / "training.md").read_text().split("### The lighter form")[1]
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    data = light_of(some(20))
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    scope: dict[str, Any] = {"planes": load(data)["weight_planes"], "metadata": metadata}
    exec(code, scope)
    np.testing.assert_array_equal(scope["weight"], parse_light(data, "file").weight)
