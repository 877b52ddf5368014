"""What became of two networks: some filters of each as a picture, and how many of all are strokes.

In:  the models that stand on the walk, and their weights.
Out: `Grown`, with a PNG that lies on light and dark paper alike: warm and cool, the paler the nearer to 0.

A filter is a stroke where neighbouring pixels have like weights: site_template/js/learn/strokes.js counts the same.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export.site.model import Model
from train.learn.params import Params

COUNT = 10  # filters of each
ALIKE = 0.5  # neighbours of a stroke correlate above this
GAP = 2  # pixels between filters
SHADES = 15  # of each colour
FULL = 4.0  # standard deviations of the weights at full colour
WARM, COOL = (217, 95, 2), (33, 102, 172)

Weight = NDArray[np.float64]  # [visible, hidden]


@dataclass(frozen=True)
class Grown:
    """Two networks of one recipe, and what their noise made of them."""

    plain: Model
    masking: Model
    plain_strokes: int
    masking_strokes: int
    picture: bytes  # PNG: the plain one's filters, and below them the same units of the other
    width: int  # of the picture, in pixels
    height: int


def make_grown(models: Sequence[Model], params: Mapping[str, Params]) -> Grown | None:
    """The plain autoencoder and the one that learned from most masking, where both stand there."""
    plain = next((model for model in models if model.noise == "none" and not model.external), None)
    masking = max((model for model in models if model.noise == "masking"), key=lambda one: one.level, default=None)
    if plain is None or masking is None or plain.hidden != masking.hidden:
        return None
    weights = [np.asarray(params[model.name].weight, np.float64) for model in (plain, masking)]
    strokes = [int((correlate_neighbours(weight) > ALIKE).sum()) for weight in weights]
    picture, width, height = _draw(weights)
    return Grown(plain, masking, strokes[0], strokes[1], picture, width, height)


def correlate_neighbours(weight: Weight) -> NDArray[np.float64]:
    """Of each unit's filter the correlation of every pixel with its right and its lower neighbour, [hidden]."""
    side = math.isqrt(len(weight))
    filters = weight.T.reshape(-1, side, side)
    ones = np.concatenate([filters[:, :, :-1].reshape(len(filters), -1), filters[:, :-1].reshape(len(filters), -1)], 1)
    others = np.concatenate([filters[:, :, 1:].reshape(len(filters), -1), filters[:, 1:].reshape(len(filters), -1)], 1)
    ones, others = ones - ones.mean(axis=1, keepdims=True), others - others.mean(axis=1, keepdims=True)
    variances = (ones**2).sum(axis=1) * (others**2).sum(axis=1)
    correlation: NDArray[np.float64] = (ones * others).sum(axis=1) / np.sqrt(np.maximum(variances, 1e-300))
    return correlation


def _draw(weights: Sequence[Weight]) -> tuple[bytes, int, int]:
    """Units with the largest weights in both, the same of each."""
    side = math.isqrt(len(weights[0]))
    chosen = np.argsort(-np.minimum(*(np.linalg.norm(weight, axis=0) for weight in weights)))[:COUNT]
    shades = np.full((2 * (side + GAP) - GAP, COUNT * (side + GAP) - GAP), SHADES, np.uint8)
    for row, weight in enumerate(weights):
        scale = FULL * weight[:, chosen].std()
        for column, unit in enumerate(chosen):
            value = np.clip(weight[:, unit].reshape(side, side) / scale, -1, 1)
            top, left = row * (side + GAP), column * (side + GAP)
            shades[top : top + side, left : left + side] = np.round(SHADES * (1 + value))
    image = Image.fromarray(shades, "P")
    image.putpalette([*COOL] * (SHADES + 1) + [*WARM] * SHADES)
    opacity = bytes(round(255 * abs(shade - SHADES) / SHADES) for shade in range(2 * SHADES + 1))
    file = io.BytesIO()
    image.save(file, "PNG", transparency=opacity, compress_level=9)
    return file.getvalue(), image.width, image.height
