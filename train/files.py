"""Files as the operating system gives and takes them: whole or not at all, and every refusal as one sentence.

In:  paths and bytes.  Out: bytes, or files that appear in one step; `FileError` where the system says no.
"""

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from train.errors import DaeError, told

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
# What editors, sync clients, archivers and systems leave beside the files of people, by name.
_LEFTOVERS = re.compile(
    r"\.DS_Store|\._.*|\.#.*|#.*#|.*~|~\$.*|\.~lock\..*|\.directory|\.localized|\.fuse_hidden.*|\.nfs[0-9a-f]+"
    r"|\..*\.sw[a-z]|.*\.sw[po]|4913|.*\.(?:bak|orig|rej|tmp|temp|part|partial|crdownload)|\.goutputstream-.*"
    r"|\.ipynb_checkpoints|.*-checkpoint\.[^.]+|\.Trash.*|\.Spotlight-V100|\.fseventsd|\.TemporaryItems|__MACOSX"
    r"|\.dropbox.*|\.stfolder|\.stversions|\.syncthing\..*|~syncthing~.*|.*\.sync-conflict-.*|.*conflicted copy.*"
    r"|Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r|\$RECYCLE\.BIN|System Volume Information|lost\+found|__pycache__",
    re.IGNORECASE | re.DOTALL,
)
# What our own files are called: no second copy ("x (1).css", "x - Copy.css") is, and nothing hidden.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")


class FileError(DaeError):
    """The operating system refused a file; the message names the file and the reason."""


@contextmanager
def refusals(action: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` inside the block, or a name that no file can have, into one sentence about `path`."""
    try:
        yield
    except DaeError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot {action}: {reason(error)}") from error
    except ValueError as error:  # a NUL, or half a letter
        raise FileError(f"{path}: cannot {action}: {told(error)}") from error


def reason(error: OSError) -> str:
    """Why the system refused."""
    return _SENTENCES.get(error.errno or 0) or error.strerror or str(error)


def resolved(path: Path) -> Path:
    """Where a path leads, through all links."""
    try:
        return path.resolve()
    except RuntimeError:  # as Python 3.11 and 3.12 say it
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


def is_leftover(name: str) -> bool:
    """Whether a file or folder of that name is what an editor, a sync client or a system left beside others."""
    return bool(_LEFTOVERS.fullmatch(name))


def is_plain(name: str) -> bool:
    """Whether a file or folder of ours may be called so: no lock, no second copy."""
    return bool(_PLAIN.fullmatch(name)) and not is_leftover(name)


def is_source(path: Path) -> bool:
    """Whether a file as ours are called is there: no lock, no second copy, no link to nowhere."""
    return is_plain(path.name) and path.is_file()


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes."""
    with refusals("read", path):
        if path.exists() and not path.is_file():
            raise FileError(f"{path}: cannot read: expected a file, got something else")
        length = path.stat().st_size
        if length > limit:
            raise FileError(f"{path}: cannot read: expected at most {limit} bytes, got {length}")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    if len(data) != length:
        raise FileError(f"{path}: cannot read: expected {length} bytes, got {len(data)}: it changed meanwhile")
    return data


def read_text(path: Path, limit: int = 1 << 22) -> str:
    """The text of a UTF-8 file of at most `limit` bytes, without a byte order mark, each line end one newline."""
    data = read_file(path, limit)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: expected UTF-8 text, got byte {data[error.start]:#04x} at {error.start}") from None


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file, where none may be yet, and wait until the disk has it."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Write `path` in one step: a reader sees the old bytes or the new ones, also after a crash. Links stay links."""
    remove_leftovers(path)
    with refusals("write", path):
        path = resolved(path) if path.is_symlink() else path
        path.parent.mkdir(parents=True, exist_ok=True)
        put_file(path, data)


def put_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write a temporary sibling of `path`, with these bits of access, and rename it; `OSError` where that cannot be."""
    temporary = path.with_name(f"{_stem(path)}{os.getpid()}.{secrets.token_hex(8)}.tmp")
    try:
        write_synced(temporary, data)
        if mode is not None:
            with suppress(OSError):  # of a volume without modes
                temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Delete the temporary siblings of `path` that `replace_file` left where it was killed."""
    pattern = re.compile(rf"{re.escape(_stem(path))}(\d+)\.[0-9a-f]{{16}}\.tmp")
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        for sibling in list(path.parent.iterdir()):
            match = pattern.fullmatch(sibling.name)
            if match and not _is_another_in_life(int(match[1])):
                with refusals("delete", sibling):
                    sibling.unlink(missing_ok=True)


def _stem(path: Path) -> str:
    """What the names of a file's temporary siblings begin with, short enough for every system."""
    return f".{path.name[:60]}."


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
