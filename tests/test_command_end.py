"""However a command ends, it says so in one printable sentence and gives the shell a status."""

import io
import os
import subprocess
import sys

import pytest

from train.command_end import CtrlC, end, require
from train.errors import DaeError
from workshop.checkout import ROOT


def raising(error: BaseException) -> int:
    def run() -> None:
        raise error

    return end(run)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (DaeError("a.toml: expected 1, got 2"), 1, "error: a.toml: expected 1, got 2\n"),
        (DaeError("\x1b[31m\x00.png: é is fine"), 1, "error: \\x1b[31m\\x00.png: é is fine\n"),
        (PermissionError(13, "Permission denied", "a.toml"), 1, "error: a.toml: Permission denied\n"),
        (MemoryError(), 1, "error: out of memory\n"),
        (KeyboardInterrupt(), 130, "\nStopped.\n"),
        (CtrlC("Stopped; all is kept."), 130, "\nStopped; all is kept.\n"),
    ],
)
def test_a_fault_is_one_sentence_and_a_status(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, sentence: str
) -> None:
    assert raising(error) == status
    assert capsys.readouterr() == ("", sentence)


@pytest.mark.parametrize(("package", "extra"), [("jax", "[train]"), ("PIL", "")])
def test_a_package_that_is_missing_is_named_with_what_installs_it(
    capsys: pytest.CaptureFixture[str], package: str, extra: str
) -> None:
    assert raising(ModuleNotFoundError(f"No module named '{package}.x'", name=f"{package}.x")) == 1
    said = capsys.readouterr().err
    assert f"needs the Python package {package}, which is not installed: run `pip install -e '.{extra}'`" in said
    with pytest.raises(DaeError, match="flying needs the Python package no_such_package"):
        require("flying", "sys", "no_such_package")


def test_what_nobody_expected_is_one_line_that_says_what_to_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert raising(TypeError("two\nlines")) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: unexpected TypeError in test_command_end.py, line ")
    assert "two lines. This is a fault of dae-site " in said
    assert "please report this line" in said
    assert said.count("\n") == 1
    monkeypatch.setenv("DAE_TRACEBACK", "1")
    assert raising(TypeError("two\nlines")) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err
    # A module of ours that is not there is no package to install.
    assert raising(ModuleNotFoundError("No module named 'train.x'", name="train.x")) == 1
    assert "unexpected ModuleNotFoundError" in capsys.readouterr().err


def test_a_console_without_the_letters_shows_others(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    console = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    assert end(lambda: print("σ 0.87")) == 0
    assert written.getvalue() == b"? 0.87\n"


def test_who_no_longer_listens_sees_no_traceback() -> None:
    script = "from train.command_end import end; end(lambda: [print('x' * 1000) for _ in range(1000)])"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b"Stopped: nobody reads what it says.\n"
