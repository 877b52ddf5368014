"""The content security policy of every page, from what the page has inside it. It is written here and nowhere else.

In:  the texts of a page's inline scripts and styles, and how the page gets at everything else.
Out: the policy, as a meta element has it; and the policy taken apart, for `check`.

Source: https://www.w3.org/TR/CSP3/
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Directives = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Needs:
    """What a page has inside it, and what it may reach."""

    scripts: Sequence[str] = ()  # texts of inline scripts
    styles: Sequence[str] = ()  # texts of inline styles
    computes: bool = False  # it compiles the kernel
    offline: bool = False  # it has a service worker and an app manifest
    alone: bool = False  # one file that may ask for nothing: its modules are data: URLs


def make_policy(needs: Needs) -> str:
    """One origin at most, and no inline code but the texts that are given."""
    here = () if needs.alone else ("'self'",)
    script = [*here, *(("'wasm-unsafe-eval'",) if needs.computes else ()), *(("data:",) if needs.alone else ())]
    directives = {
        "default-src": ("'none'",),
        "script-src": (*script, *map(csp_hash, needs.scripts)),
        "style-src": (*here, *map(csp_hash, needs.styles)),
        "img-src": (*here, "data:", "blob:"),
        "connect-src": here or ("'none'",),
        "base-uri": ("'none'",),
        "form-action": ("'none'",),
    }
    if needs.offline:
        directives |= {"worker-src": here, "manifest-src": here}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def read_policy(text: str) -> Directives:
    """The sources of each directive."""
    words = [directive.split() for directive in text.split(";")]
    return {first: frozenset(more) for first, *more in filter(None, words)}


def csp_hash(text: str) -> str:
    """The source expression that allows exactly this inline script or style."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
