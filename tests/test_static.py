"""Lint, formatting and types of everything that is code: the same commands an editor would run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.npm import NODE, fetched

ROOT = Path(__file__).resolve().parent.parent
CHECKS = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]


def run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_python_is_clean(command: list[str]) -> None:
    assert run([sys.executable, "-m", *command]) == ""


def test_javascript_has_no_type_error() -> None:
    compiler = fetched("typescript/bin/tsc")
    assert run([*NODE, str(compiler), "--project", "tsconfig.json"]) == ""
