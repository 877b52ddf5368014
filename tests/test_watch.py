"""What changes is seen, what is left about is not, and nothing that goes wrong ends the watching."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from export.site import watch as module
from export.site.watch import snapshot, watch


def test_every_kind_of_change_is_seen(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file = tmp_path / "deep" / "a"
    (tmp_path / "deep" / "link").symlink_to(elsewhere)
    seen = [snapshot([tmp_path])]
    file.write_text("1")
    seen.append(snapshot([tmp_path]))
    os.utime(file, ns=(1, 1))
    seen.append(snapshot([tmp_path, tmp_path / "none"]))
    (tmp_path / "b").write_text("2")
    os.utime(tmp_path / "b", ns=(1, 1))
    seen.append(snapshot([tmp_path]))
    (tmp_path / "b").replace(file)  # as editors save, and of the same time and size
    seen.append(snapshot([tmp_path]))
    file.unlink()
    seen.append(snapshot([tmp_path]))
    (elsewhere / "c").write_text("3")
    seen.append(snapshot([tmp_path / "deep"]))
    assert all(before != after for before, after in pairwise(seen))
    assert list(seen[-1]) == [tmp_path / "deep" / "link" / "c"]


def test_what_is_left_about_is_not_seen(tmp_path: Path) -> None:
    before = snapshot([tmp_path])
    for name in (".DS_Store", "._a", "a~", ".a.swp", ".#a", "4913", "Thumbs.db"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "a").write_text("x")
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert snapshot([tmp_path]) == before


@contextmanager
def watching(folder: Path, faults: list[str], raises: Exception | None = None) -> Iterator[threading.Semaphore]:
    """Watch a folder; each build releases the semaphore, and perhaps raises."""
    built = threading.Semaphore(0)
    stop = threading.Event()

    def rebuild() -> None:
        built.release()
        if raises:
            raise raises

    words = (lambda: [folder]), snapshot([folder]), rebuild, stop, lambda error: faults.append(str(error))
    thread = threading.Thread(target=watch, args=words, daemon=True)
    thread.start()
    yield built
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_no_error_ends_it(tmp_path: Path) -> None:
    faults: list[str] = []
    with watching(tmp_path, faults, RecursionError("deep")) as built:
        for number in (1, 2):
            (tmp_path / "a").write_text("x" * number)
            assert built.acquire(timeout=5)
    assert faults == ["deep", "deep"]


def test_a_file_that_is_written_without_pause_is_built_at_some_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.3)
    with watching(tmp_path, []) as built:
        end = time.monotonic() + 20
        done = False
        with (tmp_path / "log").open("a") as file:
            while not done and time.monotonic() < end:
                file.write("x")
                file.flush()
                done = built.acquire(timeout=0.01)
    assert done
