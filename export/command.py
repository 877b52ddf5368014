"""`python build.py`: train what is missing, check everything, render the site, put it in place.

In:  command-line arguments.  Out: the site, a line about it, and the exit status: 0, or 1 with one sentence on stderr.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from export.assets import default_config, template_folder
from train.errors import DaeError

DTYPES = ("F32", "F16")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; every fault that a person can mend is one sentence."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except DaeError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; the site is as it was", file=sys.stderr)
        return 130
    return 1


def _run(arguments: Sequence[str]) -> int:
    options = make_parser().parse_args(arguments)
    print(build(options))
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The options of the build."""
    parser = argparse.ArgumentParser(
        description="Build the static site: train what is missing, check everything, render, and put it in place."
    )
    parser.add_argument("--out", type=Path, default=Path("_site"), help="folder of the site (default: _site)")
    parser.add_argument(
        "--config", type=Path, default=None, help="which models to show (default: models.toml, here or the project's)"
    )
    parser.add_argument(
        "--weights", type=Path, default=None, help="folder of trained weights (default: weights beside the config)"
    )
    parser.add_argument(
        "--data-dir", type=Path, default=None, help="folder with the four IDX files, only needed for training"
    )
    parser.add_argument("--dtype", choices=DTYPES, default="F32", help="numbers in the site's weights (default: F32)")
    parser.add_argument(
        "--template", type=Path, default=None, help="folder of templates, scripts and words (default: the project's)"
    )
    parser.add_argument(
        "--url", type=_url, default="", help="where the site will be, for the links that must be absolute (social card)"
    )
    return parser


def build(options: argparse.Namespace) -> str:
    """Build the site and say in one line what it is."""
    from export.models import read_models
    from export.site import gather, make_files
    from export.swap import check_replaceable, replace_folder
    from train.config import read_config

    check_replaceable(options.out)
    config = read_config(options.config or default_config())
    folder = options.weights or config.path.parent / "weights"
    weights = read_models(config, folder, options.data_dir, lambda line: print(line, flush=True))
    files = make_files(
        gather(config, weights, folder, options.template or template_folder()), options.dtype, options.url
    )
    replace_folder(options.out, files)
    size = sum(map(len, files.values()))
    return f"{options.out}: {len(weights)} models in {options.dtype}, {len(files)} files, {size:,} bytes"


def _url(text: str) -> str:
    """An absolute URL without anything that could end an attribute, with a slash at its end; or nothing."""
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.:_~/%-]+", text):
        raise argparse.ArgumentTypeError(f"expected http:// or https:// and a plain address, got {text!r}")
    return text and text.rstrip("/") + "/"
