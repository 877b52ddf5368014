"""`python -m export`: only the models, golden vectors and their manifest, for a page of your own."""

import sys

from export.command import main

if __name__ == "__main__":
    sys.exit(main(["export", *sys.argv[1:]], "python build.py"))
