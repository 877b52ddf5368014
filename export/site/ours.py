"""What in a folder belongs to a site that was built here: all that may ever be replaced or removed.

That is what a manifest that bears its own hash lists, as long as it still has the content that is listed there, and the
stages of builds, which hold such a manifest before any other file.

In:  a folder.  Out: its own files by path, and those of others; `SwapError` where others' are in the way.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from export.site.manifest import ManifestError, find_manifest, is_manifest, read_manifest, sha256
from train.errors import DaeError
from train.files import FileError, is_leftover, refusals

ADVICE = "move it away, or choose another folder with --out"
STATIC = "a file of yours that belongs to the site has its place in the folder static, or what --static names"
PART = "part"  # the file of a stage that is being written

Ours = dict[str, set[str]]  # the SHA-256 that each file of a site may have, by path


class SwapError(DaeError):
    """The folder to be replaced holds something that is not ours to remove."""


def check_replaceable(out: Path) -> None:
    """Refuse to replace anything but nothing, an empty folder, or a site of ours that is as it was built."""
    with refusals("write", out):
        if not out.exists():
            return
        if not out.is_dir():
            raise FileError(f"{out}: cannot write: expected a folder, got a file")
        ours = read_ours(out)
        present = [name for name in find_foreign(out, ours) if not is_nothing(out / name)]
        if present and not ours:
            try:
                read_manifest(find_manifest(out))
            except ManifestError as error:
                raise SwapError(f"{out}: expected an empty folder or a site built here; {ADVICE} ({error})") from None
        if present:
            raise SwapError(f"{out / present[0]}: expected only files of the site; {ADVICE} ({STATIC})")
        for name in ours:
            if not is_ours(out / name, ours[name]) and os.path.lexists(out / name):
                raise SwapError(f"{out / name}: expected it as it was built, got it changed since; {ADVICE}")


def read_ours(folder: Path) -> Ours:
    """What the manifests in a folder prove to be ours; two are there where a build was killed between two steps."""
    ours: Ours = {}
    for path in folder.iterdir():
        if is_manifest(path.name) and not path.is_symlink():
            with suppress(ManifestError, FileError):
                for name, entry in read_manifest(path).items():
                    ours.setdefault(name, set()).add(entry.sha256)
                ours[path.name] = {sha256(path.read_bytes())}
    return ours


def is_ours(path: Path, digests: set[str]) -> bool:
    """Whether a file has the content that a build gave it."""
    return path.is_file() and not path.is_symlink() and sha256(path.read_bytes()) in digests


def find_foreign(folder: Path, ours: Ours) -> list[str]:
    """The top-most files, links and folders in a folder that are not of its site; stages of ours are none."""
    parents = {parent.as_posix() for name in ours for parent in Path(name).parents}
    found: list[str] = []

    def look(inside: Path) -> None:
        for path in sorted(inside.iterdir()):
            name = path.relative_to(folder).as_posix()
            if name in parents and path.is_dir() and not path.is_symlink():
                look(path)
            elif name not in ours and not (inside == folder and is_stage(path, folder.resolve().name)):
                found.append(name)

    look(folder)
    return found


def is_nothing(path: Path) -> bool:
    """Whether it is what a system or an editor leaves, or a folder of such, which no site is refused for."""
    if is_leftover(path.name):
        return True
    return path.is_dir() and not path.is_symlink() and all(is_nothing(inner) for inner in path.iterdir())


def is_stage(path: Path, target: str) -> bool:
    """Whether a folder is a stage for a target of that name: it has our kind of name, and a manifest or nothing."""
    if not re.fullmatch(rf"\.{re.escape(target[:60])}\.[0-9a-f]{{16}}\.dae", path.name) or path.is_symlink():
        return False
    with suppress(OSError):
        names = {inner.name for inner in path.iterdir()}
        return names <= {PART} or bool(read_ours(path))
    return False


def remove_ours(folder: Path, name: str, digests: set[str]) -> None:
    """Remove a file that is as it was built, and the folders that it leaves empty."""
    path = folder / name
    if is_ours(path, digests):
        path.unlink()
        for parent in path.parents:
            if parent == folder:
                break
            try:
                parent.rmdir()
            except OSError:
                break
