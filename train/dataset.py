"""The images: found, checked, and read as uint8 arrays.

In:  the name of a data set and, if given, a folder or an `.npz` file of one's own.
Out: `Dataset`: training and test images [count, visible] of uint8, row-major, white ink on black.

Where the four official files are looked for: `--data-dir`, then the environment variable DAE_DATA_DIR, then the
folder that earlier downloads went to; else they are downloaded with tensorflow-datasets' DownloadManager (sizes and
SHA-256 from its own lists). The official data sets are accepted only bit for bit; images of one's own are the data
set "custom". Format: http://yann.lecun.com (IDX: magic number, counts as big-endian uint32, bytes).
"""

import gzip
import hashlib
import os
import socket
import threading
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from train.errors import DataError
from train.sources import SOURCES, STEMS, OfficialFile, Source

DATA_DIR_VARIABLE = "DAE_DATA_DIR"
PROBE_SECONDS = 3.0  # the longest wait for an answer from the host of the downloads


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


def load_dataset(name: str, data_dir: Path | None = None) -> Dataset:
    """Find, check and read a data set; `DataError` says what is wrong with which file, or what to do without any."""
    if data_dir is None and os.environ.get(DATA_DIR_VARIABLE):
        data_dir = Path(os.environ[DATA_DIR_VARIABLE])
    if name == "custom":
        return _load_custom(data_dir)
    source = SOURCES[name]
    if data_dir is not None:
        paths = [_find(data_dir, file.name, name) for file in source.files]
        contents = [_official(path, file, name) for path, file in zip(paths, source.files, strict=True)]
    else:
        contents = [_official(path, file, name) for path, file in _downloaded(name, source)]
    return _dataset(name, *(_images(*content) for content in contents))


def cache_dir(name: str) -> Path:
    """The folder that downloads of a data set go to."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "denoising-autoencoders" / name


def _dataset(name: str, train: tuple[str, NDArray[np.uint8]], test: tuple[str, NDArray[np.uint8]]) -> Dataset:
    """Square images of one size, [count, side, side], as rows of pixels."""
    for where, images in (train, test):
        if images.shape[0] == 0 or images.shape[1] == 0 or images.shape[1] != images.shape[2]:
            shape = " x ".join(map(str, images.shape))
            raise DataError(f"{where}: expected square images, count x side x side, got {shape}")
    if train[1].shape[1:] != test[1].shape[1:]:
        sides = train[1].shape[1], test[1].shape[1]
        raise DataError(f"{test[0]}: expected images {sides[0]} pixels wide as in {train[0]}, got {sides[1]}")
    return Dataset(name, *(images.reshape(len(images), -1) for _, images in (train, test)))


def _load_custom(data_dir: Path | None) -> Dataset:
    """Images of one's own: a folder with two IDX files under the official names, or one `.npz`."""
    if data_dir is None:
        raise DataError(
            f'the data set "custom" needs images: give --data-dir, or set {DATA_DIR_VARIABLE}, to a folder with '
            f"{' and '.join(STEMS.values())} (.gz or not), or to one .npz file"
        )
    if data_dir.is_file():
        return _load_npz(data_dir)
    paths = [_find(data_dir, f"{stem}.gz", "custom") for stem in STEMS.values()]
    return _dataset("custom", *(_images(path, _unpack(path, _read(path))) for path in paths))


