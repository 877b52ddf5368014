"""The weights format: exact bytes, the safetensors library as oracle, and one test for each way a file can be bad."""

import errno
import json
import math
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load, save

from export.weights.tensors import TensorsError, format_tensors, parse_tensors, read_tensors
from export.weights.weights_file import Facts, WeightsError, format_weights, parse_weights, read_weights, write_weights
from train.files import FileError
from train.learn.params import Params

VISIBLE, HIDDEN = 4, 3
FACTS = Facts("masking", 0.8, "mnist", 25, 0, "0123456789abcdef", 104.25)
METADATA = FACTS.metadata()
Header = dict[str, Any]


def params(visible: int = VISIBLE, hidden: int = HIDDEN) -> Params:
    random = np.random.default_rng(0)
    shapes = ((visible, hidden), (hidden,), (visible,))
    return Params(*(random.normal(size=shape).astype(np.float32) for shape in shapes))


def split(data: bytes) -> tuple[Header, bytes]:
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def join(header: str | bytes | Header, numbers: bytes) -> bytes:
    text = json.dumps(header) if isinstance(header, dict) else header
    encoded = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(encoded)) + encoded + numbers


def test_the_bytes_are_those_of_the_format() -> None:
    data = format_tensors({"a": np.array([[1.0, -2.0]])}, {"k": "v"})
    header = b'{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'
    padded = header + b" " * (-len(header) % 8)
    assert data == struct.pack("<Q", len(padded)) + padded + bytes.fromhex("0000803f000000c0")


@pytest.mark.parametrize("dtype", ["F32", "F16"])
def test_the_safetensors_library_reads_what_we_write(tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "masking-80.safetensors"
    write_weights(path, params(), FACTS, dtype)
    kind = np.float16 if dtype == "F16" else np.float32
    with safe_open(path, "numpy") as file:
        assert set(file.keys()) == set(Params._fields)
        for name, array in params()._asdict().items():
            np.testing.assert_array_equal(file.get_tensor(name), array.astype(kind), strict=True)
        assert METADATA.items() <= file.metadata().items()


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_we_read_what_the_safetensors_library_writes(kind: type[np.floating[Any]]) -> None:
    tensors = {name: array.astype(kind) for name, array in params()._asdict().items()}
    metadata = METADATA | {"format": "dae/1", "visible": str(VISIBLE), "hidden": str(HIDDEN)}
    weights = parse_weights(save(tensors, metadata), "masking-80", "file")
    assert (weights.visible, weights.hidden, weights.facts) == (VISIBLE, HIDDEN, FACTS)
    for ours, theirs in zip(weights.params, params(), strict=True):
        np.testing.assert_array_equal(ours, theirs.astype(kind).astype(np.float32), strict=True)


def test_a_full_sized_model_is_its_numbers_and_a_short_header(tmp_path: Path) -> None:
    path = tmp_path / "none.safetensors"
    write_weights(path, params(784, 500), FACTS)
    assert 1_573_136 < path.stat().st_size < 1_573_136 + 1024
    assert read_weights(path).sha256 == read_tensors(path).sha256


def test_two_writes_give_the_same_bytes() -> None:
    assert format_weights(params(), FACTS) == format_weights(params(), replace(FACTS))


@pytest.mark.parametrize(
    "facts",
    [FACTS, Facts("none", 0.0, "custom"), replace(FACTS, level=0.12345678901, seed=0, images="0f" * 8)],
)
def test_facts_are_read_as_they_were_written(facts: Facts) -> None:
    assert parse_weights(format_weights(params(), facts), "a", "file").facts == facts


def test_writing_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "weights" / "none.safetensors"
    write_weights(path, params(), FACTS)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_full_disk_leaves_the_old_file_and_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "none.safetensors"
    write_weights(path, params(), FACTS)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"none\.safetensors: cannot write: no space is left on the device"):
        write_weights(path, params(), replace(FACTS, seed=1))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"noise": "snow"}, 'noise: expected "none" or "masking" or .*, got \'snow\''),
        ({"level": 1.5}, r"level: expected a number in \[0, 1\], got '1.5'"),
        ({"level": math.nan}, r"level: expected a number in \[0, 1\], got 'nan'"),
        ({"epochs": -1}, "epochs: expected a whole number, got '-1'"),
        ({"recipe": "xyz"}, "recipe: expected 16 hexadecimal digits, got 'xyz'"),
        ({"test_loss": math.inf}, "test_loss: expected a number, 0 or more, got 'inf'"),
        ({"dataset": ""}, "dataset: expected the data set's name, got ''"),
    ],
)
def test_writing_refuses_facts_that_reading_would_refuse(tmp_path: Path, changed: Any, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        write_weights(tmp_path / "masking-80.safetensors", params(), replace(FACTS, **changed))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [*sorted(METADATA), "format", "visible", "hidden"])
def test_every_metadata_key_is_required(key: str) -> None:
    header, numbers = split(format_weights(params(), FACTS))
    del header["__metadata__"][key]
    with pytest.raises(WeightsError, match=rf"^file: __metadata__: {key}: expected .*, got nothing$"):
        parse_weights(join(header, numbers), "masking-80", "file")


def _metadata(key: str, value: object) -> Callable[[Header], Any]:
    return lambda header: header["__metadata__"].__setitem__(key, value)


