"""Pictures with ink that are none of the classes, made of images and by a program: what a reader should not read.

In:  images [count, visible] of uint8.  Out: as many pictures, a quarter each of

    patches     an image cut into 4 x 4 pieces, which are put together in another order
    pixels      all pixels of an image in another order
    overlaid    two images, one turned upside down, one over the other
    scribbles   a line of 12 random points within the middle of the picture, rounded, as thick as a pen's

All draws come from one seed: the same images give the same pictures.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from train.learn.measure import MEASURE_SEED

Images = NDArray[np.uint8]  # [count, visible]

PIECES = 4  # along a side
POINTS = 12  # of a scribble
THICK = 1 / 11  # of a scribble's line, to the side


def non_digits(images: Images) -> Images:
    """As many pictures as there are images, a quarter of each kind."""
    random = np.random.default_rng(MEASURE_SEED)
    parts = np.array_split(images, 4)
    return np.concatenate(
        [
            _patches(parts[0], random),
            random.permuted(parts[1], axis=1),
            np.maximum(parts[2], random.permutation(parts[2])[:, ::-1]),
            _scribbles(len(parts[3]), round(images.shape[1] ** 0.5), random),
        ]
    )


def _patches(images: Images, random: np.random.Generator) -> Images:
    side = round(images.shape[1] ** 0.5)
    piece = max(side // PIECES, 1)
    count = side // piece
    squares = images.reshape(-1, side, side).copy()
    inner = squares[:, : count * piece, : count * piece]  # what is left over at the edges stays
    pieces = inner.reshape(-1, count, piece, count, piece).swapaxes(2, 3).reshape(-1, count * count, piece * piece)
    order = np.argsort(random.random(pieces.shape[:2]), axis=1)[:, :, None]
    mixed = np.take_along_axis(pieces, order, axis=1).reshape(-1, count, count, piece, piece).swapaxes(2, 3)
    squares[:, : count * piece, : count * piece] = mixed.reshape(inner.shape)
    return squares.reshape(images.shape)


def _scribbles(count: int, side: int, random: np.random.Generator) -> Images:
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    made = np.zeros((count, side * side), np.uint8)
    for image in made:
        corners = random.uniform(0.18, 0.82, (POINTS, 2)) * side
        points = (corners[:-1] + corners[1:]) / 2  # rounds the corners
        points = np.concatenate([(points[:-1] * 3 + points[1:]) / 4, points[-1:]])
        distance = np.full((side, side), np.inf)
        for (x0, y0), (x1, y1) in itertools.pairwise(points.tolist()):
            x, y = x1 - x0, y1 - y0
            along = np.clip(((columns - x0) * x + (rows - y0) * y) / max(x * x + y * y, 1e-9), 0, 1)
            distance = np.minimum(distance, np.hypot(columns - x0 - along * x, rows - y0 - along * y))
        ink = np.clip(THICK * side / 2 + 0.5 - distance, 0, 1)
        image[:] = np.round(255 * ink).ravel()
    return made
