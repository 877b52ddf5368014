"""A real Chromium: found, fetched where there is none, and started."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright

# The shell is the same engine without a window's frame around each page, which costs more than most tests.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
]


def find_chromium(playwright: Playwright) -> str:
    """The Chromium that is there: CHROMIUM, the system's, Playwright's own; else the latter, fetched."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    own = playwright.chromium.executable_path
    found = [path for path in (*map(shutil.which, BROWSERS), own) if path and Path(path).exists()]
    if not found:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return found[0] if found else own


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start Chromium, or end with one line that says how to get it."""
    try:
        return playwright.chromium.launch(executable_path=find_chromium(playwright), args=[*ARGUMENTS, *more])
    except Error as error:
        raise SystemExit(
            "This drives a real Chromium and none could be started: run `apt-get install chromium` or "
            f"`playwright install --with-deps chromium`, or set CHROMIUM to one.\n{error}"
        ) from None
