"""Pictures that lie beside a page, in one file: symbols for `<use href="pictures.svg#name">`.

In:  pictures by name, as export/draw/picture.py draws them.
Out: an SVG document. What a page's style says by class is not seen in there, but its custom properties are; so every
     path names the property of its colour, and the pictures are dark and themed as those inside the page are.
"""

import re
from collections.abc import Mapping

from markupsafe import Markup

from export.draw.picture import SHADES

PAINT = {
    "k": 'stroke="var(--pixel-ink)"',
    "a": 'stroke="var(--added)"',
    "r": 'stroke="var(--taken)" stroke-width=".5" transform="translate(0 -.25)"',  # a stripe
}
_PICTURE = re.compile(r'<svg class="picture" (viewBox="[^"]*")[^>]*>(.*)</svg>', re.DOTALL)
_LAYER = re.compile(r'class="([akr])(\d)"')


def make_sheet(pictures: Mapping[str, Markup]) -> bytes:
    """The document with all of them."""
    symbols = "\n".join(_symbol(name, picture) for name, picture in sorted(pictures.items()))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'.encode()


def place(picture: Markup, url: str, name: str) -> Markup:
    """What stands in a page for a picture of the sheet at `url`."""
    opening = Markup(re.sub(r' viewBox="[^"]*"', "", picture[: picture.index(">") + 1]))  # the symbol has its own
    return opening + Markup('<use href="{}#{}"/></svg>').format(url, name)


def _symbol(name: str, picture: Markup) -> str:
    found = _PICTURE.fullmatch(picture)
    if not found:
        raise ValueError(f"picture {name!r}: expected one that was drawn, got {str(picture)[:40]!r}")
    return f'<symbol id="{name}" {found[1]}>{_LAYER.sub(_paint, found[2])}</symbol>'


def _paint(found: re.Match[str]) -> str:
    layer, shade = found[1], int(found[2])
    opacity = "" if shade == SHADES else f' stroke-opacity="{shade / SHADES:.2f}"'
    return PAINT[layer] + opacity