def _load_npz(path: Path) -> Dataset:
    """One `.npz` of uint8 images [count, side, side]: `train` and `test`, or `x_train` and `x_test`, or one array for
    both.

    Of one array alone the last tenth, at least one image, becomes the test images.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, AttributeError) as error:
        raise DataError(f"{path}: expected an .npz file of uint8 images, got {error}") from error
    for train, test in (("train", "test"), ("x_train", "x_test")):
        if train in arrays and test in arrays:
            return _dataset("custom", _grey(path, train, arrays[train]), _grey(path, test, arrays[test]))
    if len(arrays) != 1:
        raise DataError(f"{path}: expected the arrays train and test, or one array, got {', '.join(arrays) or 'none'}")
    key, images = next(iter(arrays.items()))
    where, images = _grey(path, key, images)
    if len(images) < 2:
        raise DataError(f"{where}: expected at least 2 images, got {len(images)}")
    split = len(images) - max(1, len(images) // 10)
    return _dataset("custom", (where, images[:split]), (where, images[split:]))


def _grey(path: Path, key: str, images: NDArray[np.uint8]) -> tuple[str, NDArray[np.uint8]]:
    if images.dtype != np.uint8 or images.ndim != 3:
        shape = " x ".join(map(str, images.shape))
        raise DataError(f"{path}: {key}: expected uint8 images, count x side x side, got {images.dtype} {shape}")
    return f"{path}: {key}", images


def _find(folder: Path, name: str, dataset: str) -> Path:
    """The file in the folder, gzipped or unpacked."""
    for candidate in (folder / name, folder / name.removesuffix(".gz")):
        if candidate.is_file():
            return candidate
    raise DataError(
        f"{folder}: expected {name} (or the same unpacked) of the data set {dataset!r}, got "
        + ("no such file in that folder" if folder.is_dir() else "no such folder")
        + f"; give a folder that has it with --data-dir or {DATA_DIR_VARIABLE}, or neither to download it"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _official(path: Path, file: OfficialFile, dataset: str) -> tuple[Path, bytes]:
    """The unpacked bytes of an official file, which must be the official ones."""
    data = _read(path)
    packed = path.suffix == ".gz"
    if packed and len(data) != file.bytes:
        raise DataError(f"{path}: expected {file.bytes} bytes, got {len(data)}{_hint(dataset)}")
    expected = file.sha256 if packed else file.unpacked_sha256
    if expected is None:
        raise DataError(f"{path}: of {dataset!r} only the gzipped file can be checked: expected {file.name}")
    got = hashlib.sha256(data).hexdigest()
    if got != expected:
        raise DataError(f"{path}: expected SHA-256 {expected}, got {got}{_hint(dataset)}")
    return path, _unpack(path, data)


def _hint(dataset: str) -> str:
    return f'; this is not the official file of {dataset!r} (images of your own are the data set "custom")'


def _unpack(path: Path, data: bytes) -> bytes:
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected a gzip file, got one that does not unpack: {error}") from error


def _images(path: Path, data: bytes) -> tuple[str, NDArray[np.uint8]]:
    """Images [count, rows, columns] from the bytes of an IDX file."""
    header = np.frombuffer(data[:16], ">u4") if len(data) >= 16 else np.zeros(0, ">u4")
    if len(header) < 4 or header[0] != 0x0803:
        raise DataError(f"{path}: expected an IDX file of images (first bytes 00 00 08 03), got {data[:4].hex(' ')!r}")
    count, rows, columns = (int(number) for number in header[1:])
    expected = 16 + count * rows * columns
    if len(data) != expected:
        raise DataError(f"{path}: expected {expected} bytes for {count} images of {rows} x {columns}, got {len(data)}")
    return str(path), np.frombuffer(data, np.uint8, offset=16).reshape(count, rows, columns)


def _downloaded(name: str, source: Source) -> list[tuple[Path, OfficialFile]]:
    """The official files, downloaded unless an earlier call did so."""
    folder = cache_dir(name)
    if not all((folder / file.name).is_file() for file in source.files):
        _probe(name, source, folder)
        _download(name, source, folder)
    return [(folder / file.name, file) for file in source.files]


def _probe(name: str, source: Source, folder: Path) -> None:
    """Fail at once where there is no network: the download itself would only give up after minutes."""
    names = " and ".join(file.name for file in source.files)
    proxy = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
    url = urlsplit(proxy or source.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    reason = _unreachable(url.hostname or "", port)
    if reason:
        raise DataError(
            f"{name}: looked for {names} in {folder} and found no such files, and {url.hostname} cannot be reached "
            f"({reason}). Either give --data-dir, or set {DATA_DIR_VARIABLE}, to a folder with the official files "
            "under these names, or connect to the network and try again"
        )


def _unreachable(host: str, port: int) -> str:
    """Why a host does not answer, or nothing; looking up its name may block for long, so that a thread does it."""
    answers: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection((host, port), PROBE_SECONDS).close()
            answers.append("")
        except OSError as error:
            answers.append(str(error))

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(2 * PROBE_SECONDS)
    return answers[0] if answers else f"no answer within {2 * PROBE_SECONDS:g} s"


def _download(name: str, source: Source, folder: Path) -> None:
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise DataError(f"{name}: downloading needs tensorflow-datasets, which is not installed: {error}") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        manager = tfds.download.DownloadManager(download_dir=folder / "downloads", dataset_name=name)
        fetched = manager.download({file.name: source.url + file.name for file in source.files})
        for file in source.files:
            temporary = folder / f".{file.name}.{os.getpid()}.tmp"
            temporary.write_bytes(Path(fetched[file.name]).read_bytes())
            temporary.replace(folder / file.name)
    except Exception as error:  # the manager raises whatever its own libraries do
        raise DataError(f"{name}: cannot be downloaded from {source.url}: {error}") from error
