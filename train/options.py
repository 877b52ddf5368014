"""What can be asked of a training, and of the figures that show it, on the command line."""

import argparse
from pathlib import Path

from train.data.sources import DATA_DIR_HELP

TRAIN_HELP = "Train the models of models.toml whose weights are missing or of another recipe."
FIGURES_HELP = "Draw what was trained, as figures: learning curves, filters and reconstructions."


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """The options of `train`."""
    parser.set_defaults(refuse=parser.error)
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
    parser.add_argument(
        "--measure",
        action="store_true",
        help="train nothing: measure of the trained models what their codes know and what comes of asking them again "
        "(hours on one core for eleven models of MNIST; every part is kept in the report as it is done)",
    )
    parser.add_argument(
        "--digits",
        type=_above_0,
        metavar="N",
        help="with --measure: complete the halves of the first N test images only (default: of all)",
    )
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


def check_train_options(options: argparse.Namespace) -> None:
    """Refuse options that exclude one another, as argparse does."""
    if options.distributed and options.mesh is None:
        options.refuse("--distributed: expected with --mesh, got it alone")
    if options.measure and (options.names or options.seed is not None or options.held_out or options.force):
        options.refuse("--measure: expected without names of models, --seed, --held-out and --force, got one of them")
    if options.digits is not None and not options.measure:
        options.refuse("--digits: expected with --measure, got it alone")
    if options.measure and options.mesh is not None:
        options.refuse("--measure: expected without --mesh, got both")
    if options.workers is not None and options.mesh is not None:
        options.refuse("--workers: expected without --mesh, which trains in one process, got both")


def add_figures_options(parser: argparse.ArgumentParser) -> None:
    """The options of `figures`."""
    _add_places(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the figures")


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
