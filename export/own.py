"""Weights trained elsewhere: any tied denoising autoencoder with sigmoid code and output, from .safetensors or .npz.

The three arrays are found by the names that models.toml gives, else by names in common use. The weight may lie either
way (the lengths of the biases tell which, and `transposed` where they are equal); float16 to float64 are read.

In:  a path, perhaps names.  Out: `Params` in float32; `OwnError` says which array is missing or does not fit.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from export.tensors import FILE_LIMIT, Array, parse_tensors, quote
from train.errors import DaeError
from train.files import read_file
from train.params import Params

COMMON_NAMES: Mapping[str, tuple[str, ...]] = {
    "weight": ("weight", "W", "w", "kernel", "encoder.weight"),
    "hidden_bias": ("hidden_bias", "b1", "b", "hbias", "encoder.bias"),
    "visible_bias": ("visible_bias", "b2", "b_prime", "vbias", "decoder.bias"),
}
_KINDS = {np.dtype("<f2"), np.dtype("<f4"), np.dtype("<f8")}


class OwnError(DaeError):
    """A file does not hold a tied autoencoder."""


def read_own(path: Path, names: Mapping[str, str] | None = None, transposed: bool | None = None) -> Params:
    """The params of the file at `path`, [visible, hidden], whatever it calls them."""
    if path.suffix not in (".safetensors", ".npz"):
        raise OwnError(f"{path}: expected a .safetensors or .npz file, got {path.suffix or 'no suffix'!r}")
    data = read_file(path, FILE_LIMIT)
    arrays = parse_tensors(data, str(path)).tensors if path.suffix == ".safetensors" else _parse_npz(data, str(path))
    found = {field: _find(arrays, field, names or {}, str(path)) for field in Params._fields}
    return _fit(found, transposed, str(path))


def _find(arrays: Mapping[str, Array], field: str, names: Mapping[str, str], where: str) -> Array:
    """One array by its given name, or the only one under a common name."""
    candidates = (names[field],) if field in names else COMMON_NAMES[field]
    present = [name for name in candidates if name in arrays]
    if len(present) != 1:
        got = ", ".join(sorted(quote(name) for name in arrays)) or "no array"
        raise OwnError(f"{where}: {field}: expected one array called {' or '.join(candidates)}, got {got}")
    array = arrays[present[0]]
    if array.dtype not in _KINDS:
        raise OwnError(f"{where}: {present[0]}: expected float16, float32 or float64, got {array.dtype}")
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(array, np.float32)
    if not np.isfinite(single).all():
        raise OwnError(f"{where}: {present[0]}: expected finite numbers within the range of float32")
    return single


def _fit(found: Mapping[str, Array], transposed: bool | None, where: str) -> Params:
    weight, hidden_bias, visible_bias = (found[field] for field in Params._fields)
    hidden_bias, visible_bias = hidden_bias.reshape(-1), visible_bias.reshape(-1)
    hidden, visible = hidden_bias.size, visible_bias.size
    if transposed is None:
        transposed = weight.shape == (hidden, visible) and hidden != visible
    weight = weight.T if transposed else weight
    if weight.shape != (visible, hidden):
        raise OwnError(
            f"{where}: weight: expected shape [{visible}, {hidden}] or its transpose, as the biases have "
            f"{visible} and {hidden} numbers, got {list(found['weight'].shape)}"
        )
    if math.isqrt(visible) ** 2 != visible or visible == 0 or hidden == 0:
        raise OwnError(f"{where}: visible_bias: expected n x n numbers, one a pixel, got {visible}")
    return Params(np.ascontiguousarray(weight), hidden_bias, visible_bias)


def _parse_npz(data: bytes, where: str) -> dict[str, Array]:
    """The arrays of an .npz file: never code, and never more memory than its directory declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > 100 or sum(entry.file_size for entry in entries) > FILE_LIMIT:
                raise OwnError(f"{where}: expected at most 100 arrays and {FILE_LIMIT} bytes of them")
            return {
                entry.filename.removesuffix(".npy"): _parse_npy(
                    archive.read(entry), f"{where}: {quote(entry.filename)}"
                )
                for entry in entries
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise OwnError(f"{where}: expected an .npz file, got: {quote(str(error))}") from None


def _parse_npy(data: bytes, where: str) -> Array:
    """One array; its length is compared with its shape before anything is taken."""
    file = io.BytesIO(data)
    version = npy.read_magic(file)
    readers: Mapping[tuple[int, int], Any] = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise OwnError(f"{where}: expected .npy version 1.0 or 2.0, got {version}")
    shape, fortran, dtype = readers[version](file)
    numbers = data[file.tell() :]
    if dtype.hasobject or dtype.newbyteorder("<") not in _KINDS:
        raise OwnError(f"{where}: expected float16, float32 or float64, got {quote(str(dtype))}")
    if len(numbers) != math.prod(shape) * dtype.itemsize:
        raise OwnError(f"{where}: expected {math.prod(shape) * dtype.itemsize} bytes of numbers, got {len(numbers)}")
    array = np.frombuffer(numbers, dtype).reshape(shape, order="F" if fortran else "C")
    return array.astype(dtype.newbyteorder("<"))
