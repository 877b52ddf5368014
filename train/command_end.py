"""How every command ends: with an exit status and, where something is wrong, one printable sentence on stderr.

In:  what was asked for, as a function.
Out: 0; 1 after a fault, whichever; 130 after Ctrl-C, as shells have it. No fault shows a traceback, unless the
     environment variable DAE_TRACEBACK is set.
"""

import errno
import importlib.util
import io
import os
import sys
import traceback
from collections.abc import Callable

from train.errors import TRACEBACK, MissingPackageError, sentence

INTERRUPTED = 130


class CtrlC(KeyboardInterrupt):
    """Ctrl-C, with a sentence that says what is kept and how to go on."""


def require(purpose: str, *packages: str) -> None:
    """Say at once which package is missing, without importing any."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise MissingPackageError(package, purpose)


def end(run: Callable[[], None], stopped: str = "Stopped.", unread: str = "") -> int:
    """Run a command to its end; the exit status.

    `stopped` is said after Ctrl-C, and `unread` is added where who read what it says has gone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter that the console lacks must not end what is being done
    try:
        run()
        if sys.stdout is not None:  # as it is where a terminal was closed before Python began
            sys.stdout.flush()
    except KeyboardInterrupt as error:
        return _say(str(error) or stopped, INTERRUPTED)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        if _is_unread(error):  # as after `| head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still writes at its end
            return _say(f"Stopped: nobody reads what it says.{unread and ' '}{unread}", 1)
        return _say(f"error: {sentence(error)}", 1)
    return 0


def _is_unread(error: Exception) -> bool:
    return isinstance(error, BrokenPipeError) or (
        isinstance(error, OSError) and error.errno == errno.EINVAL and os.name == "nt" and error.filename is None
    )


def _say(text: str, status: int) -> int:
    """Print to stderr what can be printed: names in a message may hold anything."""
    printable = "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
    print(f"\n{printable}" if status == INTERRUPTED else printable, file=sys.stderr)
    return status
