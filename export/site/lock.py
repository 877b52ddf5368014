"""Builds with the same parent folder wait for one another."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from train.files import FileError

PATIENCE = 60.0  # seconds that a build waits for another one


@contextmanager
def alone_at(target: Path) -> Iterator[bool]:
    """Hold a lock; the system takes it back when the process ends, however it ends. False where it has no such lock."""
    try:
        import fcntl
    except ImportError:  # Windows: two builds at once are the user's to avoid
        yield False
        return
    descriptor = _open_folder(target)
    if descriptor is None:
        yield False
        return
    try:
        locked = False
        deadline = time.monotonic() + PATIENCE
        while not locked:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked = True
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise FileError(f"{target}: another build has been writing here for {PATIENCE:.0f} s") from None
                time.sleep(0.05)
            except OSError:  # a volume without locks
                break
        yield locked
    finally:
        os.close(descriptor)


def _open_folder(target: Path) -> int | None:
    """The folder that builds of `target` wait at: its parent or, where that may not be read, itself."""
    for folder in (target.parent, target):
        with suppress(OSError):
            return os.open(folder, os.O_RDONLY)
    return None
