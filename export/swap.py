"""A whole folder replaced in one step: whoever looks sees the old site or the new one, also when a build is killed.

The new files are written to a hidden sibling, which then trades places with the old folder: on Linux in one system
call, so that there is never a moment without a site; elsewhere by two renames, the first of which the next build undoes
if need be. Builds with the same parent folder wait for one another.

In:  a folder and its files as bytes by path.  Out: nothing but the folder; `FileError` or `SwapError`.
"""

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from export.manifest import ManifestError, find_manifest, read_manifest
from train.errors import DaeError
from train.files import FileError, refusals, sync_folder, write_synced

PATIENCE = 60.0  # seconds that a build waits for another one
_SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}  # left in any folder by the system's own viewer
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


class SwapError(DaeError):
    """The folder to be replaced holds something that is not ours to remove."""


def replace_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Make `out` hold exactly `files`, in one step."""
    with refusals("write", out):
        target = out.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        new, old = (target.with_name(f".{target.name}.{word}") for word in ("new", "old"))
        with _alone(target.parent):
            _recover(target, new, old)
            check_replaceable(out)
            try:
                _write_folder(new, files, target)
                _trade(new, target, old)
            finally:
                _recover(target, new, old)
            sync_folder(target.parent)


def check_replaceable(out: Path) -> None:
    """Refuse to replace anything but nothing, an empty folder, or a site of ours without files of others in it."""
    with refusals("write", out):
        if not out.exists():
            return
        if not out.is_dir():
            raise FileError(f"{out}: cannot write: expected a folder, got a file")
        present = {
            path.relative_to(out).as_posix()
            for path in out.rglob("*")
            if path.name not in _SYSTEM_FILES and (path.is_symlink() or not path.is_dir())
        }
    if not present:
        return
    advice = "move it away, or choose another folder with --out"
    try:
        manifest = find_manifest(out)
        ours = {manifest.name, *read_manifest(manifest)}
    except ManifestError as error:
        raise SwapError(f"{out}: expected an empty folder or a site built here; {advice} ({error})") from None
    if foreign := sorted(present - ours):
        raise SwapError(f"{out / foreign[0]}: expected only files of the site; {advice}")


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Hold a lock on the parent folder; the system takes it back when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock: two builds at once are the user's to avoid
        yield
        return
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise FileError(f"{parent}: another build has been writing here for {PATIENCE:.0f} s") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _recover(target: Path, new: Path, old: Path) -> None:
    """Undo half a trade and remove what a killed build left."""
    if old.exists() and not target.exists():
        old.rename(target)
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)


def _write_folder(folder: Path, files: Mapping[str, bytes], before: Path) -> None:
    """Write all files; what is the same in the folder `before` is linked, for the disk has it already."""
    folder.mkdir()
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _link(before / name, path, data):
            write_synced(path, data)
    for inner in {folder, *(folder / name for name in files)}:
        if inner.is_dir():
            sync_folder(inner)


def _link(before: Path, path: Path, data: bytes) -> bool:
    """Make `path` another name of a file with these bytes; False where there is none, or no links can be made."""
    with suppress(OSError):
        same = not before.is_symlink() and before.stat().st_size == len(data) and before.read_bytes() == data
        if same:
            path.hardlink_to(before)
        return same
    return False


def _trade(new: Path, target: Path, old: Path) -> None:
    """Put `new` in the place of `target`; afterwards the old folder, if there was one, is `new` or `old`."""
    if not target.exists():
        new.rename(target)
    elif not _exchange(new, target):
        target.rename(old)
        new.rename(target)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one system call; False where the system or the file system cannot."""
    if sys.platform != "linux":
        return False
    with suppress(AttributeError, OSError):
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
        result: int = renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
        return result == 0
    return False
