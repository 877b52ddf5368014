"""Files as the operating system gives and takes them: whole or not at all, and every refusal as one sentence.

In:  paths and bytes.  Out: bytes, or files that appear in one step; `FileError` where the system says no.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from train.errors import DaeError

_SENTENCES = {
    errno.ENOENT: "no such file or folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "not permitted",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "no space is left on the device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed",
    errno.EEXIST: "expected a folder, got a file",
    errno.EISDIR: "expected a file, got a folder",
    errno.ENOTDIR: "expected a folder, got a file",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "too many symbolic links",
}


class FileError(DaeError):
    """The operating system refused a file; the message names the file and the reason."""


@contextmanager
def refusals(action: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` inside the block into a `FileError` of one sentence about `path`."""
    try:
        yield
    except OSError as error:
        reason = _SENTENCES.get(error.errno or 0) or error.strerror or str(error)
        raise FileError(f"{path}: cannot {action}: {reason}") from error


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes."""
    with refusals("read", path):
        if path.exists() and not path.is_file():
            raise FileError(f"{path}: cannot read: expected a file, got something else")
        size = path.stat().st_size
        if size > limit:
            raise FileError(f"{path}: cannot read: expected at most {limit} bytes, got {size}")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    if len(data) != size:
        raise FileError(f"{path}: cannot read: expected {size} bytes, got {len(data)}: it changed meanwhile")
    return data


def read_text(path: Path, limit: int = 1 << 22) -> str:
    """The text of a UTF-8 file of at most `limit` bytes, with every line end as one newline."""
    data = read_file(path, limit)
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: expected UTF-8 text, got byte {data[error.start]:#04x} at {error.start}") from None


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Write `path` in one step: a reader sees the old bytes or the new ones, also after a crash."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    remove_leftovers(path)
    with refusals("write", path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_synced(temporary, data)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Delete the temporary siblings of `path` that `replace_file` left where it was killed."""
    start, end = f".{path.name}.", ".tmp"
    for sibling in path.parent.glob(f"{escape(start)}*{end}"):
        process = sibling.name[len(start) : -len(end)]
        if process.isdecimal() and not _is_another_in_life(int(process)):
            with refusals("delete", sibling):
                sibling.unlink(missing_ok=True)


def _is_another_in_life(process: int) -> bool:
    """Whether a process of that number, other than this one, may still be writing."""
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True  # to ask there is to end it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's list of names; systems that cannot are left alone."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
