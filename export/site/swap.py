"""A site put in its place: whoever looks sees the old one or the new one, and nothing that is not ours is ever touched.

The new files are first written to a stage, a hidden folder with a name that is new each time, which holds its manifest
before any other file. Beside the old folder, the stage trades places with it in one system call (Linux, macOS). Where
that cannot be (a mounted volume, the current folder, a parent that may not be written, a system without such a call)
the stage is made inside the folder, and its files are moved to their places one by one: the manifest, what has a name
of its own, the pages; then what only the old site had is removed. Killed at any moment, the next build goes on from
there. Builds with the same parent folder wait for one another.

What may be replaced or removed is what a manifest that bears its own hash lists, as long as it still has the content
that is listed there. What else comes into the folder while a build writes is carried over, or left and told.

In:  a folder and its files as bytes by path, a manifest among them.
Out: the folder, and notes for the person about what is left where; `FileError` or `SwapError` where nothing was done.
"""

import ctypes
import errno
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from export.site.lock import alone_at
from export.site.manifest import is_manifest, sha256
from export.site.ours import ADVICE, PART, Ours, SwapError, check_replaceable, is_ours, read_ours, remove_ours
from export.site.stage import (
    clean_stages,
    discard_stage,
    is_one_file,
    make_folders,
    new_stage,
    open_to_all,
    write_stage,
)
from train.files import refusals, resolved, sync_folder, write_synced

_AT_FDCWD, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2


def replace_folder(out: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Make `out` hold exactly `files`; what a person should know of it comes back, a sentence each."""
    with refusals("write", out):
        target = resolved(out)
        target.parent.mkdir(parents=True, exist_ok=True)
        with alone_at(target) as alone:
            notes = clean_stages(target, alone=alone)
            check_replaceable(out)
            traded = None if _must_be_filled(target) else _swap(target, files)
            notes += _fill(target, files) if traded is None else traded
    return tuple(notes)


def _must_be_filled(target: Path) -> bool:
    """Whether the folder itself has to stay: a volume is mounted there, or it is the current folder, or around it."""
    with suppress(OSError):
        here = Path.cwd().resolve()
        return target in (here, *here.parents) or os.path.ismount(target)
    return False


def _swap(target: Path, files: Mapping[str, bytes]) -> list[str] | None:
    """Trade the old folder for the new one in one step; None where that cannot be, and nothing was done."""
    stage = new_stage(target.parent, target)
    if stage is None:
        return None
    try:
        write_stage(stage, files, target)
        if not target.exists():
            stage.rename(target)
            sync_folder(target.parent)
            return []
        open_to_all(stage, target.stat().st_mode & 0o7777)
        traded = _exchange(stage, target)
    except BaseException:
        discard_stage(stage, None)
        raise
    notes = discard_stage(stage, target if traded else None)
    sync_folder(target.parent)
    return notes if traded else None


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one system call; False where the system or the file system cannot."""
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(first), os.fsencode(second)
        if sys.platform == "linux":
            return bool(library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, _RENAME_SWAP) == 0)
    return False


def _fill(target: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write into the folder itself, each file in one step, in an order in which every page finds what it needs."""
    if not target.is_dir():
        target.mkdir()
        open_to_all(target, 0o755)
    stage = new_stage(target, target)
    if stage is None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    notes: list[str] = []
    try:
        before = read_ours(target)
        write_stage(stage, files, target)
        open_to_all(target, 0o755)
        for name in sorted(files, key=_rank):
            if is_manifest(name):  # the stage keeps its own, as the proof that it is ours
                write_synced(stage / PART, files[name])
                open_to_all(stage / PART, 0o644)
            _put(stage / (PART if is_manifest(name) else name), target, name, before)
        gone = [name for name in before if name not in files]
        for name in sorted(gone, key=lambda name: (is_manifest(name), name)):
            remove_ours(target, name, before[name])
    finally:
        notes += discard_stage(stage, None)
    for folder in {target, *(parent for name in files for parent in [(target / name).parent])}:
        sync_folder(folder)
    return notes


def _rank(name: str) -> tuple[int, str]:
    """The manifest, what pages need, pages: the order in which they may appear."""
    return 0 if is_manifest(name) else 2 if name.endswith(".html") else 1, name


def _put(new: Path, target: Path, name: str, ours: Ours) -> None:
    """Move a file of the stage to its place, where nothing of another's is."""
    path = target / name
    if is_one_file(new, path):
        return
    if os.path.lexists(path):
        if not is_ours(path, ours.get(name, set())) and not is_ours(path, {sha256(new.read_bytes())}):
            raise SwapError(f"{path}: expected only files of the site; {ADVICE}")
    else:
        make_folders(target, path.parent)
    new.replace(path)
