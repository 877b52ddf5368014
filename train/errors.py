"""The errors that are meant for the person at the keyboard, and how a stranger's words are told in them.

A command prints `str(error)` to stderr and exits with 1; every message says what, where, what was expected and what
was got, and holds nothing that a terminal would not print. `sentence` is the last word on any other error.
"""

import importlib.metadata
import platform
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_LINE = 1500  # letters of a message
TRACEBACK = "DAE_TRACEBACK"  # of the environment: where it is set, a fault of ours also shows where it was
OURS = ("train", "export")
# What comes with dae-site without extras.
OF_A_BUILD = ("jinja2", "markupsafe", "numpy", "PIL", "rcssmin", "rjsmin", "tree_sitter", "tree_sitter_javascript")


class DaeError(Exception):
    """Something outside the program is wrong, and the message says what to do. Base of all such errors."""

    def __str__(self) -> str:
        """The message, printable and not endless whatever names and bytes went into it; its own line ends stay."""
        lines = (printable(line) for line in super().__str__().split("\n"))
        return "\n".join(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines)


class ConfigError(DaeError, ValueError):
    """`models.toml` asks for something that is not possible; the message names file, key and value."""


class DataError(DaeError):
    """The images are missing, damaged or of another kind than asked for."""


class CheckpointError(DaeError):
    """A checkpoint could not be written or does not hold what it should."""


class TrainingError(DaeError):
    """A model could not be trained, for example because its loss is no longer a finite number."""


class MissingPackageError(DaeError):
    """What was asked for needs a Python package that is not installed."""

    def __init__(self, package: str, purpose: str = "this") -> None:
        extra = "" if package in OF_A_BUILD else "train"
        super().__init__(
            f"{purpose} needs the Python package {package}, which is not installed: run `{to_install(extra)}`"
        )


def is_installed() -> bool:
    """Whether this is the installed package, which is only read, and no checkout."""
    return (Path(__file__).resolve().parent.parent / "__init__.py").exists()


def typed(command: str, *words: str) -> str:
    """What to type for a command of ours: `dae-site train none`, in a checkout `python -m train none`."""
    if is_installed():
        start = f"dae-site {command}"
    elif command in ("train", "figures"):
        start = "python -m train" if command == "train" else "python -m train figures"
    else:
        start = "python build.py" if command == "build" else f"python build.py {command}"
    return " ".join((start, *words))


def to_install(extra: str = "") -> str:
    """What to type for the packages that we need, or those of an extra."""
    extra = extra and f"[{extra}]"
    return f"pip install 'dae-site{extra}'" if is_installed() else f"pip install -e '.{extra}'"


def printable(text: str) -> str:
    """The text with every letter that is none (control codes, half pairs, turns of direction) as its escape."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def quote(value: object) -> str:
    """A stranger's value for a message: ASCII, on one line, cut where it is long."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # Python writes no number of thousands of digits, nor endless lists
        return f"a {type(value).__name__} too long to be told"
    return text if len(text) <= 80 else f"{text[:77]}..."


def told(said: object) -> str:
    """What a file or a library says, or of which kind an error is that says nothing, on one line of ours."""
    words = " ".join(str(said).split()) or (type(said).__name__ if isinstance(said, Exception) else "")
    line = "".join(letter if letter.isprintable() else "?" for letter in words)
    return line if len(line) <= 200 else f"{line[:200]} …"


@contextmanager
def strangers(where: str, expected: str, kind: type[DaeError]) -> Iterator[None]:
    """One sentence of `kind` for whatever a library raises over a file from outside.

    zipfile, numpy, json and tomllib raise a dozen kinds over what is damaged or malicious, and promise none.
    """
    try:
        yield
    except DaeError:
        raise
    except MemoryError:
        raise kind(f"{where}: expected {expected}, got more than the memory holds") from None
    except Exception as error:
        raise kind(f"{where}: expected {expected}, got {told(error)}") from error


def version() -> str:
    """The version that is installed."""
    try:
        return importlib.metadata.version("dae-site")
    except importlib.metadata.PackageNotFoundError:
        return "of a checkout that is not installed"


def sentence(error: Exception) -> str:
    """What a person is told of an error."""
    if isinstance(error, DaeError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] not in OURS:
        return str(MissingPackageError(error.name.partition(".")[0]))
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    calls = traceback.extract_tb(error.__traceback__)
    where = f"{Path(calls[-1].filename).name}, line {calls[-1].lineno}" if calls else "nowhere"
    return (
        f"unexpected {type(error).__name__} in {where}: {' '.join(str(error).split()) or 'no message'}. This is a "
        f"fault of dae-site {version()} on Python {platform.python_version()}: please report this line with the "
        f"command that you typed; {TRACEBACK}=1 before it shows more"
    )