def _entry(key: str, value: object) -> Callable[[Header], Any]:
    return lambda header: header["weight"].__setitem__(key, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_metadata("visible", "5"), "visible: expected \"4\", got '5'"),
        (_metadata("hidden", "500"), "hidden: expected \"3\", got '500'"),
        (_metadata("format", "dae/2"), "format: expected \"dae/1\", got 'dae/2'"),
        (_metadata("seed", "1e3"), "seed: expected a whole number, got '1e3'"),
        (_metadata("seed", 0), "'seed': expected a string, got 0"),
        (_metadata("dataset", "\ud800"), "expected text"),
        (lambda header: header.update(__metadata__=[]), r"__metadata__: expected strings by name, got \[\]"),
        (lambda header: header.update(weights=header.pop("weight")), "expected the tensors weight, hidden_bias"),
        (_entry("dtype", "BF16"), "'weight': dtype: expected U8, F16, F32, F64, got 'BF16'"),
        (_entry("dtype", "F16"), "'weight': expected 24 bytes for F16"),
        (_entry("shape", [3, 4]), r"hidden_bias: expected shape \[4\], got \[3\]"),
        (_entry("shape", [12]), r"weight: expected shape \[visible, hidden\], got \[12\]"),
        (_entry("shape", [4, True]), r"'weight': shape: expected at most 8 dimensions, got \[4, True\]"),
        (_entry("shape", [-4, -3]), "'weight': shape: expected at most 8 dimensions"),
        (_entry("shape", [2**62, 4]), "'weight': shape: expected at most 8 dimensions"),
        (_entry("shape", [2**20, 2**20]), "'weight': expected 4398046511104 bytes"),
        (_entry("data_offsets", [0]), r"'weight': data_offsets: expected two offsets, got \[0\]"),
        (_entry("data_offsets", [4, 52]), "'weight': expected its numbers at offset 0, got 4"),
        (_entry("data_offsets", [48, 0]), "'weight': expected 48 bytes"),
        (_entry("extra", 1), "'weight': expected dtype, shape and data_offsets"),
        (lambda header: header.update(weight=None), "'weight': expected dtype, shape and data_offsets, got None"),
    ],
)
def test_a_header_that_does_not_fit_is_named(change: Callable[[Header], Any], message: str) -> None:
    header, numbers = split(format_weights(params(), FACTS))
    change(header)
    with pytest.raises(WeightsError, match=rf"^file: .*{message}"):
        parse_weights(join(header, numbers), "masking-80", "file")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:5], "expected a safetensors file, got only 5 bytes"),
        (lambda data: data[:200], r"expected a header of \d+ bytes, got a file of 200 bytes"),
        (lambda data: data[:-1], "expected at least 76 bytes of numbers, got 75"),
        (lambda data: data + b"\0", "expected 76 bytes of numbers, got 77"),
        (lambda data: b"<!doctype html><title>404</title>", "expected a header of at most 65536 bytes"),
        (lambda data: join("[]", b""), r"expected JSON that starts with '\{'"),
        (lambda data: join("{", b""), "header: expected JSON, got"),
        (lambda data: join('{"a":NaN}', b""), "header: expected JSON, got 'NaN is not JSON'"),
        (lambda data: join(b'{"\xff":1}', b""), "header: expected JSON, got"),
        (lambda data: join('{"a":' + "[" * 60000, b""), "header: expected JSON, got"),
        (lambda data: join('{"a":' + "9" * 5000 + "}", b""), "header: expected JSON, got"),
        (lambda data: join('{"a":1,"a":1}', b""), "header: expected each key once, got 'a' twice"),
        (lambda data: data[:-4] + struct.pack("<f", np.nan), r"'visible_bias'\[3\]: expected a finite number, got nan"),
    ],
)
def test_bytes_that_are_no_weights_are_named(change: Callable[[bytes], bytes], message: str) -> None:
    data = change(format_weights(params(), FACTS))
    with pytest.raises(WeightsError, match=rf"^file: .*{message}"):
        parse_weights(data, "masking-80", "file")


def test_float64_is_no_dtype_of_a_site() -> None:
    tensors = {name: array.astype(np.float64) for name, array in params()._asdict().items()}
    metadata = METADATA | {"format": "dae/1", "visible": str(VISIBLE), "hidden": str(HIDDEN)}
    with pytest.raises(WeightsError, match="expected all tensors F32 or all F16, got F64"):
        parse_weights(save(tensors, metadata), "masking-80", "file")


def test_a_number_too_large_for_float16_is_named() -> None:
    large = params()._replace(hidden_bias=np.array([1.0, 1e6, 1.0]))
    with pytest.raises(TensorsError, match="file: hidden_bias: expected finite numbers within the range of F16"):
        format_weights(large, FACTS, "F16", "file")


def test_an_empty_tensor_and_a_scalar_are_read_as_the_library_reads_them() -> None:
    tensors = {"empty": np.zeros((0, 3), np.float32), "scalar": np.array(2.5, np.float32)}
    ours, theirs = parse_tensors(save(tensors), "file").tensors, load(save(tensors))
    assert set(ours) == set(theirs)
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], strict=True)


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.safetensors: cannot read: no such file or folder$"):
        read_weights(tmp_path / "none.safetensors")
    with pytest.raises(FileError, match=r"cannot read: expected a file, got something else$"):
        read_weights(tmp_path)
