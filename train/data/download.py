"""The official files, fetched once with tensorflow-datasets' DownloadManager (bytes and SHA-256 from its own lists).

In:  the name of a data set and where it comes from.
Out: its files, wherever they came from; a `DataError` says what is missing where there is no network.
"""

import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from train.data.sources import DATA_DIR_VARIABLE, OfficialFile, Source
from train.errors import DataError
from train.files import replace_file

PROBE_SECONDS = 3.0  # the longest wait for an answer from the host of the downloads


def cache_folder(name: str) -> Path:
    """The folder that downloads of a data set go to."""
    try:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    except RuntimeError as error:  # a user whom the system does not know, as in some containers
        raise DataError(
            f"{name}: no home folder is known to download to: give --data-dir, or set {DATA_DIR_VARIABLE}, to a folder "
            "with the official files, or set HOME or XDG_CACHE_HOME to one that may be written"
        ) from error
    return Path(home) / "denoising-autoencoders" / name


def fetch(name: str, source: Source) -> list[tuple[Path, OfficialFile]]:
    """The official files, images before labels, downloaded unless an earlier call did so.

    Labels that an earlier version did not download are fetched where there is a network, else left out.
    """
    folder = cache_folder(name)
    files = [*source.files, *(source.labels or ())]
    missing = [file for file in files if not (folder / file.name).is_file()]
    if set(missing) & set(source.files):
        _probe(name, source, folder)
        _download(name, source, missing, folder)
    elif missing and not _unreachable(*_first_host(source.url)):
        _download(name, source, missing, folder)
    return [(folder / file.name, file) for file in files if (folder / file.name).is_file()]


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


def _download(name: str, source: Source, files: Sequence[OfficialFile], folder: Path) -> None:
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise DataError(f"{name}: downloading needs tensorflow-datasets, which is not installed: {error}") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        manager = tfds.download.DownloadManager(download_dir=folder / "downloads", dataset_name=name)
        fetched = manager.download({file.name: source.url + file.name for file in files})
        for file in files:
            replace_file(folder / file.name, Path(fetched[file.name]).read_bytes())
    except Exception as error:  # the manager raises whatever its own libraries do
        raise DataError(f"{name}: cannot be downloaded from {source.url}: {error}") from error
