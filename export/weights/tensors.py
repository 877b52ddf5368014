"""The safetensors container: named arrays of numbers in one file. Everything is checked before anything is believed.

A file is
    8 bytes   length N of the header, unsigned, little-endian
    N bytes   header, JSON in UTF-8, `{` first, filled up with spaces:
              {"__metadata__": {string: string},
               name: {"dtype": "F32", "shape": [784, 500], "data_offsets": [from, to]}}
    the rest  the numbers, little-endian, row-major, each tensor right after the one before, the last to the file's end

Source: https://github.com/huggingface/safetensors, section "Format". Stricter here: duplicate keys, surplus keys, holes
and numbers that are not finite are refused, and a header is at most 64 KiB.

A file from elsewhere may also hold arrays of kinds that are not ours: `parse_layout` says where each lies, and believes
none of their numbers.

In:  a path or bytes.  Out: `Tensors`, or a `TensorsError` that names file, place, what was expected and what was got.
"""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from train.errors import DaeError, quote
from train.files import read_file, replace_file

HEADER_LIMIT = 1 << 16  # bytes of JSON
MANY = 1 << 24  # the same where there are arrays of each of perhaps thousands of models
FILE_LIMIT = 1 << 30  # bytes of a whole file
DTYPES: dict[str, np.dtype[np.uint8 | np.floating]] = {
    "U8": np.dtype("u1"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}

# Bits of a number of every kind that the format knows.
BITS: dict[str, int] = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}

Array = NDArray[np.uint8] | NDArray[np.floating]


class TensorsError(DaeError):
    """A file is not the safetensors file that it should be."""


@dataclass(frozen=True)
class Tensors:
    """One safetensors file, checked."""

    tensors: dict[str, Array]  # read-only views of the file's bytes, in the file's order
    metadata: dict[str, str]
    bytes: int  # of the file
    sha256: str  # of the file, 64 hex digits


@dataclass(frozen=True)
class Extent:
    """Where one tensor lies."""

    dtype: str
    shape: tuple[int, ...]
    start: int  # byte of the file
    end: int


def read_tensors(path: Path) -> Tensors:
    """Read and check the safetensors file at `path`."""
    return parse_tensors(read_file(path, FILE_LIMIT), str(path))


def write_tensors(
    path: Path, tensors: Mapping[str, ArrayLike], metadata: Mapping[str, str], dtype: str = "F32"
) -> None:
    """Write arrays as one safetensors file, in one step; the same arrays give the same bytes."""
    replace_file(path, format_tensors(tensors, metadata, dtype, str(path)))


