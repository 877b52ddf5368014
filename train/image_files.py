"""Image files: the bytes of IDX and `.npz` files as uint8 arrays [count, side, side], each with where it was found.

Format: http://yann.lecun.com (IDX: magic number, counts as big-endian uint32, bytes); numpy's documentation of `.npz`.
A `DataError` names the file, what was expected and what it has.
"""

import gzip
import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.errors import DataError
from train.files import refusals

NPZ_PAIRS = (("train", "test"), ("x_train", "x_test"))  # what the arrays of an .npz with test images are called

Images = tuple[str, NDArray[np.uint8]]  # where, and [count, side, side]


def read_npz(path: Path) -> list[Images]:
    """The images of an `.npz`: training and test images, or the one array that it has."""
    return [_grey(f"{path}: {told(key)}", array) for key, array in _arrays(path).items()]


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
    """The bytes of a file, without gzip's packing where its name ends in .gz."""
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected a gzip file, got one that does not unpack: {error}") from error


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of any size."""
    with refusals("read", path):
        return path.read_bytes()


def told(said: object) -> str:
    """What a file or a library says, or of which kind an error is that says nothing, on one line of ours."""
    words = " ".join(str(said).split()) or (type(said).__name__ if isinstance(said, Exception) else "")
    line = "".join(letter if letter.isprintable() else "?" for letter in words)
    return line if len(line) <= 200 else f"{line[:200]} …"


def _arrays(path: Path) -> dict[str, Any]:
    """The arrays that are images, training images first; no other member of the file is read."""
    data = read_bytes(path)
    if not data.startswith((b"PK\3\4", b"PK\5\6")):
        npy = data.startswith(b"\x93NUMPY")
        got = "an .npy file (numpy.savez writes an .npz)" if npy else repr(data[:4].hex(" "))
        raise DataError(f"{path}: expected an .npz file of uint8 images (first bytes 50 4b 03 04), got {got}")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            keys = next((pair for pair in NPZ_PAIRS if set(pair) <= set(file.files)), tuple(file.files))
            arrays = {key: file[key] for key in keys} if keys in NPZ_PAIRS or len(keys) == 1 else {}
    except Exception as error:  # zipfile and numpy raise a dozen kinds over a damaged file, and promise none
        raise DataError(f"{path}: expected an .npz file of uint8 images, got {told(error)}") from error
    if not arrays:
        got = told(", ".join(keys)) or "none"
        raise DataError(f"{path}: expected the arrays train and test, or one array, got {got}")
    return arrays


def _grey(where: str, images: Any) -> Images:
    if not isinstance(images, np.ndarray):  # numpy gives the bytes of a member that is no .npy file
        raise DataError(f"{where}: expected uint8 images, count x side x side, got no array")
    if images.dtype != np.uint8 or images.ndim != 3:
        got = f"{told(images.dtype)} {' x '.join(map(str, images.shape)) or 'alone'}"
        raise DataError(f"{where}: expected uint8 images, count x side x side, got {got}")
    _check_square(where, *images.shape)
    return where, images


def _check_square(where: str, *shape: int) -> None:
    if shape[0] == 0 or shape[1] == 0 or shape[1] != shape[2]:
        got = " x ".join(map(str, shape))
        raise DataError(f"{where}: expected square images, count x side x side, got {got}")
