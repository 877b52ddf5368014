"""What the terminal shows while models are trained: bars that fit, the time left, and the closing table."""

import io
import re

import pytest

from train.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


EVENT = {"name": "none", "epoch": 3, "loss": 51.234, "rate": 19500.0}


def test_progress_on_a_terminal_is_a_bar_redrawn_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setenv("COLUMNS", "120")
    progress = Progress(out, {"none": 4})
    progress.epoch(EVENT)
    progress.epoch(EVENT | {"epoch": 4})
    text = out.getvalue()
    assert "none" in text
    assert "█" * 18 + "░" * 6 in text
    assert "\x1b[1F\x1b[J" in text
    assert "4/4  loss   51.23    19,500 samples/s  0:00 left" in text


class AsciiTerminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_a_terminal_that_has_no_blocks_gets_a_bar_of_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    said = io.BytesIO()
    out = AsciiTerminal(said, encoding="ascii")
    Progress(out, {"none": 4}).epoch(EVENT)
    assert "none                 " + "#" * 18 + "-" * 6 in said.getvalue().decode("ascii")


def test_progress_elsewhere_is_a_line_an_epoch() -> None:
    out = io.StringIO()
    Progress(out, {"none": 4}).epoch(EVENT)
    assert out.getvalue().startswith("none                 epoch   3/4  loss   51.23    19,500 samples/s  ")
    assert "\x1b" not in out.getvalue()


def test_the_time_left_counts_a_costly_epoch_for_as_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    out = io.StringIO()
    progress = Progress(out, {"costly": 10, "cheap": 10, "other": 20}, {"costly": 8, "cheap": 1, "other": 1}, 2)
    now = 115.0
    progress.epoch(EVENT | {"name": "cheap", "epoch": 1})
    now = 130.0
    progress.epoch(EVENT | {"name": "cheap", "epoch": 2})  # 15 s each; one core has the 80 of the costly one before it
    assert out.getvalue().endswith(" 20:00 left\n")
    now = 220.0
    progress.epoch(EVENT | {"name": "costly", "epoch": 1})  # 8 in the same time, less one epoch: 15 s for one still
    assert out.getvalue().endswith(" 18:00 left\n")


def test_the_time_left_knows_of_models_that_have_two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    out = io.StringIO()
    epochs = {"large": 10, "larger": 10, "small": 10, "other": 10}
    progress = Progress(
        out, epochs, {"large": 8, "larger": 16, "small": 1, "other": 1}, 2, dict.fromkeys(("large", "larger"), 2)
    )
    now = 140.0
    progress.epoch(EVENT | {"name": "large", "epoch": 1})  # 40 s on two cores: 10 s of a core for a small one's epoch
    assert out.getvalue().endswith(f" {duration(9 * 40 + 10 * 80 + 10 * 10)} left\n")


@pytest.mark.parametrize("columns", [40, 80, 100, 200])
@pytest.mark.parametrize("name", ["none", "salt-and-pepper-75", "x" * 64])
def test_a_bar_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, name: str) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = Terminal()
    progress = Progress(out, {name: 50})
    progress.epoch(EVENT | {"name": name, "rate": 123456.0})
    progress.finish(name)
    lines = [line for line in re.split(r"\x1b\[1F\x1b\[J|\n", out.getvalue()) if line]
    assert len(lines) == 2
    assert all(len(line) < columns for line in lines)
    if columns >= 80 and len(name) < 20:
        assert all("3/50" in line and "loss   51.23" in line and "░" * 7 in line for line in lines)


def test_the_closing_table_has_a_row_for_each_model() -> None:
    out = io.StringIO()
    row = {"test_loss": 74.3, "test_loss_clean": 60.1, "seconds": 75.0}
    Progress(out, {"masking-50": 25}).table({"masking-50": row})
    assert out.getvalue().splitlines()[-1].split() == ["masking-50", "25", "74.30", "60.10", "1:15"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3723, "1:02:03")])
def test_durations_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text