def format_tensors(
    tensors: Mapping[str, ArrayLike],
    metadata: Mapping[str, str],
    dtype: str = "F32",
    where: str = "tensors",
    header_limit: int = HEADER_LIMIT,
) -> bytes:
    """The bytes of a safetensors file: tensors in the order given, metadata sorted, numbers at a multiple of 8.

    Arrays of bytes are written as they are, all others as `dtype`.
    """
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    parts: list[bytes] = []
    offset = 0
    for name, tensor in tensors.items():
        kind = "U8" if np.asarray(tensor).dtype == DTYPES["U8"] else dtype
        with np.errstate(over="ignore"):
            array = np.ascontiguousarray(tensor, dtype=DTYPES[kind])
        if not np.isfinite(array).all():
            raise TensorsError(f"{where}: {name}: expected finite numbers within the range of {dtype}")
        parts.append(array.tobytes())
        end = offset + array.nbytes
        header[name] = {"dtype": kind, "shape": list(np.shape(tensor)), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > header_limit:
        raise TensorsError(f"{where}: expected a header of at most {header_limit} bytes, got {len(text)}")
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def parse_tensors(data: bytes, where: str, header_limit: int = HEADER_LIMIT) -> Tensors:
    """Check the bytes of a safetensors file; `where` opens every message."""
    entries, metadata = _parse_layout(data, where, header_limit, DTYPES)
    tensors = {name: _take(data, entry, f"{where}: {quote(name)}") for name, entry in entries.items()}
    return Tensors(tensors, metadata, len(data), hashlib.sha256(data).hexdigest())


def parse_layout(data: bytes, where: str, header_limit: int) -> dict[str, Extent]:
    """Where the tensors of a file lie, of whatever kinds they are; that they fill it without holes is checked."""
    return _parse_layout(data, where, header_limit, None)[0]


def _parse_layout(
    data: bytes, where: str, header_limit: int, dtypes: Collection[str] | None
) -> tuple[dict[str, Extent], dict[str, str]]:
    if len(data) < 8:
        raise TensorsError(f"{where}: expected a safetensors file, got only {len(data)} bytes")
    length = int.from_bytes(data[:8], "little")
    if length > header_limit:
        raise TensorsError(
            f"{where}: expected a header of at most {header_limit} bytes, got {length}: not a safetensors file"
        )
    if 8 + length > len(data):
        raise TensorsError(f"{where}: expected a header of {length} bytes, got a file of {len(data)} bytes")
    header = _parse_header(data[8 : 8 + length], where)
    metadata = _check_metadata(header.pop("__metadata__", {}), where)
    return _place(header, len(data) - 8 - length, 8 + length, where, dtypes), metadata


def _parse_header(text: bytes, where: str) -> dict[str, object]:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
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


def _place(
    header: dict[str, object], length: int, first: int, where: str, dtypes: Collection[str] | None
) -> dict[str, Extent]:
    """The entries in the file's order, which fill its `length` bytes of numbers from byte `first` on, without holes."""
    entries = {name: _check_entry(entry, f"{where}: {quote(name)}", dtypes) for name, entry in header.items()}
    placed: dict[str, Extent] = {}
    expected = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].end)):
        if entry.start != expected:
            raise TensorsError(f"{where}: {quote(name)}: expected its numbers at offset {expected}, got {entry.start}")
        if entry.end > length:
            raise TensorsError(f"{where}: expected at least {entry.end} bytes of numbers, got {length}")
        placed[name] = Extent(entry.dtype, entry.shape, first + entry.start, first + entry.end)
        expected = entry.end
    if expected != length:
        raise TensorsError(f"{where}: expected {expected} bytes of numbers, got {length}")
    return placed


def _take(data: bytes, entry: Extent, where: str) -> Array:
    """The numbers of a tensor, which must be finite."""
    array = np.frombuffer(memoryview(data)[entry.start : entry.end], DTYPES[entry.dtype]).reshape(entry.shape)
    if not np.isfinite(array).all():
        place = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
        index = ", ".join(str(int(i)) for i in place)
        raise TensorsError(f"{where}[{index}]: expected a finite number, got {array[place]}")
    return array


def _check_entry(entry: object, where: str, dtypes: Collection[str] | None) -> Extent:
    """One tensor's dtype, one of `dtypes` if they are given, its shape, and where its bytes start and end."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise TensorsError(f"{where}: expected dtype, shape and data_offsets, got {quote(entry)}")
    name, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(name, str) or (dtypes is not None and name not in dtypes):
        raise TensorsError(f"{where}: dtype: expected {', '.join(dtypes or BITS)}, got {quote(name)}")
    if not _are_counts(shape) or len(shape) > 8:
        raise TensorsError(f"{where}: shape: expected at most 8 dimensions, got {quote(shape)}")
    if not _are_counts(offsets) or len(offsets) != 2:
        raise TensorsError(f"{where}: data_offsets: expected two offsets, got {quote(offsets)}")
    expected = math.prod(shape) * BITS[name] // 8 if name in BITS else offsets[1] - offsets[0]
    if offsets[1] - offsets[0] != expected:
        raise TensorsError(
            f"{where}: expected {expected} bytes for {name} {quote(shape)}, got offsets {quote(offsets)}"
        )
    return Extent(name, tuple(shape), offsets[0], offsets[1])


def _are_counts(value: object) -> bool:
    """A list of whole numbers that a file can hold; JSON's `true` is not one of them."""
    return isinstance(value, list) and all(type(item) is int and 0 <= item <= FILE_LIMIT for item in value)
