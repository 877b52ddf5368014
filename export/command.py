"""`python build.py`: train what is missing, check everything, render the site, put it in place.

    python build.py          build the site
    python build.py serve    build, serve on localhost, build anew whenever a file is saved
    python build.py check    hold a built site against itself
    python -m export         write only models, golden vectors and their manifest, for a page of your own

In:  command-line arguments.
Out: what was asked for, a line about it, and the exit status: 0, or 1 with the fault on stderr.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from export.assets import default_config, template_folder
from train.errors import DaeError
from train.sources import DATA_DIR_HELP

DTYPES = ("F32", "F16")
STOPPED = 130  # exit status after Ctrl-C, as shells have it


class OptionError(DaeError):
    """Options that exclude one another."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; every fault that a person can mend is one sentence."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        run, parser = _choose(words)
        run(parser.parse_args(words))
    except DaeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the site is as it was", file=sys.stderr)
        return STOPPED
    return 0


def _choose(words: list[str]) -> tuple[Callable[[argparse.Namespace], None], argparse.ArgumentParser]:
    """What the first word asks for, which is taken off the others; without one, a build."""
    commands = {"serve": (_serve, serve_parser), "check": (_check, check_parser), "export": (_export, export_parser)}
    if words and words[0] in commands:
        run, parser = commands[words.pop(0)]
        return run, parser()
    return _build, build_parser()


def build_parser() -> argparse.ArgumentParser:
    """The options of `python build.py`."""
    parser = argparse.ArgumentParser(
        description="Build the static site: train what is missing, check everything, render, and put it in place.",
        epilog="`serve --help` and `check --help` describe the other commands: serve and watch, check a built site.",
    )
    _add_inputs(parser)
    _add_site(parser)
    parser.add_argument("--data-dir", type=Path, metavar="PATH", help=f"only needed for training: {DATA_DIR_HELP}")
    parser.add_argument(
        "--pwa", action="store_true", help="let the site work offline after the first visit (default: it does not)"
    )
    parser.add_argument(
        "--single-file", action="store_true", help="write one .html that works from disk (default: _site.html, F16)"
    )
    return parser


def serve_parser() -> argparse.ArgumentParser:
    """The options of `python build.py serve`."""
    parser = argparse.ArgumentParser(
        prog="build.py serve", description="Build, serve on localhost, and build anew whenever a file is saved."
    )
    _add_inputs(parser)
    _add_site(parser)
    parser.add_argument("--port", type=int, metavar="N", help="default: the first free one from 8000 on")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    return parser


def check_parser() -> argparse.ArgumentParser:
    """The options of `python build.py check`."""
    parser = argparse.ArgumentParser(
        prog="build.py check",
        description="Check a built site: every reference, size, hash, language, weight and golden value.",
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path("_site"), help="default: _site")
    return parser


def export_parser() -> argparse.ArgumentParser:
    """The options of `python -m export`."""
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Write the models, their golden vectors and a manifest, for a page of your own. Golden vectors "
        "that are missing or of other weights are computed anew (which needs JAX).",
    )
    _add_inputs(parser)
    parser.add_argument("--out", type=Path, default=Path("_export"), metavar="DIR", help="default: _export")
    parser.add_argument("--dtype", choices=DTYPES, default="F32", help="numbers in the weights (default: F32)")
    return parser


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: models.toml, here or the project's")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="default: weights beside the config")
    parser.add_argument(
        "--template", type=Path, metavar="DIR", help="templates, scripts and words (default: the project's)"
    )


def _add_site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: _site")
    parser.add_argument("--dtype", choices=DTYPES, help="numbers in the site's weights (default: F32)")
    parser.add_argument(
        "--url", type=_url, default="", help="where the site will be, for links that must be absolute (social card)"
    )


def _build(options: argparse.Namespace) -> None:
    print(build_single(options) if options.single_file else build(options, options.data_dir, train=True))


def build(options: argparse.Namespace, data_dir: Path | None = None, *, train: bool) -> str:
    """Build the site and say in one line what it is."""
    from export.swap import check_replaceable, replace_folder

    out = options.out or Path("_site")
    dtype = options.dtype or "F32"
    check_replaceable(out)
    files, count = _make_files(options, dtype, data_dir, train=train)
    replace_folder(out, files)
    return f"{out}: {count} models in {dtype}, {len(files)} files, {sum(map(len, files.values())):,} bytes"


def build_single(options: argparse.Namespace) -> str:
    """Build the site as one file and say in one line what it is."""
    from export.single_file import make_single
    from train.files import read_text, replace_file

    out = options.out or Path("_site.html")
    dtype = options.dtype or "F16"
    if options.pwa:
        raise OptionError("--pwa: expected a site in a folder, got --single-file")
    files, count = _make_files(options, dtype, options.data_dir, train=True)
    data = make_single(files, read_text((options.template or template_folder()) / "single_file.js"))
    replace_file(out, data)
    return f"{out}: {count} models in {dtype}, one file, {len(data):,} bytes"


def _make_files(
    options: argparse.Namespace, dtype: str, data_dir: Path | None, *, train: bool
) -> tuple[dict[str, bytes], int]:
    """Every file of the site, and how many models it shows."""
    from export.models import read_models
    from export.site import gather, make_files
    from train.config import read_config

    config = read_config(options.config or default_config())
    folder = options.weights or config.path.parent / "weights"
    weights = read_models(config, folder, data_dir, _say, train=train)
    inputs = gather(config, weights, folder, options.template or template_folder())
    return make_files(inputs, dtype, options.url, pwa=options.pwa), len(weights)


def _serve(options: argparse.Namespace) -> None:
    from export.serve import serve

    options.out, options.pwa = options.out or Path("_site"), False
    config = options.config or default_config()
    watched = [config, options.template or template_folder(), options.weights or config.parent / "weights"]
    serve(options, lambda: build(options, train=False), watched, _say)


def _check(options: argparse.Namespace) -> None:
    from export.check import check

    print(check(options.folder))


def _export(options: argparse.Namespace) -> None:
    from export.bundle import export_models
    from train.config import read_config

    config = read_config(options.config or default_config())
    folder = options.weights or config.path.parent / "weights"
    print(export_models(config, folder, options.template or template_folder(), options.out, options.dtype))


def _say(line: str) -> None:
    print(line, flush=True)


def _url(text: str) -> str:
    """An absolute URL without anything that could end an attribute, with a slash at its end; or nothing."""
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.:_~/%-]+", text):
        raise argparse.ArgumentTypeError(f"expected http:// or https:// and a plain address, got {text!r}")
    return text and text.rstrip("/") + "/"
