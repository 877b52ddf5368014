"""Files under watch: what has changed since the last look, and a call for it as soon as the saving has settled.

In:  paths of files and folders.  Out: a call of `rebuild` after every change, whatever it raises.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from train.files import is_leftover, resolved

INTERVAL = 0.25  # seconds between two looks at the files
SETTLED = 0.05  # seconds without a change, so that no half-written file is built from
LONGEST = 2.0  # seconds of changes without a pause, after which it is built all the same

Snapshot = dict[Path, tuple[int, int, int]]


def snapshot(paths: Iterable[Path]) -> Snapshot:
    """Time, bytes and number of every file in or at `paths`, but for what editors and systems leave beside them."""
    found: Snapshot = {}
    for path in paths:
        for file in _files(path):
            try:
                status = file.stat()
            except (OSError, ValueError):
                continue  # gone meanwhile, a link to nowhere
            found[file] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _files(path: Path) -> Iterator[Path]:
    """The files of a folder, also behind links to folders, each folder once; or the file itself."""
    if not path.is_dir():
        yield path
        return
    seen: set[Path] = set()
    for folder, inner, names in os.walk(path, followlinks=True):
        here = Path(folder)
        real = resolved(here)
        inner[:] = [] if real in seen else [name for name in inner if not is_leftover(name)]
        seen.add(real)
        yield from (here / name for name in names if not is_leftover(name))


def watch(
    places: Callable[[], list[Path]],
    before: Snapshot,
    rebuild: Callable[[], None],
    stop: threading.Event,
    fault: Callable[[Exception], None],
) -> None:
    """Call `rebuild` after every change of the files since `before`, until `stop` is set.

    Where to look is asked for at every look. Nothing that goes wrong ends the watching: it is handed to `fault`.
    """
    while not stop.wait(INTERVAL):
        try:
            now = snapshot(places())
            if now == before:
                continue
            patience = time.monotonic() + LONGEST
            while not stop.wait(SETTLED) and (latest := snapshot(places())) != now and time.monotonic() < patience:
                now = latest
            before = now
            rebuild()
        except Exception as error:
            fault(error)
