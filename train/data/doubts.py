"""Images of one's own that are hardly meant as they are: too dark, black on white, or turned about their diagonal.

They can be trained on, and the loss even gets small, but what comes of it answers no drawing: so this is a warning.

In:  a `Dataset`.  Out: a sentence for each doubt: what was seen, and what says otherwise.
"""

import numpy as np
from numpy.typing import NDArray

from train.data.dataset import Dataset

FULL = 255  # ink at its brightest
DARK = 127  # the brightest pixel of images that cannot fill the range
SAMPLED = 2000  # images looked at
BRIGHT = 0.6  # share of the brightest that the mean pixel has where paper is bright
WIDE, TALL = 0.6, 0.2  # shares of images, of digits turned about their diagonal (MNIST so turned: 0.78 and 0.11)
MARGIN = 1.1  # by what factor one side is longer

Pixels = NDArray[np.uint8]


def doubts(dataset: Dataset) -> list[str]:
    """What is strange about images of one's own; official ones are what they are."""
    if dataset.name != "custom":
        return []
    found: list[str] = []
    for name, rows in (("training", dataset.train), ("test", dataset.test)):
        step = -(-len(rows) // SAMPLED)
        images = rows[::step].reshape(-1, dataset.side, dataset.side)
        found += [f"the {name} images: {doubt}" for doubt in _doubts(images, int(rows.max()))]
    return found


def _doubts(images: Pixels, brightest: int) -> list[str]:
    if brightest == 0:
        return ["every pixel is 0, so that there is nothing to learn: 0 is paper, 255 is ink"]
    found: list[str] = []
    if brightest <= DARK:
        found.append(
            f"the brightest pixel is {brightest}, where {FULL} is ink, so that the models will learn dark pictures: if "
            f"{brightest} is ink, save `(images * ({FULL} / {brightest})).round().astype('uint8')` instead"
        )
    level = float(np.median(images.mean((1, 2)))) / brightest
    if level > BRIGHT:
        found.append(
            f"most of each picture is bright ({level:.0%} of the brightest pixel), as of black ink on white paper: ink "
            f"is {FULL} here and paper 0, so save `{brightest} - images` instead, if these are drawings"
        )
        images = brightest - np.minimum(images, brightest)
    tall, wide = _shapes(images > images.max() // 2)
    if wide >= WIDE and tall <= TALL:
        found.append(
            f"{wide:.0%} of the pictures are wider than tall, as of letters or digits with rows and columns exchanged "
            "(EMNIST's files are): if they lie on their side, save `images.transpose(0, 2, 1)` instead"
        )
    return found


def _shapes(ink: NDArray[np.bool_]) -> tuple[float, float]:
    """Which shares of the pictures have ink that is taller than wide, and wider than tall."""
    heights, widths = (_extent(np.asarray(ink.any(axis))) for axis in (2, 1))
    return float((heights > MARGIN * widths).mean()), float((widths > MARGIN * heights).mean())


def _extent(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """From the first to the last mark in each row."""
    extent: NDArray[np.int64] = marks.shape[1] - marks[:, ::-1].argmax(1) - marks.argmax(1)
    return extent
