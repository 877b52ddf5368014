"""Label files: what is in each image, as the bytes of IDX files and the arrays of an `.npz`, beside the images.

Format: http://yann.lecun.com (IDX: magic number and count as big-endian uint32, then bytes).

In:  bytes, or an open `.npz`, and how many images there are.
Out: labels [count] of uint8 with where they were found; a `DataError` names the file, expected and got.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.npz import Npz
from train.errors import DataError, quote, told

CLASSES = 256  # at most: labels are whole numbers below this
# What the labels of the arrays of an .npz are called, by the name of the images.
NPZ_LABELS: Mapping[str, str] = {
    "train": "train_labels",
    "test": "test_labels",
    "x_train": "y_train",
    "x_test": "y_test",
}
OF_ONE = "labels"  # and of one array alone

LabelsAt = tuple[str, NDArray[np.uint8]]  # where, and [count]


def read_idx_labels(path: Path, data: bytes, count: int) -> LabelsAt:
    """Labels [count] from the bytes of an IDX file."""
    if data[:4] != b"\0\0\x08\x01":
        raise DataError(f"{path}: expected an IDX file of labels (first bytes 00 00 08 01), got {data[:4].hex(' ')!r}")
    said = int.from_bytes(data[4:8], "big")
    if len(data) != 8 + said:
        raise DataError(f"{path}: expected {8 + said} bytes for {said} labels, got {len(data)}")
    _check_count(str(path), said, count)
    return str(path), np.frombuffer(data, np.uint8, offset=8)


def read_npz_labels(file: Npz, path: Path, key: str, count: int) -> LabelsAt:
    """The labels that an `.npz` has under a key: whole numbers from 0 to 255, whatever their kind."""
    where, expected = f"{path}: {told(key)}", f"{count} whole numbers, a label for each image"
    if not file.is_array(key):
        raise DataError(f"{where}: expected {expected}, got no array")
    header = file.header(key)
    if header.dtype.kind not in "iu" or len(header.shape) != 1:
        shape = " x ".join(map(quote, header.shape)) or "alone"
        raise DataError(f"{where}: expected {expected}, got {told(header.dtype)} {shape}")
    _check_count(where, header.shape[0], count)
    labels: NDArray[np.integer] = file.read(key, 8 * count).astype(np.int64, copy=False)
    outside = labels[(labels < 0) | (labels >= CLASSES)]
    if len(outside):
        raise DataError(f"{where}: expected labels from 0 to {CLASSES - 1}, got {quote(int(outside[0]))}")
    return where, labels.astype(np.uint8)


def _check_count(where: str, got: int, count: int) -> None:
    """A label for each image."""
    if got != count:
        raise DataError(f"{where}: expected {count} labels, one for each image, got {quote(got)}")


def check_classes(train: LabelsAt, test: LabelsAt) -> None:
    """There is something to tell apart, and nothing among the test images that training never showed."""
    classes = set(np.unique(train[1]).tolist())
    if len(classes) < 2:
        raise DataError(f"{train[0]}: expected labels of at least two classes, got only {min(classes)}")
    if strange := set(np.unique(test[1]).tolist()) - classes:
        raise DataError(f"{test[0]}: expected the classes of {train[0]}, got {min(strange)}")
