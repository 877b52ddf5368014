"""What the terminal shows while models are trained: bars that fit, the time left, and the closing table.

A terminal here is a real one of the system, whose screen pyte, a terminal emulator, makes of what is written.
"""

import fcntl
import io
import os
import pty
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyte
import pytest

from tests.test_training import spec
from train.learn.measures import Cleaning, Completion, Measures
from train.learn.params import Params
from train.run.events import Done, Epoch
from train.run.progress import Progress, duration
from train.settings.config import ModelSpec
from train.settings.recipe import Recipe


class Terminal:
    """A terminal of so many columns and 10 lines; `out` writes to it."""

    def __init__(self, columns: int, encoding: str) -> None:
        self._screen = pyte.Screen(columns, 10)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        self.out = os.fdopen(theirs, "w", encoding=encoding)
        self.resize(columns)

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 10, columns, 0, 0))
        self._screen.resize(10, columns)

    def lines(self) -> list[str]:
        """What stands on the screen, without empty lines."""
        self.out.write("\0")  # which shows nothing, and ends what there is to read
        self.out.flush()
        while not (data := os.read(self._ours, 65536)).endswith(b"\0"):
            self._stream.feed(data)
        self._stream.feed(data[:-1])
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def close(self) -> None:
        self.out.close()
        os.close(self._ours)


@contextmanager
def terminal(columns: int = 100, encoding: str = "utf-8") -> Iterator[Terminal]:
    opened = Terminal(columns, encoding)
    try:
        yield opened
    finally:
        opened.close()


def model(name: str, epochs: int, hidden: int = 10) -> ModelSpec:
    return replace(spec("none", 0.0, Recipe(epochs=epochs, hidden=hidden)), name=name)


EVENT = Epoch("none", 3, 51.234, 19500.0)
FACTS = "loss 51.23, 0:00 left, 19,500 samples/s"


def test_progress_on_a_terminal_is_a_bar_redrawn_in_place() -> None:
    with terminal(85) as shown:
        progress = Progress(shown.out, [model("none", 4)])
        progress.epoch(EVENT)
        assert shown.lines() == ["none                 " + "█" * 12 + " " * 4 + f"   3/4, {FACTS}"]
        progress.epoch(replace(EVENT, epoch=4))
        assert shown.lines() == ["none                 " + "█" * 16 + f"   4/4, {FACTS}"]


def test_models_in_training_have_a_bar_each_below_those_that_are_done_with_and_all_notes() -> None:
    with terminal() as shown:
        progress = Progress(shown.out, [model(name, 4) for name in ("one", "two", "three")], 2)
        for name, number in (("one", 1), ("two", 1), ("one", 2)):
            progress.epoch(replace(EVENT, name=name, epoch=number))
        progress.note("a sentence")
        progress.epoch(replace(EVENT, name="one", epoch=4))
        assert [line.split()[0] for line in shown.lines()] == ["a", "one", "two"]
        progress.finish("one")
        progress.epoch(replace(EVENT, name="three", epoch=1))
        progress.epoch(replace(EVENT, name="two", epoch=3))
        lines = shown.lines()
        assert lines[0] == "a sentence"
        assert lines[1].startswith("one ")
        assert "█ " in lines[1]
        assert "  4/4, loss 51.23" in lines[1]
        assert sorted(line.split()[0] for line in lines[2:]) == ["three", "two"]
        progress.finish("two")
        progress.finish("three")
        progress.note("the end")
        assert [line.split()[0] for line in shown.lines()] == ["a", "one", "two", "three", "the"]


def test_a_terminal_that_has_no_blocks_gets_a_bar_of_ascii() -> None:
    with terminal(encoding="latin-1") as shown:
        progress = Progress(shown.out, [model("none", 4)])
        progress.epoch(EVENT)
        (line,) = shown.lines()
        assert line.startswith("none                 ####")


def test_a_terminal_that_changes_its_size_is_filled_by_the_next_bar() -> None:
    with terminal(80) as shown:
        progress = Progress(shown.out, [model("none", 4)])
        progress.epoch(EVENT)
        shown.lines()
        shown.resize(120)
        progress.epoch(replace(EVENT, epoch=4))
        (line,) = shown.lines()
        assert len(line) == 119  # one less than would fit
        assert line.endswith(FACTS)


def test_progress_elsewhere_is_a_line_an_epoch() -> None:
    out = io.StringIO()
    Progress(out, [model("none", 4)]).epoch(EVENT)
    assert out.getvalue().startswith("none                 epoch   3/4, loss 51.23, ")
    assert out.getvalue().endswith(" left, 19,500 samples/s\n")
    assert "\x1b" not in out.getvalue()


def test_the_time_left_counts_a_costly_epoch_for_as_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    out = io.StringIO()
    progress = Progress(out, [model("costly", 10, 80), model("cheap", 10), model("other", 20)], 2)
    now = 115.0
    progress.epoch(Epoch("cheap", 1, 51.234, 19500.0))
    now = 130.0
    progress.epoch(Epoch("cheap", 2, 51.234, 19500.0))  # 15 s each; one core has the 80 of the costly one before it
    assert out.getvalue().endswith(" 20:00 left, 19,500 samples/s\n")
    now = 220.0
    progress.epoch(Epoch("costly", 1, 51.234, 19500.0))  # 8 in the same time, less one epoch: 15 s for one still
    assert out.getvalue().endswith(" 18:00 left, 19,500 samples/s\n")


@pytest.mark.parametrize("columns", [40, 80, 100, 200])
@pytest.mark.parametrize("name", ["none", "salt-and-pepper-75", "x" * 64])
def test_a_bar_is_never_wider_than_the_terminal(columns: int, name: str) -> None:
    with terminal(columns) as shown:
        progress = Progress(shown.out, [model(name, 50)])
        for number in (3, 4):
            progress.epoch(replace(EVENT, name=name, epoch=number, rate=123456.0))
        (line,) = shown.lines()
        if columns >= 80 and len(name) < 20:
            assert "  4/50, loss 51.23, " in line
        progress.finish(name)
        assert shown.lines() == [line]


def test_the_closing_table_has_a_row_for_each_model() -> None:
    out = io.StringIO()
    measures = Measures(74.3, 60.1, {}, Completion(0.0, 0.0), Cleaning(0.0, 0.0))
    done = Done(model("masking-50", 25), Params(0, 0, 0), np.zeros((0, 784), np.float32), measures, [], [], 75.0)
    Progress(out, [done.spec]).table({done.spec.name: done})
    assert out.getvalue().splitlines()[-1].split() == ["masking-50", "25", "74.30", "60.10", "1:15"]


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "0:00"), (59.6, "1:00"), (75.0, "1:15"), (3723.0, "1:02:03")])
def test_durations_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text
