"""Whether a site works offline, told from its files. Every site has a worker: see export/site/pwa.py.

In:  the names of a site's files.  Out: whether it was built with `--pwa`.
"""

import re
from collections.abc import Collection

from export.site.manifest import HASH_DIGITS

APP = "app.webmanifest"
_APP = re.compile(rf"assets/app\.[0-9a-f]{{{HASH_DIGITS}}}\.webmanifest")


def is_offline(names: Collection[str]) -> bool:
    """Only such a site has an app manifest."""
    return any(_APP.fullmatch(name) for name in names)
