"""The checkout itself, and `python build.py` in it as its owner runs it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run_build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python build.py` with these arguments; gives its exit status and what it said."""
    command = [sys.executable, str(ROOT / "build.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
