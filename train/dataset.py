"""The images: found, checked, and read as uint8 arrays.

In:  the name of a data set and, if given, a folder or, for images of one's own, an `.npz` file.
Out: `Dataset`: training and test images [count, visible] of uint8, row-major, white ink on black.

Of an official data set two files are read, those of the images; labels are not needed. Where they are looked for:
`--data-dir`, then the environment variable DAE_DATA_DIR, then the folder that earlier downloads went to; else they are
downloaded. The official data sets are accepted only bit for bit, however they are packed; images of one's own are the
data set "custom": two IDX files under the official names, or one `.npz`.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train import download
from train.errors import DataError
from train.files import refusals
from train.image_files import Images, read_bytes, read_idx, read_npz, told, unpack
from train.sources import DATA_DIR_VARIABLE, IDX_NAMES, SOURCES, STEMS, OfficialFile

OWN = 'images of your own need name = "custom" in [dataset]'


@dataclass(frozen=True)
class Dataset:
    """Square grey images."""

    name: str
    train: NDArray[np.uint8]  # [count, visible]
    test: NDArray[np.uint8]  # [count, visible]

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


def named_dir() -> Path | None:
    """The place of the images that the environment names, if it names one."""
    return Path(os.environ[DATA_DIR_VARIABLE]) if os.environ.get(DATA_DIR_VARIABLE) else None


def load_dataset(name: str, data_dir: Path | None = None) -> Dataset:
    """Find, check and read a data set; a `DaeError` says what is wrong with which file, or what to do without any."""
    data_dir = data_dir or named_dir()
    if data_dir is not None:
        with refusals("read", data_dir):  # even whether a file is there may not be told
            return _load_custom(data_dir) if name == "custom" else _load_official(name, _given(data_dir, name))
    if name == "custom":
        raise DataError(
            f'the data set "custom" needs images: give --data-dir, or set {DATA_DIR_VARIABLE}, to a folder with '
            f"{IDX_NAMES} (.gz or not) or with one .npz file, or to that .npz file"
        )
    return _load_official(name, download.fetch(name, SOURCES[name]))


def _dataset(name: str, train: Images, test: Images) -> Dataset:
    """Square images, [count, side, side], as rows of pixels, if all are of one size."""
    if train[1].shape[1:] != test[1].shape[1:]:
        sides = train[1].shape[1], test[1].shape[1]
        raise DataError(f"{test[0]}: expected images {sides[0]} pixels wide as in {train[0]}, got {sides[1]}")
    return Dataset(name, *(images.reshape(len(images), -1) for _, images in (train, test)))


def _load_official(name: str, files: list[tuple[Path, OfficialFile]]) -> Dataset:
    contents = [_official(path, file, name) for path, file in files]
    return _dataset(name, *(read_idx(*content) for content in contents))


def _given(folder: Path, name: str) -> list[tuple[Path, OfficialFile]]:
    """The files of an official data set in a folder."""
    if folder.is_file():
        raise DataError(
            f"{folder}: expected a folder with {IDX_NAMES} (.gz or not) of the data set {name!r}, got a file; {OWN}"
        )
    found = []
    for file in SOURCES[name].files:
        path = _find(folder, file.name)
        if path is None:
            unpacked = " (or the same unpacked)" if file.unpacked_sha256 else ""
            got = "no such file in that folder" if folder.is_dir() else "no such folder"
            raise DataError(
                f"{folder}: expected {file.name}{unpacked} of the data set {name!r}, got {got}; give a folder that has "
                f"it with --data-dir or {DATA_DIR_VARIABLE}, or neither to download it ({OWN})"
            )
        found.append((path, file))
    return found


def _find(folder: Path, name: str) -> Path | None:
    """The file in the folder, gzipped or unpacked."""
    return next((path for path in (folder / name, folder / name.removesuffix(".gz")) if path.is_file()), None)


def _load_custom(data_dir: Path) -> Dataset:
    """Images of one's own: one `.npz`, or a folder with two IDX files under the official names or with one `.npz`.

    Where a folder has both, the IDX files are meant.
    """
    if data_dir.is_file():
        return _load_npz(data_dir)
    names = [f"{stem}.gz" for stem in STEMS.values()]
    idx = [path for name in names if (path := _find(data_dir, name))]
    if len(idx) == len(names):
        return _dataset("custom", *(read_idx(path, unpack(path, read_bytes(path))) for path in idx))
    npz = sorted(path for path in data_dir.glob("*.npz") if path.is_file())
    if len(npz) == 1 and not idx:
        return _load_npz(npz[0])
    nothing = "none of these" if data_dir.is_dir() else "no such file or folder"
    got = ", ".join(told(path.name) for path in idx or npz) or nothing
    which = "; give the one that is meant with --data-dir" if npz and not idx else ""
    raise DataError(
        f"{data_dir}: expected {' and '.join(names)} (or the same unpacked), or one .npz file, got {got}{which}"
    )


def _load_npz(path: Path) -> Dataset:
    """One `.npz` of uint8 images [count, side, side]: `train` and `test`, or `x_train` and `x_test`, or one array for
    both.

    Of one array alone the last tenth, at least one image, becomes the test images.
    """
    images = read_npz(path)
    if len(images) == 2:
        return _dataset("custom", *images)
    where, both = images[0]
    if len(both) < 2:
        raise DataError(f"{where}: expected at least 2 images, got {len(both)}")
    split = len(both) - max(1, len(both) // 10)
    return _dataset("custom", (where, both[:split]), (where, both[split:]))


def _official(path: Path, file: OfficialFile, dataset: str) -> tuple[Path, bytes]:
    """The unpacked bytes of an official file, which must be the official ones."""
    data = read_bytes(path)
    packed = path.suffix == ".gz"
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
    raise DataError(f"{path}: {difference}; this is not the official file of {dataset!r} ({OWN})")


def _repacked(path: Path, data: bytes, file: OfficialFile) -> bytes | None:
    """The unpacked bytes of an official file that someone packed anew, as Linux distributions do; None of any other."""
    try:
        content = unpack(path, data)
    except DataError:
        return None
    return content if hashlib.sha256(content).hexdigest() == file.unpacked_sha256 else None
