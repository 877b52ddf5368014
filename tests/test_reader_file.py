"""A reader's file is whole, of these very weights, and no other is believed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from export.weights.reader_file import (
    ReaderError,
    make_reader,
    parse_reader,
    read_golden_shares,
    read_reader,
    reader_path,
    shares_of,
    write_reader,
)
from export.weights.tensors import format_tensors
from export.weights.weights_file import Facts, Weights, make_weights
from train.learn.params import Params
from train.learn.readers import PIXELS, Learned, Reader

RANDOM = np.random.default_rng(3)
READER = Reader(RANDOM.normal(size=(5, 4)).astype(np.float32), RANDOM.normal(size=4).astype(np.float32))
LEARNED = Learned(READER, 1e-3, 0.55, 0.0321)
SHARES = np.full((100, 4), 0.25, np.float32)
METADATA = {
    "format": "dae-reader/1",
    "model": "none",
    "dataset": "mnist",
    "recipe": "0" * 16,
    "weights_sha256": "0" * 64,
    "penalty": "0.001",
    "threshold": "0.55",
    "test_error": "0.0321",
}


@pytest.fixture(scope="module")
def weights() -> Weights:
    params = Params(*(RANDOM.normal(size=shape).astype(np.float32) for shape in ((9, 5), (5,), (9,))))
    return make_weights(Path("none.safetensors"), params, Facts("none", 0.0, "mnist", recipe="0" * 16))


def test_it_is_read_as_it_was_written_also_by_another_library(tmp_path: Path, weights: Weights) -> None:
    file = make_reader("none", LEARNED, "mnist", weights)
    write_reader(tmp_path, file, SHARES)
    got = read_reader("none", tmp_path, weights, "mnist")
    assert got is not None
    assert (got.penalty, got.threshold, got.test_error, got.classes) == (1e-3, 0.55, 0.0321, 4)
    assert (got.recipe, got.weights_sha256) == ("0" * 16, weights.sha256)
    assert np.array_equal(read_golden_shares(got, tmp_path), SHARES)
    tensors = load_file(tmp_path / "none.reader.safetensors")
    assert list(tensors) == ["bias", "weight"] or set(tensors) == {"bias", "weight"}
    for name, tensor in READER._asdict().items():
        assert np.array_equal(tensors[name], tensor)
        assert np.array_equal(getattr(got.reader, name), tensor)


def test_a_model_that_was_trained_again_has_no_reader(tmp_path: Path, weights: Weights) -> None:
    write_reader(tmp_path, make_reader("none", LEARNED, "mnist", weights), SHARES)
    assert read_reader("none", tmp_path, replace(weights, sha256="1" * 64), "mnist") is None
    assert read_reader("none", tmp_path, weights, "kmnist") is None
    assert read_reader("masking-80", tmp_path, weights, "mnist") is None


def test_the_reader_of_bare_pixels_has_no_weights(tmp_path: Path) -> None:
    write_reader(tmp_path, make_reader(PIXELS, LEARNED, "mnist", None), SHARES)
    got = read_reader(PIXELS, tmp_path, None, "mnist")
    assert got is not None
    assert got.weights_sha256 == "none"


def test_golden_shares_of_another_reader_are_refused(tmp_path: Path, weights: Weights) -> None:
    file = make_reader("none", LEARNED, "mnist", weights)
    write_reader(tmp_path, file, SHARES)
    with pytest.raises(
        ReaderError, match=r"reader_sha256: expected 1{64}, got .*: delete none\.reader\.safetensors and run"
    ):
        read_golden_shares(replace(file, sha256="1" * 64), tmp_path)
    (tmp_path / "golden" / "none.reader.safetensors").unlink()
    with pytest.raises(ReaderError, match="no such file"):
        read_golden_shares(file, tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "dae/1"}, "format: expected 'dae-reader/1', got 'dae/1'"),
        ({"model": "masking-80"}, "model: expected 'none', got 'masking-80'"),
        ({"dataset": ""}, "dataset: expected a text, got nothing"),
        ({"penalty": "-1"}, "penalty: expected a number, 0 or more, got '-1'"),
        ({"threshold": "1.01"}, "threshold: expected a number, 0 or more, got '1.01'"),
        ({"test_error": "nan"}, "test_error: expected a number, 0 or more, got 'nan'"),
    ],
)
def test_metadata_that_cannot_be_are_named(changed: dict[str, str], message: str) -> None:
    data = format_tensors(READER._asdict(), METADATA | changed)
    with pytest.raises(ReaderError) as error:
        parse_reader(data, "none", "none.reader.safetensors")
    assert str(error.value) == f"none.reader.safetensors: __metadata__: {message}"


@pytest.mark.parametrize(
    "tensors",
    [
        {"weight": READER.weight},
        {"weight": READER.weight, "bias": READER.bias[:3]},
        {"weight": READER.bias, "bias": READER.bias},
        {"weight": READER.weight[:0], "bias": READER.bias},
        {"weight": READER.weight, "bias": READER.bias, "more": READER.bias},
    ],
)
def test_tensors_of_other_shapes_are_named(tensors: dict[str, np.ndarray]) -> None:
    with pytest.raises(ReaderError, match=r"expected weight \[features, classes\] and bias \[classes\], got"):
        parse_reader(format_tensors(tensors, METADATA), "none", "x")


def test_bytes_and_numbers_of_another_kind_are_named() -> None:
    with pytest.raises(ReaderError, match="x: expected a safetensors file, got only 3 bytes"):
        parse_reader(b"abc", "none", "x")
    with pytest.raises(ReaderError, match="x: expected tensors of F32, got others"):
        parse_reader(format_tensors(READER._asdict(), METADATA, "F16"), "none", "x")


def test_shares_are_the_softmax_of_what_the_reader_makes_of_the_code(weights: Weights) -> None:
    pixels = RANDOM.random((3, 9))
    code = 1 / (1 + np.exp(-(pixels @ weights.params.weight.astype(float) + weights.params.hidden_bias)))
    grown = np.exp(code @ READER.weight.astype(float) + READER.bias)
    expected = grown / grown.sum(axis=1, keepdims=True)
    assert shares_of(READER, weights.params, pixels) == pytest.approx(expected)
    assert reader_path("none", Path("weights")) == Path("weights/none.reader.safetensors")
