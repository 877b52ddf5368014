"""Image files: the bytes of IDX and `.npz` files as uint8 arrays [count, side, side], each with where it was found.

Format: http://yann.lecun.com (IDX: magic number, counts as big-endian uint32, bytes); numpy's documentation of `.npz`.
A `DataError` names the file, what was expected and what it has.
"""

import gzip
import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.label_files import NPZ_LABELS, OF_ONE, LabelsAt, read_npz_labels
from train.data.npz import Npz
from train.errors import DataError, quote, strangers, told
from train.files import refusals

NPZ_PAIRS = (("train", "test"), ("x_train", "x_test"))  # what the arrays of an .npz with test images are called
GZIP, IDX = b"\x1f\x8b", b"\0\0\x08"  # first bytes of a packed file, and of one of unsigned bytes
LARGEST = 1 << 32  # bytes of an array of images
LARGEST_PACKED = 1 << 30  # bytes of what is in a gzip file and no IDX file

Images = tuple[str, NDArray[np.uint8]]  # where, and [count, side, side]


def read_npz(path: Path) -> list[tuple[Images, LabelsAt | None]]:
    """The images of an `.npz`, each with its labels if it has some: training and test images, or the one array."""
    data = read_bytes(path)
    if not data.startswith((b"PK\3\4", b"PK\5\6")):
        npy = data.startswith(b"\x93NUMPY")
        got = "an .npy file (numpy.savez writes an .npz)" if npy else repr(data[:4].hex(" "))
        raise DataError(f"{path}: expected an .npz file of uint8 images (first bytes 50 4b 03 04), got {got}")
    with strangers(str(path), "an .npz file of uint8 images", DataError):
        file = Npz(data)
        keys = next((pair for pair in NPZ_PAIRS if set(pair) <= set(file.names)), None) or tuple(
            name for name in file.names if name != OF_ONE or len(file.names) == 1
        )
        labels = [NPZ_LABELS[key] if keys in NPZ_PAIRS else OF_ONE for key in keys]
        known = keys in NPZ_PAIRS or len(keys) == 1
        found = [_read(file, path, *names) for names in zip(keys, labels, strict=True)] if known else []
    if not found:
        got = told(", ".join(file.names)) or "none"
        raise DataError(f"{path}: expected the arrays train and test, or one array, got {got}")
    return found


def read_idx(path: Path, data: bytes) -> Images:
    """Images [count, rows, columns] from the bytes of an IDX file."""
    header = np.frombuffer(data[:16], ">u4") if len(data) >= 16 else np.zeros(0, ">u4")
    if len(header) < 4 or header[0] != 0x0803:
        raise DataError(f"{path}: expected an IDX file of images (first bytes 00 00 08 03), got {data[:4].hex(' ')!r}")
    count, rows, columns = (int(number) for number in header[1:])
    expected = 16 + count * rows * columns
    if len(data) != expected:
        raise DataError(f"{path}: expected {expected} bytes for {count} images of {rows} x {columns}, got {len(data)}")
    _check_square(str(path), count, rows, columns)
    return str(path), np.frombuffer(data, np.uint8, offset=16).reshape(count, rows, columns)


def unpack(path: Path, data: bytes) -> bytes:
    """The bytes of a file, without gzip's packing, which the bytes tell: names that end in .gz may lie."""
    if path.suffix == ".gz" and not data.startswith((GZIP, IDX)):
        raise DataError(f"{path}: expected a gzip file, got one that does not unpack: it begins {data[:4].hex(' ')!r}")
    with strangers(str(path), "a gzip file that unpacks", DataError):
        while data.startswith(GZIP):
            data = _unpack_once(data)
    return data


def _unpack_once(data: bytes) -> bytes:
    """What is inside: of an IDX file no more than it says it has, and a byte that shows that there is more."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        start = file.read(16)
        shape = [int(number) for number in np.frombuffer(start[4:], ">u4")] if len(start) == 16 else []
        length = LARGEST_PACKED
        if start.startswith(IDX) and start[3:4] in (b"\1", b"\3"):
            length = 8 + shape[0] if start[3:4] == b"\1" else 16 + math.prod(shape)
        return start + file.read(max(length + 1 - len(start), 0))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of any length."""
    with refusals("read", path):
        return path.read_bytes()


def _read(file: Npz, path: Path, key: str, labels: str) -> tuple[Images, LabelsAt | None]:
    """One array, whose kind and shape are looked at before its numbers are unpacked, and its labels."""
    where = f"{path}: {told(key)}"
    if not file.is_array(key):
        raise DataError(f"{where}: expected uint8 images, count x side x side, got no array")
    header = file.header(key)
    if not header.dtype.hasobject:
        _check_grey(where, header.dtype, header.shape)
    images = file.read(key, LARGEST).astype(np.uint8, copy=False)
    return (where, images), read_npz_labels(file, path, labels, len(images)) if labels in file.names else None


def _check_grey(where: str, dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> None:
    if dtype != np.uint8 or len(shape) != 3:
        got = f"{told(dtype)} {' x '.join(map(quote, shape)) or 'alone'}"
        raise DataError(f"{where}: expected uint8 images, count x side x side, got {got}")
    _check_square(where, *shape)


def _check_square(where: str, *shape: int) -> None:
    if shape[0] == 0 or shape[1] == 0 or shape[1] != shape[2]:
        got = " x ".join(map(quote, shape))
        raise DataError(f"{where}: expected square images, count x side x side, got {got}")
