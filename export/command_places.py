"""Which weights a command works with: those beside models.toml, and those that the project itself has.

In:  a `Config`, and perhaps the folder that --weights names, which is then the only one.
Out: a folder. Nothing is written into that of the installed package.
"""

from pathlib import Path

from export.assets import HOME, folder_of
from export.weights.adopted import adopt, choose_folder
from train.settings.config import Config

PROJECT = HOME / "weights"


def folder_beside(config: Config, given: Path | None) -> Path:
    """Where weights are written."""
    return given or folder_of(config.path) / "weights"


def weights_folder(config: Config, given: Path | None) -> Path:
    """Where weights are read."""
    return given or choose_folder(config, folder_beside(config, None), PROJECT)


def whole_folder(config: Config, given: Path | None) -> Path:
    """Where weights are written, after what the project has of them was copied there."""
    beside = folder_beside(config, given)
    if given is None and beside.resolve() != PROJECT:
        adopt(config, beside, PROJECT)
    return beside
