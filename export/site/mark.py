"""A page in one file, put where it is asked for: it bears a mark, and only what bears one is ever replaced.

The mark is a comment in the second line with the length and the SHA-256 of all the rest. A page that was changed since,
and whatever else lies there, is its owner's. Links are followed; devices and pipes are written to.

In:  a path and the page's bytes.  Out: the file; `SwapError` or `FileError` where nothing was done.
"""

import errno
import os
import re
from pathlib import Path

from export.site.manifest import sha256
from export.site.ours import SwapError
from train.files import FileError, put_file, refusals, remove_leftovers, resolved

ADVICE = "move it away, or choose another name with --out"
_MARK = re.compile(rb"<!-- dae-site: one file of ([0-9]{10}) bytes, sha256 ([0-9a-f]{64}) -->\n")
_UNFINISHED = b"<!-- dae-site: one file of 0000000000 bytes, sha256 " + b"0" * 64 + b" -->\n"  # while it is written
# Where a file may be written, but not replaced: its folder is closed, or it is mounted by itself.
_IN_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)


def sign_page(page: bytes) -> bytes:
    """The page with its mark."""
    mark = f"<!-- dae-site: one file of {len(page):010d} bytes, sha256 {sha256(page)} -->\n".encode()
    return _with_mark(page, mark)


def check_page(path: Path) -> None:
    """Refuse to replace anything but nothing, an empty file, or a page of ours that is as it was built."""
    with refusals("write", path):
        if path.is_dir():
            raise FileError(f"{path}: cannot write: expected a file, got a folder")
        if path.is_file() and not _is_ours(path.read_bytes()):
            raise SwapError(f"{path}: expected a page built here, as it was built, got another file; {ADVICE}")


def replace_page(path: Path, signed: bytes) -> None:
    """Write a signed page in one step, or, to a device or where only the file itself may be written, straight."""
    with refusals("write", path):
        check_page(path)
        if path.exists() and not path.is_file():  # a device, a pipe
            with path.open("wb") as stream:
                stream.write(signed)
            return
        target = resolved(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target)
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0
        try:
            put_file(target, signed, mode | 0o644)  # for the web server, whatever umask the build runs under
        except OSError as error:
            if error.errno not in _IN_PLACE or not target.is_file():
                raise
            _overwrite(target, signed)


def _overwrite(path: Path, signed: bytes) -> None:
    """Write into the file itself; until all of it is there, its mark says that it is ours and not finished."""
    mark = _MARK.search(signed)
    assert mark is not None
    with path.open("wb") as file:
        file.write(signed[: mark.start()] + _UNFINISHED + signed[mark.end() :])
        file.flush()
        os.fsync(file.fileno())
        file.seek(mark.start())
        file.write(mark[0])


def _with_mark(page: bytes, mark: bytes) -> bytes:
    first, newline, rest = page.partition(b"\n")
    return first + newline + mark + rest


def _is_ours(data: bytes) -> bool:
    """Whether a file is empty, a page as it was signed, or one that could not be finished."""
    first, newline, rest = data.partition(b"\n")
    mark = _MARK.match(rest)
    if mark is None:
        return not data
    page = first + newline + rest[mark.end() :]
    return mark[0] == _UNFINISHED or (int(mark[1]), mark[2].decode()) == (len(page), sha256(page))
