"""`dae-site init DIR`: what a site of one's own needs, in a folder of its own.

In:  a folder that is not there, or has none of these files.
Out: models.toml with all models, its schema, the workflow that publishes the site on GitHub Pages, and a .gitignore.

The weights stay in the package, where a build finds those of the models that models.toml lists; what is trained goes
into the folder.
"""

import importlib.metadata
import json
import re
from pathlib import Path

from export.assets import HOME, workflow
from train.errors import DaeError
from train.files import read_text, replace_file
from train.settings.schema import NAME_OF_FILE, schema_json

PROJECT = "dae-site"
IGNORED = ("/.venv/", "/_site/", "/_site.html", "/_export/", "/checkpoints/", "/figures/")


class InitError(DaeError):
    """The folder cannot become that of a new site."""


def init(folder: Path) -> str:
    """Write the files, none over another, and say in one line what to do next."""
    files = {
        "models.toml": read_text(HOME / "models.toml").replace("python build.py", f"{PROJECT} build"),
        NAME_OF_FILE: schema_json().decode(),
        ".github/workflows/pages.yml": _workflow(),
        ".gitignore": "".join(f"{line}\n" for line in IGNORED),
    }
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise InitError(f"{folder}: expected none of {', '.join(files)}, got {', '.join(there)}; nothing was written")
    for name, text in files.items():
        replace_file(folder / name, text.encode())
    return f"{folder}: {', '.join(files)}; next: `cd {folder}` and `{PROJECT} serve --open`"


def _workflow() -> str:
    """The checkout's own workflow, which then installs the program instead of what a checkout needs."""
    text = read_text(workflow()).replace("python build.py check", f"{PROJECT} check")
    text = text.replace("python build.py", f"{PROJECT} build")
    return re.sub(r"(?<=- run: )python -m pip install .*", f"python -m pip install '{_requirement()}'", text)


def _requirement() -> str:
    """What installs this very program: its version, or the commit that it was installed from (PEP 610)."""
    ours = importlib.metadata.distribution(PROJECT)
    origin = json.loads(ours.read_text("direct_url.json") or "{}")
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"{PROJECT} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"{PROJECT}=={ours.version}"
