"""`python build.py`: train what is missing, then build the site. `python build.py --help` tells the rest.

Installed, this file is the package `dae_site`, which has `train` and `export` inside. Their modules call each other by
these names, so the folder that holds them comes first among those that Python looks into: a module of the same name in
the current folder, or in another package, is not taken for ours.
"""

import sys
from pathlib import Path

HOME = str(Path(__file__).resolve().parent)
if sys.path[:1] != [HOME]:
    sys.path.insert(0, HOME)


def main() -> int:
    """The program `dae-site`; the exit status."""
    from export.command import main as run

    return run()


if __name__ == "__main__":
    from export.command import main as run

    sys.exit(run(program="python build.py"))
