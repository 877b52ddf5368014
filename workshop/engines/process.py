"""A browser's or a driver's process: its program found, or missed in one sentence; started in a home folder; ended."""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from workshop.engines.tab import EngineMissingError

Answer = TypeVar("Answer")
PATIENCE = 60.0  # seconds that a start may take on a busy machine


def find(variable: str, package: str, *names: str) -> str:
    """The program that the variable names, or the first of these that is there; else one sentence with its package."""
    named = os.environ.get(variable)
    found = [path for path in ([named] if named else map(shutil.which, names)) if path and Path(path).exists()]
    if not found:
        raise EngineMissingError(
            f"These tests drive {names[0]} and found {f'no {named}' if named else 'none'}: run "
            f"`apt-get install {package}` (its package in Debian), or set {variable} to the program."
        )
    return found[0]


class Process:
    """A program that runs in a new home folder with these files in it; HOME in its arguments is that folder.

    It ends when it is told to, when the tests end, and (on Linux) when they are killed.
    """

    def __init__(self, *command: str, files: Mapping[str, str] | None = None, **environment: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True)
        home = Path(self._folder.name)
        self._program = command[0]
        for name, text in (files or {}).items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        self._words = home / "said.txt"
        bound = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with self._words.open("w") as words:
            self._started = subprocess.Popen(
                [*bound, *(word.replace("HOME", str(home)) for word in command)],
                env=os.environ | environment | {"HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
            )
        atexit.register(self.end)

    def told(self, pattern: str) -> str:
        """Wait until it says this; gives the pattern's first group."""
        found = self.until(lambda: re.search(pattern, self._words.read_text(errors="replace")))
        return found[1]

    def until(self, ready: Callable[[], Answer | None]) -> Answer:
        """Wait until this gives something, while the program runs; gives that."""
        latest = time.monotonic() + PATIENCE
        while time.monotonic() < latest and self._started.poll() is None:
            answer = ready()
            if answer is not None:
                return answer
            time.sleep(0.02)
        said = self._words.read_text(errors="replace").strip().rpartition("\n")[2] or "nothing"
        self.end()
        raise EngineMissingError(f"{self._program} was found but did not start; it said: {said}")

    def end(self) -> None:
        """Ask it to end, make it, and remove its home."""
        atexit.unregister(self.end)
        self._started.terminate()
        try:
            self._started.wait(10)
        except subprocess.TimeoutExpired:
            self._started.kill()
            self._started.wait()
        self._folder.cleanup()
