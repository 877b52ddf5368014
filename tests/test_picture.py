"""Pictures in the page: each pixel is there once for what it is, in the shade nearest to its own."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from export.draw.picture import SHADES, draw_picture

PATH = re.compile(r'<path class="([akr])(\d)" d="([^"]*)"/>')
RUN = re.compile(r"m(-?\d+) ?(-?\d+)h(\d+)")


def read_back(svg: str, side: int) -> dict[str, NDArray[np.float64]]:
    """The shade of every pixel, by layer."""
    layers = {name: np.zeros((side, side)) for name in "akr"}
    for layer, shade, data in PATH.findall(svg):
        x = y = 0
        assert "".join(match[0] for match in RUN.finditer(data)) == data
        for dx, dy, length in RUN.findall(data):
            x, y = x + int(dx), y + int(dy)
            assert (layers[layer][y, x : x + int(length)] == 0).all()
            layers[layer][y, x : x + int(length)] = int(shade) / SHADES
            x += int(length)
    return layers


@pytest.mark.parametrize("side", [3, 16, 28])
def test_a_picture_shows_what_was_kept_added_and_taken(side: int) -> None:
    random = np.random.default_rng(side)
    given = random.random(side * side) * (random.random(side * side) < 0.3)
    answer = np.where(random.random(side * side) < 0.5, given, random.random(side * side))
    layers = read_back(draw_picture(given, answer), side)
    before, after = given.reshape(side, side), answer.reshape(side, side)
    kept = np.minimum(before, after)
    np.testing.assert_allclose(layers["k"], kept, atol=0.5 / SHADES + 1e-9)
    room = np.maximum(1 - kept, 1e-9)
    np.testing.assert_allclose(layers["a"], np.maximum(after - before, 0) / room, atol=0.5 / SHADES + 1e-9)
    np.testing.assert_allclose(layers["r"], np.maximum(before - after, 0) / room, atol=0.5 / SHADES + 1e-9)


def test_a_drawing_alone_has_nothing_added_or_taken_and_its_values_end_at_0_and_1() -> None:
    layers = read_back(draw_picture(np.array([0, 0.5, 1, 3, -2, 0, 0, 0, 1])), 3)
    np.testing.assert_array_equal(layers["k"], [[0, 0.5, 1], [1, 0, 0], [0, 0, 1]])
    assert layers["a"].sum() == layers["r"].sum() == 0


def test_a_picture_says_what_it_shows_or_keeps_silent() -> None:
    assert 'aria-hidden="true"' in draw_picture(np.zeros(9))
    named = draw_picture(np.zeros(9), label='a "2" <half>')
    assert 'role="img" aria-label="a &#34;2&#34; &lt;half&gt;"' in named
    assert "style" not in named


def test_a_coarse_picture_has_a_third_of_the_shades() -> None:
    layers = read_back(draw_picture(np.linspace(0, 1, 9), coarse=True), 3)
    np.testing.assert_allclose(layers["k"].ravel() * 2, np.round(np.linspace(0, 1, 9) * 2))
