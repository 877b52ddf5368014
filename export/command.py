"""The one program: `dae-site`, in a checkout also `python build.py`. `--help` tells what can be asked of it.

    dae-site init DIR   make a folder for a site of your own
    dae-site build      train what is missing, check everything, render the site, put it in place
    dae-site serve      build, serve on localhost, build anew whenever a file is saved
    dae-site check      hold a built site against itself
    dae-site export     write only models, golden vectors and their manifest, for a page of your own
    dae-site train      only train
    dae-site figures    draw what was trained

In:  command-line arguments; where the first is an option, or there is none, it builds.
Out: what was asked for, a line about it, and the exit status (see train.command_end).
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from train.command_end import end
from train.data.sources import DATA_DIR_HELP
from train.errors import quote, version
from train.options import FIGURES_HELP, TRAIN_HELP, add_figures_options, add_train_options

PROGRAM = "dae-site"
DTYPES = ("F32", "F16")
Options = argparse.Namespace
Parser = argparse.ArgumentParser


@dataclass(frozen=True)
class Command:
    """One thing that can be asked for."""

    help: str
    add: Callable[[Parser], None]  # its options
    run: Callable[[Options], None]


def main(arguments: Sequence[str] | None = None, program: str = PROGRAM) -> int:
    """Run the command that the words name; the exit status. `program` is what was typed to get here."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in _general(program)):
        words = ["build", *words]

    def run() -> None:
        options = make_parser(program).parse_args(words)
        options.typed = [*program.split(), *words]
        COMMANDS[options.command].run(options)

    return end(run, "Stopped.")


def _general(program: str) -> tuple[str, ...]:
    """The options that are no command's. `python build.py --help` is about building, as it has always been."""
    return ("--version", "--help", "-h") if program == PROGRAM else ("--version",)


def make_parser(program: str = PROGRAM) -> Parser:
    """All commands with their options."""
    parser = Parser(prog=program, description="Denoising autoencoders, trained and shown in a static site.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.add(
            commands.add_parser(
                name,
                prog=program if name == "build" and program != PROGRAM else f"{program} {name}",
                help=command.help,
                description=command.help,
                epilog=f"Other commands: {', '.join(COMMANDS)}; each has --help." if name == "build" else None,
            )
        )
    return parser


def _add_init(parser: Parser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or one without these files")


def _init(options: Options) -> None:
    from export.command_init import init

    print(init(options.folder))


def _add_build(parser: Parser) -> None:
    _add_inputs(parser)
    _add_site(parser)
    parser.add_argument(
        "--pwa", action="store_true", help="let the site work offline after the first visit (default: it does not)"
    )
    parser.add_argument(
        "--single-file", action="store_true", help="write one .html that works from disk (default: _site.html, F16)"
    )


def _build(options: Options) -> None:
    from export.command_build import build, build_single

    print(build_single(options) if options.single_file else build(options, train=True))


def _add_serve(parser: Parser) -> None:
    _add_inputs(parser)
    _add_site(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where it listens: an address or name of this machine, or 0.0.0.0 for all (default: 127.0.0.1)",
    )
    parser.add_argument("--port", type=_port, metavar="N", help="default: the first free one from 8000 on")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def _serve(options: Options) -> None:
    from export.command_build import serve_site

    serve_site(options)


def _add_check(parser: Parser) -> None:
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="default: _site")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the same, as `build --out DIR` made it")


def _check(options: Options) -> None:
    from export.site.check import check

    if options.folder and options.out and options.folder != options.out:
        options.refuse(f"expected one folder, got {options.folder} and --out {options.out}")
    print(check(options.folder or options.out or Path("_site")))


def _add_export(parser: Parser) -> None:
    _add_inputs(parser)
    parser.add_argument("--out", type=Path, default=Path("_export"), metavar="DIR", help="default: _export")
    parser.add_argument("--dtype", choices=DTYPES, default="F32", help="numbers in the weights (default: F32)")


def _export(options: Options) -> None:
    from export.command_build import export

    print(export(options))


def _train(options: Options) -> None:
    from train.command import train

    train(options, options.typed)


def _figures(options: Options) -> None:
    from train.command import draw_figures

    draw_figures(options)


COMMANDS = {
    "init": Command("Make a folder for a site of your own: models.toml, a workflow, .gitignore.", _add_init, _init),
    "build": Command(
        "Build the static site: train what is missing, check everything, render, and put it in place.",
        _add_build,
        _build,
    ),
    "serve": Command(
        "Build, serve on localhost, and build anew whenever a file is saved. It never trains.", _add_serve, _serve
    ),
    "check": Command(
        "Check a built site: every URL, length, hash, language, weight and golden value.", _add_check, _check
    ),
    "export": Command(
        "Write the models, their golden vectors and a manifest, for a page of your own. Golden vectors "
        "that are missing or of other weights are computed anew (which needs JAX).",
        _add_export,
        _export,
    ),
    "train": Command(TRAIN_HELP, add_train_options, _train),
    "figures": Command(FIGURES_HELP, add_figures_options, _figures),
}


def _add_inputs(parser: Parser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: models.toml, here or the project's")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="default: weights beside the config")
    parser.add_argument(
        "--template", type=Path, metavar="DIR", help="templates, scripts and words (default: the project's)"
    )


def _add_site(parser: Parser) -> None:
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="PATH",
        help=f"only needed for training, and for [page] training_images: {DATA_DIR_HELP}",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: _site")
    parser.add_argument(
        "--static",
        type=Path,
        metavar="DIR",
        help="files of your own that become part of the site, such as CNAME (default: static beside the config)",
    )
    parser.add_argument("--dtype", choices=DTYPES, help="numbers in the site's weights (default: F32)")
    parser.add_argument(
        "--url", type=_url, default="", help="where the site will be, for links that must be absolute (social card)"
    )


def _port(text: str) -> int:
    """A TCP port; 0 for any that is free."""
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 65535, got {quote(text)}")
    return int(text)


def _url(text: str) -> str:
    """An absolute URL without anything that could end an attribute, with a slash at its end; or nothing."""
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.:_~/%-]+", text):
        raise argparse.ArgumentTypeError(f"expected http:// or https:// and a plain address, got {text!r}")
    return text and text.rstrip("/") + "/"
