"""Stages: hidden folders, with a name that is new each time, in which a site is written before it is put in its place.

In:  a site's files as bytes by path, and the folder that they are for.
Out: a stage with all of them, whatever is the same in the old site as a second name of the same file; or none left.
"""

import errno
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from export.site.manifest import is_manifest
from export.site.ours import PART, find_foreign, is_nothing, is_stage, read_ours, remove_ours
from train.files import reason, sync_folder, write_synced

ABANDONED = 3600.0  # seconds after which a stage is nobody's, where the system has no locks that tell
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def new_stage(folder: Path, target: Path) -> Path | None:
    """A new stage for `target` in a folder; None where nothing may be written there."""
    stage = folder / f".{target.name[:60]}.{secrets.token_hex(8)}.dae"
    try:
        stage.mkdir()
    except OSError as error:
        if error.errno in _FORBIDDEN:
            return None
        raise
    return stage


def clean_stages(target: Path, *, alone: bool) -> list[str]:
    """Remove the stages that killed builds left."""
    notes: list[str] = []
    for folder in (target.parent, target):
        with suppress(OSError):
            for path in sorted(folder.iterdir()):
                old = alone or time.time() - path.lstat().st_mtime > ABANDONED
                if old and is_stage(path, target.name):
                    notes += discard_stage(path, target)
    return notes


def discard_stage(stage: Path, target: Path | None) -> list[str]:
    """Remove a stage, or the old site in its place; what is not ours there goes to `target`, or stays and is told."""
    notes: list[str] = []
    try:
        ours = read_ours(stage)
        for name in find_foreign(stage, ours | {PART: set()}) if target else []:
            if target and target.is_dir() and not os.path.lexists(target / name):
                make_folders(target, (target / name).parent)
                (stage / name).rename(target / name)
                if not is_nothing(target / name):
                    notes.append(f"{target / name} came while the site was built, and is not of it")
        (stage / PART).unlink(missing_ok=True)
        for name in sorted(ours, key=lambda name: (is_manifest(name), name)):
            if target and is_one_file(stage / name, target / name):
                (stage / name).unlink()
            remove_ours(stage, name, ours[name])
        for folder, _, _ in os.walk(stage, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
        if stage.exists():
            left = ", ".join(sorted(path.name for path in stage.rglob("*") if not path.is_dir())[:3])
            notes.append(f"{stage} is left of an earlier site, as it has what no build made: {left}")
    except OSError as error:
        notes.append(f"{stage} is left of an earlier site, and cannot be removed: {reason(error)}")
    return notes


def write_stage(stage: Path, files: Mapping[str, bytes], before: Path) -> None:
    """Write all files, the manifest first; what is the same in `before` is linked, for the disk has it already."""
    open_to_all(stage, 0o755)
    for name in sorted(files, key=lambda name: (not is_manifest(name), name)):
        path = stage / name
        make_folders(stage, path.parent)
        if not _link(before / name, path, files[name]):
            write_synced(stage / PART, files[name])
            open_to_all(stage / PART, 0o644)
            (stage / PART).rename(path)
    for inner in {stage, *(parent for name in files for parent in [(stage / name).parent])}:
        sync_folder(inner)


def _link(before: Path, path: Path, data: bytes) -> bool:
    """Make `path` another name of a file with these bytes; False where there is none, or no links can be made."""
    with suppress(OSError):
        same = not before.is_symlink() and before.stat().st_size == len(data) and before.read_bytes() == data
        if same:
            path.hardlink_to(before)
            open_to_all(path, 0o644)
        return same
    return False


def open_to_all(path: Path, mode: int) -> None:
    """Let the web server read it, whatever umask the build runs under; a volume without modes is as it is."""
    now = path.stat().st_mode & 0o7777
    if now | mode != now:
        with suppress(OSError):
            path.chmod(now | mode)


def make_folders(top: Path, folder: Path) -> None:
    """Make a folder below `top`, and those between, open to all."""
    for one in reversed([folder, *folder.parents]):
        if top in one.parents and not one.is_dir():
            one.mkdir()
            open_to_all(one, 0o755)


def is_one_file(first: Path, second: Path) -> bool:
    """Whether two names are those of one file, so that to remove one loses nothing."""
    with suppress(OSError):
        return os.path.samestat(first.lstat(), second.lstat())
    return False
