"""The pictures that lie beside a page: the same as inside it, in the colours of its style."""

from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup

from export.draw.picture import draw_picture
from export.draw.sheet import PAINT, make_sheet, place

GIVEN, ANSWER = np.linspace(0, 1, 256), np.linspace(1, 0, 256)
SVG = "{http://www.w3.org/2000/svg}"


def test_every_stroke_of_a_picture_is_in_its_symbol_in_the_colour_and_shade_of_its_class() -> None:
    pictures = {"one": draw_picture(GIVEN, ANSWER), "two": draw_picture(GIVEN)}
    symbols = ElementTree.fromstring(make_sheet(pictures)).findall(f"{SVG}symbol")
    assert [symbol.get("id") for symbol in symbols] == ["one", "two"]
    for symbol, picture in zip(symbols, pictures.values(), strict=True):
        inside = ElementTree.fromstring(picture)
        assert symbol.get("viewBox") == inside.get("viewBox") == "0 -.5 16 16"
        for ours, theirs in zip(symbol, inside, strict=True):
            kind = theirs.get("class", "")
            assert ours.get("d") == theirs.get("d")
            assert f'stroke="{ours.get("stroke")}"' in PAINT[kind[0]]
            assert float(ours.get("stroke-opacity", 1)) == pytest.approx(int(kind[1]) / 6, abs=0.01)


def test_in_the_page_stands_where_it_is_and_what_it_says() -> None:
    silent = place(draw_picture(GIVEN), "../a/pictures.svg", "one")
    assert silent == '<svg class="picture" aria-hidden="true"><use href="../a/pictures.svg#one"/></svg>'
    assert 'aria-label="a &lt;2&gt;"' in place(draw_picture(GIVEN, label="a <2>"), "p.svg", "one")


def test_what_is_no_picture_is_named() -> None:
    with pytest.raises(ValueError, match="picture 'one': expected one that was drawn, got '<p>'"):
        make_sheet({"one": Markup("<p>")})
