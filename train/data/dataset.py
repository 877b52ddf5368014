"""The images and what is in them: found, checked, and read as uint8 arrays.

In:  the name of a data set and, if given, a folder or, for images of one's own, an `.npz` file.
Out: `Dataset`: training and test images [count, visible] of uint8, row-major, white ink on black, and their labels.

Labels are not needed: images alone can be trained on, and then nothing reads their codes. Where files are looked for:
`--data-dir`, then the environment variable DAE_DATA_DIR, then the folder that earlier downloads went to; else they are
downloaded. The official data sets are accepted only bit for bit, however they are packed; images of one's own are the
data set "custom": IDX files under the official names, or one `.npz`.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data import download
from train.data.image_files import GZIP, Images, read_bytes, read_idx, read_npz, unpack
from train.data.label_files import LabelsAt, check_classes, read_idx_labels
from train.data.lookup import find_labels, find_pairs, find_role, what_is_in
from train.data.sources import DATA_DIR_VARIABLE, IDX_NAMES, LABEL_STEMS, SOURCES, STEMS, OfficialFile, Source
from train.errors import DataError, told
from train.files import refusals

CUSTOM = 'images of your own need name = "custom" in [dataset]'


@dataclass(frozen=True)
class Labels:
    """What is in each image: whole numbers from 0."""

    train: NDArray[np.uint8]  # [count]
    test: NDArray[np.uint8]  # [count]

    @property
    def classes(self) -> int:
        """One more than the largest."""
        return int(self.train.max()) + 1


@dataclass(frozen=True)
class Dataset:
    """Square grey images, and labels of all or of none."""

    name: str
    train: NDArray[np.uint8]  # [count, visible]
    test: NDArray[np.uint8]  # [count, visible]
    labels: Labels | None = None

    @property
    def side(self) -> int:
        """Width and height of an image, in pixels."""
        return int(self.train.shape[1] ** 0.5)

    def digest(self) -> str:
        """SHA-256 over all the pixels, for telling one set of images from another."""
        digest = hashlib.sha256()
        for images in (self.train, self.test):
            digest.update(repr(images.shape).encode())
            digest.update(np.ascontiguousarray(images).data)
        return digest.hexdigest()


def named_folder() -> Path | None:
    """The place of the images that the environment names, if it names one."""
    return Path(os.environ[DATA_DIR_VARIABLE]) if os.environ.get(DATA_DIR_VARIABLE) else None


def load_dataset(name: str, data_dir: Path | None = None) -> Dataset:
    """Find, check and read a data set; a `DaeError` says what is wrong with which file, or what to do without any."""
    data_dir = data_dir or named_folder()
    if data_dir is not None:
        with refusals("read", data_dir):  # even whether a file is there may not be told
            return _load_custom(data_dir) if name == "custom" else _load_given(name, data_dir)
    if name == "custom":
        raise DataError(
            f'the data set "custom" needs images: give --data-dir, or set {DATA_DIR_VARIABLE}, to a folder with '
            f"{IDX_NAMES} (.gz or not) or with one .npz file, or to that .npz file"
        )
    return _load_official(name, download.fetch(name, SOURCES[name]))


def _dataset(name: str, train: Images, test: Images, labels: Sequence[LabelsAt | None] = (None, None)) -> Dataset:
    """Square images, [count, side, side], as rows of pixels; with labels of both or of none."""
    rows = [images.reshape(len(images), -1) for _, images in (train, test)]
    of_train, of_test = labels
    if of_train is None and of_test is None:
        return Dataset(name, rows[0], rows[1])
    if of_train is None or of_test is None:
        there, lacking = (of_test, train) if of_train is None else (of_train, test)
        assert there is not None
        raise DataError(f"{lacking[0]}: expected labels, as {there[0]} has those of the other images, got none")
    check_classes(of_train, of_test)
    return Dataset(name, rows[0], rows[1], Labels(of_train[1], of_test[1]))


def _alike(train: Images, test: Images) -> tuple[Images, Images]:
    """The same, if all are of one side."""
    if train[1].shape[1:] != test[1].shape[1:]:
        sides = train[1].shape[1], test[1].shape[1]
        raise DataError(f"{test[0]}: expected images {sides[0]} pixels wide as in {train[0]}, got {sides[1]}")
    return train, test


def _load_official(name: str, files: Sequence[tuple[Path, OfficialFile]]) -> Dataset:
    """From the files of training and test images and, where they are there, those of their labels."""
    contents = {file.name: _official(path, file, name) for path, file in files}
    train, test = _alike(*(read_idx(*contents[f"{stem}.gz"]) for stem in STEMS.values()))
    labels = [
        read_idx_labels(*contents[f"{stem}.gz"], len(images)) if f"{stem}.gz" in contents else None
        for stem, (_, images) in zip(LABEL_STEMS.values(), (train, test), strict=True)
    ]
    return _dataset(name, train, test, labels)


def _load_given(name: str, folder: Path) -> Dataset:
    """An official data set from a folder. Of several pairs of files the one that is official is meant."""
    if folder.is_file():
        raise DataError(
            f"{folder}: expected a folder with {IDX_NAMES} (.gz or not) of the data set {name!r}, got a file; {CUSTOM}"
        )
    pairs = find_pairs(folder)
    faults: list[DataError] = []
    for pair in pairs:
        try:
            return _load_official(name, _with_labels(folder, pair, SOURCES[name]))
        except DataError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    missing = [file for role, file in zip(STEMS, SOURCES[name].files, strict=True) if not find_role(folder, role)]
    file = missing[0] if missing else SOURCES[name].files[1]  # both are there, but of other sets or in other places
    unpacked = " (or the same unpacked)" if file.unpacked_sha256 else ""
    got = "no such file in that folder" if folder.is_dir() else "no such folder"
    raise DataError(
        f"{folder}{what_is_in(folder)}: expected {file.name}{unpacked} of the data set {name!r}, got {got}; give a "
        f"folder that has it with --data-dir or {DATA_DIR_VARIABLE}, or neither to download it ({CUSTOM})"
    )


def _with_labels(folder: Path, pair: tuple[Path, Path], source: Source) -> list[tuple[Path, OfficialFile]]:
    """Two files of images, and those of their labels that are there."""
    files = list(zip(pair, source.files, strict=True))
    if source.labels is None:
        return files
    found = zip(find_labels(folder, pair), source.labels, strict=True)
    return [*files, *((path, file) for path, file in found if path is not None)]


def _load_custom(data_dir: Path) -> Dataset:
    """Images of one's own: one `.npz`, or a folder with two IDX files, under names in use, or with one `.npz`.

    Where a folder has both, the IDX files are meant.
    """
    if data_dir.is_file():
        return _load_npz(data_dir)
    pairs = find_pairs(data_dir)
    names = [f"{stem}.gz" for stem in STEMS.values()]
    if len(pairs) == 1 or (pairs and all(path.parent == data_dir for path in pairs[0])):
        return _load_pair(data_dir, pairs[0])
    idx = sorted({path for role in STEMS for path in find_role(data_dir, role)})
    npz = sorted(path for path in data_dir.glob("*.npz") if path.is_file() and not path.name.startswith("."))
    if len(npz) == 1 and not idx:
        return _load_npz(npz[0])
    nothing = "none of these" if data_dir.is_dir() else "no such file or folder"
    got = ", ".join(told(path.relative_to(data_dir)) for path in idx or npz) or nothing
    which = "; give the one that is meant with --data-dir" if len(idx or npz) > 1 else ""
    raise DataError(
        f"{data_dir}{what_is_in(data_dir) if got == nothing else ''}: expected {' and '.join(names)} (or the same "
        f"unpacked), or one .npz file, got {got}{which}"
    )


def _load_pair(folder: Path, pair: tuple[Path, Path]) -> Dataset:
    """Two IDX files of images, and those of their labels that are there."""
    train, test = _alike(*(read_idx(path, unpack(path, read_bytes(path))) for path in pair))
    labels = [
        read_idx_labels(path, unpack(path, read_bytes(path)), len(images)) if path else None
        for path, (_, images) in zip(find_labels(folder, pair), (train, test), strict=True)
    ]
    return _dataset("custom", train, test, labels)


def _load_npz(path: Path) -> Dataset:
    """One `.npz` of uint8 images [count, side, side]: `train` and `test`, or `x_train` and `x_test`, or one array for
    both; perhaps with `train_labels` and `test_labels`, `y_train` and `y_test`, or `labels`.

    Of one array alone the last tenth, at least one image, becomes the test images.
    """
    found = read_npz(path)
    if len(found) == 2:
        (train, of_train), (test, of_test) = found
        return _dataset("custom", *_alike(train, test), (of_train, of_test))
    (where, both), labels = found[0]
    if len(both) < 2:
        raise DataError(f"{where}: expected at least 2 images, got {len(both)}")
    split = len(both) - max(1, len(both) // 10)
    parts = slice(None, split), slice(split, None)
    halves = [None if labels is None else (labels[0], labels[1][part]) for part in parts]
    return _dataset("custom", (where, both[:split]), (where, both[split:]), halves)


def _official(path: Path, file: OfficialFile, dataset: str) -> tuple[Path, bytes]:
    """The unpacked bytes of an official file, which must be the official ones."""
    data = read_bytes(path)
    packed = data.startswith(GZIP)
    expected = file.sha256 if packed else file.unpacked_sha256
    if expected is None:
        raise DataError(f"{path}: of {dataset!r} only the gzipped file can be checked: expected {file.name}")
    got = hashlib.sha256(data).hexdigest()
    if got == expected:
        return path, unpack(path, data)
    if packed and (content := _repacked(path, data, file)):
        return path, content
    if packed and len(data) != file.bytes:
        difference = f"expected {file.bytes} bytes, got {len(data)}"
    else:
        difference = f"expected SHA-256 {expected}, got {got}"
    raise DataError(f"{path}: {difference}; this is not the official file of {dataset!r} ({CUSTOM})")


def _repacked(path: Path, data: bytes, file: OfficialFile) -> bytes | None:
    """The unpacked bytes of an official file that someone packed anew, as Linux distributions do; None of any other."""
    try:
        content = unpack(path, data)
    except DataError:
        return None
    return content if hashlib.sha256(content).hexdigest() == file.unpacked_sha256 else None
