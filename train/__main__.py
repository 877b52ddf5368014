"""`python -m train`."""

import sys

from train.command import main

if __name__ == "__main__":  # worker processes import this module too
    sys.exit(main())
