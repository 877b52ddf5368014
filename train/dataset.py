"""The images: found, checked, and read as uint8 arrays.

In:  the name of a data set and, if given, a folder or, for images of one's own, an `.npz` file.
Out: `Dataset`: training and test images [count, visible] of uint8, row-major, white ink on black.

Of an official data set two files are read, those of the images; labels are not needed. Where they are looked for:
`--data-dir`, then the environment variable DAE_DATA_DIR, then the folder that earlier downloads went to; else they are
downloaded with tensorflow-datasets' DownloadManager (sizes and SHA-256 from its own lists). The official data sets are
accepted only bit for bit, however they are packed; images of one's own are the data set "custom": two IDX files under
the official names, or one `.npz`. Format: http://yann.lecun.com (IDX: magic number, counts as big-endian uint32,
bytes).
"""

import gzip
import hashlib
import io
import os
import socket
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from train.errors import DataError
from train.files import refusals
from train.sources import IDX_NAMES, SOURCES, STEMS, OfficialFile, Source

DATA_DIR_VARIABLE = "DAE_DATA_DIR"
PROBE_SECONDS = 3.0  # the longest wait for an answer from the host of the downloads
NPZ_PAIRS = (("train", "test"), ("x_train", "x_test"))  # what the arrays of an .npz with test images are called
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
    return _load_official(name, _downloaded(name, SOURCES[name]))


