"""The command line of `python -m train`: what can be asked for, and what it says about itself."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from train.sources import DATA_DIR_HELP


def train_options(words: Sequence[str]) -> argparse.Namespace:
    """The options of `python -m train`."""
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train the models of models.toml whose weights are missing or of another recipe.",
        epilog="`python -m train report --out DIR` draws learning curves, filters and reconstructions.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the models to train (default: all)")
    _add_places(parser)
    parser.add_argument("--checkpoints", type=Path, metavar="DIR", help="default: checkpoints beside the config")
    parser.add_argument("--epochs", type=int, metavar="N", help="another number of epochs than the config's")
    parser.add_argument("--workers", type=_above_0, metavar="N", help="models trained at a time (default: one a core)")
    parser.add_argument(
        "--mesh",
        type=_mesh,
        metavar="MODELS,BATCH",
        help="train in one process on MODELS x BATCH of JAX's devices (GPUs, for example) instead of one core a model",
    )
    parser.add_argument(
        "--distributed", action="store_true", help="with --mesh: over several hosts, one command on each"
    )
    parser.add_argument("--force", action="store_true", help="train also the models whose weights are up to date")
    companion = parser.add_mutually_exclusive_group()
    companion.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="train with another seed, record its test losses in the report and leave the weights alone",
    )
    companion.add_argument(
        "--held-out",
        type=int,
        default=0,
        metavar="N",
        help="train without the last N training images, measure the loss on them after every epoch, record these "
        "curves in the report and leave the weights alone",
    )
    options = parser.parse_args(words)
    if options.distributed and options.mesh is None:
        parser.error("--distributed: expected with --mesh, got it alone")
    if options.workers is not None and options.mesh is not None:
        parser.error("--workers: expected without --mesh, which trains in one process, got both")
    return options


def report_options(words: Sequence[str]) -> argparse.Namespace:
    """The options of `python -m train report`."""
    parser = argparse.ArgumentParser(prog="python -m train report", description="Draw what was trained, as figures.")
    _add_places(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the figures")
    return parser.parse_args(words)


def _above_0(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _mesh(text: str) -> tuple[int, int]:
    """Two whole numbers above 0, such as 4,1."""
    parts = text.split(",")
    if len(parts) != 2 or not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"expected two whole numbers above 0 such as 4,1, got {text!r}")
    return int(parts[0]), int(parts[1])


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: models.toml, here or the project's")
    parser.add_argument("--data-dir", type=Path, metavar="PATH", help=DATA_DIR_HELP)
    parser.add_argument("--weights", type=Path, metavar="DIR", help="default: weights beside the config")
