"""The safetensors container: named arrays of numbers in one file. Everything is checked before anything is believed.

A file is
    8 bytes   length N of the header, unsigned, little-endian
    N bytes   header, JSON in UTF-8, `{` first, filled up with spaces:
              {"__metadata__": {string: string},
               name: {"dtype": "F32", "shape": [784, 500], "data_offsets": [from, to]}}
    the rest  the numbers, little-endian, row-major, each tensor right after the one before, the last to the file's end

Source: https://github.com/huggingface/safetensors, section "Format". Stricter here: duplicate keys, surplus keys, holes
and numbers that are not finite are refused, and a header is at most 64 KiB.

In:  a path or bytes.  Out: `Tensors`, or a `TensorsError` that names file, place, what was expected and what was got.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from train.errors import DaeError
from train.files import read_file, replace_file

HEADER_LIMIT = 1 << 16  # bytes of JSON
FILE_LIMIT = 1 << 30  # bytes of a whole file
DTYPES: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4"), "F64": np.dtype("<f8")}

Array = NDArray[np.floating[Any]]


class TensorsError(DaeError):
    """A file is not the safetensors file that it should be."""


@dataclass(frozen=True)
class Tensors:
    """One safetensors file, checked."""

    tensors: dict[str, Array]  # read-only views of the file's bytes, in the file's order
    metadata: dict[str, str]
    size: int  # bytes of the file
    sha256: str  # of the file, 64 hex digits


def read_tensors(path: Path) -> Tensors:
    """Read and check the safetensors file at `path`."""
    return parse_tensors(read_file(path, FILE_LIMIT), str(path))


def write_tensors(path: Path, tensors: Mapping[str, Any], metadata: Mapping[str, str], dtype: str = "F32") -> None:
    """Write arrays as one safetensors file, in one step; the same arrays give the same bytes."""
    replace_file(path, format_tensors(tensors, metadata, dtype, str(path)))


def format_tensors(
    tensors: Mapping[str, Any], metadata: Mapping[str, str], dtype: str = "F32", where: str = "tensors"
) -> bytes:
    """The bytes of a safetensors file: tensors in the order given, metadata sorted, numbers at a multiple of 8."""
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    parts: list[bytes] = []
    offset = 0
    for name, tensor in tensors.items():
        with np.errstate(over="ignore"):
            array = np.ascontiguousarray(tensor, dtype=DTYPES[dtype])
        if not np.isfinite(array).all():
            raise TensorsError(f"{where}: {name}: expected finite numbers within the range of {dtype}")
        parts.append(array.tobytes())
        end = offset + array.nbytes
        header[name] = {"dtype": dtype, "shape": list(np.shape(tensor)), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > HEADER_LIMIT:
        raise TensorsError(f"{where}: expected a header of at most {HEADER_LIMIT} bytes, got {len(text)}")
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def parse_tensors(data: bytes, where: str) -> Tensors:
    """Check the bytes of a safetensors file; `where` opens every message."""
    if len(data) < 8:
        raise TensorsError(f"{where}: expected a safetensors file, got only {len(data)} bytes")
    length = int.from_bytes(data[:8], "little")
    if length > HEADER_LIMIT:
        raise TensorsError(
            f"{where}: expected a header of at most {HEADER_LIMIT} bytes, got {length}: not a safetensors file"
        )
    if 8 + length > len(data):
        raise TensorsError(f"{where}: expected a header of {length} bytes, got a file of {len(data)} bytes")
    header = _parse_header(data[8 : 8 + length], where)
    metadata = _check_metadata(header.pop("__metadata__", {}), where)
    tensors = _take_tensors(header, memoryview(data)[8 + length :], where)
    return Tensors(tensors, metadata, len(data), hashlib.sha256(data).hexdigest())


def quote(value: object) -> str:
    """A stranger's value for a message: ASCII, on one line, cut where it is long."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _parse_header(text: bytes, where: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise TensorsError(f"{where}: header: expected each key once, got {quote(key)} twice")
            found[key] = value
        return found

    def no_constant(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    if not text.startswith(b"{"):
        raise TensorsError(f"{where}: header: expected JSON that starts with '{{', got {quote(text[:16])}")
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise TensorsError(f"{where}: header: expected JSON, got {quote(str(error))}") from None
    assert isinstance(header, dict)
    return header


def _check_metadata(metadata: object, where: str) -> dict[str, str]:
    if not isinstance(metadata, dict):
        raise TensorsError(f"{where}: __metadata__: expected strings by name, got {quote(metadata)}")
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise TensorsError(f"{where}: __metadata__: {quote(key)}: expected a string, got {quote(value)}")
        if not _is_text(key) or not _is_text(value):
            raise TensorsError(f"{where}: __metadata__: {quote(key)}: expected text, got {quote(value)}")
    return metadata


def _is_text(value: str) -> bool:
    """Half of a surrogate pair passes as JSON but cannot be written anywhere."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _take_tensors(header: dict[str, Any], numbers: memoryview, where: str) -> dict[str, Array]:
    entries = {name: _check_entry(entry, f"{where}: {quote(name)}") for name, entry in header.items()}
    tensors: dict[str, Array] = {}
    expected = 0
    for name, (dtype, shape, start, end) in sorted(entries.items(), key=lambda item: item[1][2:]):
        if start != expected:
            raise TensorsError(f"{where}: {quote(name)}: expected its numbers at offset {expected}, got {start}")
        if end > len(numbers):
            raise TensorsError(f"{where}: expected at least {end} bytes of numbers, got {len(numbers)}")
        array = np.frombuffer(numbers[start:end], dtype).reshape(shape)
        if not np.isfinite(array).all():
            place = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
            index = ", ".join(str(int(i)) for i in place)
            raise TensorsError(f"{where}: {quote(name)}[{index}]: expected a finite number, got {array[place]}")
        tensors[name] = array
        expected = end
    if expected != len(numbers):
        raise TensorsError(f"{where}: expected {expected} bytes of numbers, got {len(numbers)}")
    return tensors


def _check_entry(entry: object, where: str) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    """One tensor's dtype, shape, and where its bytes start and end."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise TensorsError(f"{where}: expected dtype, shape and data_offsets, got {quote(entry)}")
    name, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(name, str) or name not in DTYPES:
        raise TensorsError(f"{where}: dtype: expected {', '.join(DTYPES)}, got {quote(name)}")
    if not _is_sizes(shape) or len(shape) > 8:
        raise TensorsError(f"{where}: shape: expected at most 8 sizes, got {quote(shape)}")
    if not _is_sizes(offsets) or len(offsets) != 2:
        raise TensorsError(f"{where}: data_offsets: expected two offsets, got {quote(offsets)}")
    expected = math.prod(shape) * DTYPES[name].itemsize
    if offsets[1] - offsets[0] != expected:
        raise TensorsError(
            f"{where}: expected {expected} bytes for {name} {quote(shape)}, got offsets {quote(offsets)}"
        )
    return DTYPES[name], tuple(shape), offsets[0], offsets[1]


def _is_sizes(value: object) -> bool:
    """A list of whole numbers that a file can hold; JSON's `true` is not one of them."""
    return isinstance(value, list) and all(type(item) is int and 0 <= item <= FILE_LIMIT for item in value)
