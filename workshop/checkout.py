"""The checkout itself, and `python build.py` in it as its owner runs it; also of some of its models alone."""

import re
import subprocess
import sys
from pathlib import Path

from train.settings.reader import read_config

ROOT = Path(__file__).resolve().parent.parent


def only_models(folder: Path, *names: str) -> list[str]:
    """A models.toml of these of the checkout's models, whose weights are there; gives what a build needs to be told."""
    head, *entries = re.split(r"(?m)^(?=\[\[model\]\])", (ROOT / "models.toml").read_text())
    specs = read_config(ROOT / "models.toml").models
    of_name = {spec.name: entry for spec, entry in zip(specs, entries, strict=True)}
    (folder / "models.toml").write_text(head + "".join(of_name[name] for name in names))
    return ["--config", str(folder / "models.toml"), "--weights", str(ROOT / "weights")]


def run_build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python build.py` with these arguments; gives its exit status and what it said."""
    command = [sys.executable, str(ROOT / "build.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
