"""`python build.py`: train what is missing, then build the site. `python build.py --help` tells the rest."""

import sys

from export.command import main

if __name__ == "__main__":
    sys.exit(main())
