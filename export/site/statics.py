"""The owner's own files, such as CNAME or robots.txt, which become part of the site under their own names, as they are.

In:  a folder, and the files of the site.  Out: files by path; `StaticError` where a name is that of the site's.
"""

import re
from collections.abc import Collection
from pathlib import Path

from export.site.manifest import is_inside, is_manifest
from train.errors import DaeError
from train.files import FileError, is_leftover, read_file, refusals

FOLDER = "static"  # beside models.toml, where --static names no other
LIMIT = 1 << 28  # bytes of a file


# Hidden files that web servers and hosts look for; all others are of tools.
_HIDDEN = frozenset({".well-known", ".domains", ".htaccess"})
# What tools keep beside files under names that are not hidden, as far as nobody would publish them.
_OF_TOOLS = re.compile(
    r"@eaDir|CVS|node_modules|.*___jb_(?:tmp|old)___|sed[A-Za-z0-9]{6}|.*\.(?:lock|lck|crswap|icloud|autosave|save)"
    r"|.*\.tmp\.[0-9.]+|.*\.~[0-9]+~",
    re.IGNORECASE | re.DOTALL,
)
# Second copies, of which only those are left out whose first lies beside them.
_END = r"(?P<extension>\.[^.]+)?"
_COPIES = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"(?P<stem>.+?)(?: \(\d+\)| copy(?: \d+)?| - Copy(?: \(\d+\))?){_END}",
        rf"(?P<stem>.+?) \((?:another )?(?:\w+ )?copy\){_END}",
        rf"(?P<stem>.+?) \(Case Conflict.*\){_END}",
        rf"Copy (?:\(\d+\) )?of (?P<stem>.+?){_END}",
    )
)


class StaticError(DaeError):
    """A file of the owner's cannot be in the site."""


def read_statics(folder: Path, names: Collection[str]) -> dict[str, bytes]:
    """The files in `folder` by path, none of which may be in `names`; what editors and systems leave is left out."""
    files: dict[str, bytes] = {}
    with refusals("read", folder):
        if not folder.is_dir():
            raise FileError(f"{folder}: cannot read: expected a folder")
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if not path.is_file() or any(_is_left_out(folder / part) for part in (inside, *inside.parents[:-1])):
                continue
            name = inside.as_posix()
            if not is_inside(name) or not name.isprintable():
                raise StaticError(f"{path}: expected a name that can be an address, without `:` and `\\`")
            if name in names or is_manifest(name) or any(other.startswith(f"{name}/") for other in names):
                raise StaticError(f"{path}: expected a name that no file of the site has; give it another one")
            files[name] = read_file(path, LIMIT)
    return files


def _is_left_out(path: Path) -> bool:
    """Whether a file or folder is what a tool keeps, or a second copy."""
    name = path.name
    if is_leftover(name) or _OF_TOOLS.fullmatch(name) or (name.startswith(".") and name not in _HIDDEN):
        return True
    matches = (pattern.fullmatch(name) for pattern in _COPIES)
    firsts = (f"{match['stem']}{match['extension'] or ''}" for match in matches if match)
    return any(path.with_name(first).exists() for first in firsts)
