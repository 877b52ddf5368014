"""Drawings and answers as inline SVG, in colours of the style sheet: seen without scripts, light, dark and themed.

In:  what a network was given and, perhaps, what it answered, [side * side] each, row-major.
Out: an <svg> element. Runs of like pixels are strokes one unit wide; their class says what they are, and how dark:
     "k1" to "k6" ink that was kept, "a1" to "a6" ink that was added, "r1" to "r6" ink that was taken away.

The page's canvases paint the same (site_template/js/walk/paint.js): a pixel is ink for what drawing and answer have in
common, and the colour of the change for what one of them has alone. Of a pixel that was taken away only the upper half
is coloured, a stripe, so that colour alone need not tell it from one that was added.
"""

import math
from collections.abc import Iterator

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

Pixels = NDArray[np.float64]
SHADES = 6


def draw_picture(given: Pixels, answer: Pixels | None = None, label: str = "", *, coarse: bool = False) -> Markup:
    """What was given alone, or what an answer makes of it; without a label it says nothing to those who listen.

    A coarse one has a third of the shades, and is smaller: enough for noise.
    """
    side = math.isqrt(given.size)
    before = np.clip(given, 0, 1)
    after = before if answer is None else answer
    kept = np.minimum(before, after)
    # What is kept is painted last and covers its share of the change.
    change = (after - before) / np.maximum(1 - kept, 1e-9)
    layers = {"a": np.maximum(change, 0), "r": np.maximum(-change, 0), "k": kept}
    paths = [path for layer, values in layers.items() for path in _paths(layer, values, side, 3 if coarse else 1)]
    name = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    inside = Markup("").join(paths)
    return Markup('<svg class="picture" viewBox="0 -.5 {0} {0}"{1}>{2}</svg>').format(side, name, inside)


def _paths(layer: str, values: Pixels, side: int, step: int) -> Iterator[Markup]:
    """One path for each shade that occurs, of every `step`-th."""
    shades = step * np.round(np.clip(values, 0, 1) * (SHADES / step)).astype(int).reshape(side, side)
    for shade in range(1, SHADES + 1):
        data = _runs(shades == shade)
        if data:
            yield Markup('<path class="{}{}" d="{}"/>').format(layer, shade, data)


def _runs(marked: NDArray[np.bool_]) -> str:
    """The horizontal runs of marked pixels as path data, each move relative to the last."""
    rows, edges = np.nonzero(np.diff(np.pad(marked, ((0, 0), (1, 1))).astype(np.int8), axis=1))
    data, last = [], (0, 0)
    for row, start, end in zip(rows[::2].tolist(), edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        data.append(f"m{start - last[0]} {row - last[1]}h{end - start}")
        last = (end, row)
    return "".join(data).replace(" -", "-")
