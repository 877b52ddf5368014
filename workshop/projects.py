"""A folder as a researcher has it, with a models.toml of two small models and digits; and `python -m train` in it."""

import subprocess
import sys
from pathlib import Path

from workshop import synthetic
from workshop.checkout import ROOT

CONFIG = """
[dataset]
name = "custom"
[defaults]
hidden = 8
epochs = {epochs}
batch = 20
[[model]]
noise = "masking"
level = 0.5
[[model]]
noise = "none"
"""
NAMES = ["masking-50", "none"]


def make_project(folder: Path, *, labelled: bool = False) -> Path:
    """A folder with a models.toml of two small models, and digits; with labels, readers take half of the time."""
    synthetic.write_idx(folder / "digits", 60, 20, labelled=labelled)
    (folder / "models.toml").write_text(CONFIG.format(epochs=2))
    return folder


def command(project: Path, *words: str, data_dir: Path | None = None) -> list[str]:
    """The words of `python -m train` for that project."""
    places = ["--config", str(project / "models.toml"), "--data-dir", str(data_dir or project / "digits")]
    return [sys.executable, "-m", "train", *words, *places]


def call(project: Path, *words: str, data_dir: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run them."""
    line = command(project, *words, data_dir=data_dir)
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)


def weights_bytes(project: Path) -> dict[str, bytes]:
    """The files of the two models, by name."""
    return {name: (project / "weights" / f"{name}.safetensors").read_bytes() for name in NAMES}