def cache_dir(name: str) -> Path:
    """The folder that downloads of a data set go to."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "denoising-autoencoders" / name


def _dataset(name: str, train: tuple[str, NDArray[np.uint8]], test: tuple[str, NDArray[np.uint8]]) -> Dataset:
    """Square images, [count, side, side], as rows of pixels, if all are of one size."""
    if train[1].shape[1:] != test[1].shape[1:]:
        sides = train[1].shape[1], test[1].shape[1]
        raise DataError(f"{test[0]}: expected images {sides[0]} pixels wide as in {train[0]}, got {sides[1]}")
    return Dataset(name, *(images.reshape(len(images), -1) for _, images in (train, test)))


def _check_square(where: str, *shape: int) -> None:
    if shape[0] == 0 or shape[1] == 0 or shape[1] != shape[2]:
        got = " x ".join(map(str, shape))
        raise DataError(f"{where}: expected square images, count x side x side, got {got}")


def _load_official(name: str, files: list[tuple[Path, OfficialFile]]) -> Dataset:
    contents = [_official(path, file, name) for path, file in files]
    return _dataset(name, *(_images(*content) for content in contents))


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
        return _dataset("custom", *(_images(path, _unpack(path, _read(path))) for path in idx))
    npz = sorted(path for path in data_dir.glob("*.npz") if path.is_file())
    if len(npz) == 1 and not idx:
        return _load_npz(npz[0])
    nothing = "none of these" if data_dir.is_dir() else "no such file or folder"
    got = ", ".join(_told(path.name) for path in idx or npz) or nothing
    which = "; give the one that is meant with --data-dir" if npz and not idx else ""
    raise DataError(
        f"{data_dir}: expected {' and '.join(names)} (or the same unpacked), or one .npz file, got {got}{which}"
    )


def _load_npz(path: Path) -> Dataset:
    """One `.npz` of uint8 images [count, side, side]: `train` and `test`, or `x_train` and `x_test`, or one array for
    both.

    Of one array alone the last tenth, at least one image, becomes the test images.
    """
    images = [_grey(f"{path}: {_told(key)}", array) for key, array in _read_npz(path).items()]
    if len(images) == 2:
        return _dataset("custom", *images)
    where, both = images[0]
    if len(both) < 2:
        raise DataError(f"{where}: expected at least 2 images, got {len(both)}")
    split = len(both) - max(1, len(both) // 10)
    return _dataset("custom", (where, both[:split]), (where, both[split:]))


def _read_npz(path: Path) -> dict[str, Any]:
    """The arrays that are images, training images first; no other member of the file is read."""
    data = _read(path)
    if not data.startswith((b"PK\3\4", b"PK\5\6")):
        npy = data.startswith(b"\x93NUMPY")
        got = "an .npy file (numpy.savez writes an .npz)" if npy else repr(data[:4].hex(" "))
        raise DataError(f"{path}: expected an .npz file of uint8 images (first bytes 50 4b 03 04), got {got}")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            keys = next((pair for pair in NPZ_PAIRS if set(pair) <= set(file.files)), tuple(file.files))
            arrays = {key: file[key] for key in keys} if keys in NPZ_PAIRS or len(keys) == 1 else {}
    except Exception as error:  # zipfile and numpy raise a dozen kinds over a damaged file, and promise none
        raise DataError(f"{path}: expected an .npz file of uint8 images, got {_told(error)}") from error
    if not arrays:
        got = _told(", ".join(keys)) or "none"
        raise DataError(f"{path}: expected the arrays train and test, or one array, got {got}")
    return arrays


def _told(said: object) -> str:
    """What a file or a library says, or of which kind an error is that says nothing, on one line of ours."""
    words = " ".join(str(said).split()) or (type(said).__name__ if isinstance(said, Exception) else "")
    line = "".join(letter if letter.isprintable() else "?" for letter in words)
    return line if len(line) <= 200 else f"{line[:200]} …"


def _grey(where: str, images: Any) -> tuple[str, NDArray[np.uint8]]:
    if not isinstance(images, np.ndarray):  # numpy gives the bytes of a member that is no .npy file
        raise DataError(f"{where}: expected uint8 images, count x side x side, got no array")
    if images.dtype != np.uint8 or images.ndim != 3:
        got = f"{_told(images.dtype)} {' x '.join(map(str, images.shape)) or 'alone'}"
        raise DataError(f"{where}: expected uint8 images, count x side x side, got {got}")
    _check_square(where, *images.shape)
    return where, images


def _read(path: Path) -> bytes:
    with refusals("read", path):
        return path.read_bytes()


def _official(path: Path, file: OfficialFile, dataset: str) -> tuple[Path, bytes]:
    """The unpacked bytes of an official file, which must be the official ones."""
    data = _read(path)
    packed = path.suffix == ".gz"
    expected = file.sha256 if packed else file.unpacked_sha256
    if expected is None:
        raise DataError(f"{path}: of {dataset!r} only the gzipped file can be checked: expected {file.name}")
    got = hashlib.sha256(data).hexdigest()
    if got == expected:
        return path, _unpack(path, data)
    if packed and (content := _repacked(data, file)):
        return path, content
    if packed and len(data) != file.bytes:
        difference = f"expected {file.bytes} bytes, got {len(data)}"
    else:
        difference = f"expected SHA-256 {expected}, got {got}"
    raise DataError(f"{path}: {difference}; this is not the official file of {dataset!r} ({OWN})")


def _repacked(data: bytes, file: OfficialFile) -> bytes | None:
    """The unpacked bytes of an official file that someone packed anew, as Linux distributions do; None of any other."""
    try:
        content = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None
    return content if hashlib.sha256(content).hexdigest() == file.unpacked_sha256 else None


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
    _check_square(str(path), count, rows, columns)
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
    host, port = _first_host(source.url)
    reason = _unreachable(host, port)
    if reason:
        raise DataError(
            f"{name}: looked for {names} in {folder} and found no such files, and {host} cannot be reached "
            f"({reason}). Either give --data-dir, or set {DATA_DIR_VARIABLE}, to a folder with the official files "
            "under these names, or connect to the network and try again"
        )


def _first_host(url: str) -> tuple[str, int]:
    """Host and port of what a download talks to: the proxy that the environment names for this address, or its host."""
    from urllib.request import getproxies, proxy_bypass  # only here: a build needs no network

    proxies, parts = getproxies(), urlsplit(url)
    proxy = "" if proxy_bypass(parts.netloc) else proxies.get(parts.scheme) or proxies.get("all", "")
    if proxy:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        port = parts.port
    except ValueError as error:
        raise DataError(f"the proxy {proxy}: expected one such as http://host:3128: {error}") from error
    return parts.hostname or "", port or (443 if parts.scheme == "https" else 80)


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
