"""Small synthetic digits made here, ten classes of strokes in the four IDX files, wherever the real MNIST is absent."""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Each class is a few straight strokes (x0, y0, x1, y1) in a unit square.
CLASSES = (
    ((0.3, 0.1, 0.7, 0.1), (0.7, 0.1, 0.7, 0.9), (0.7, 0.9, 0.3, 0.9), (0.3, 0.9, 0.3, 0.1)),
    ((0.5, 0.1, 0.5, 0.9),),
    ((0.3, 0.1, 0.7, 0.1), (0.7, 0.1, 0.3, 0.9), (0.3, 0.9, 0.7, 0.9)),
    ((0.3, 0.1, 0.7, 0.1), (0.7, 0.1, 0.4, 0.5), (0.4, 0.5, 0.7, 0.7), (0.7, 0.7, 0.3, 0.9)),
    ((0.6, 0.1, 0.2, 0.6), (0.2, 0.6, 0.8, 0.6), (0.6, 0.3, 0.6, 0.9)),
    ((0.7, 0.1, 0.3, 0.1), (0.3, 0.1, 0.3, 0.5), (0.3, 0.5, 0.7, 0.7), (0.7, 0.7, 0.3, 0.9)),
    ((0.6, 0.1, 0.3, 0.6), (0.3, 0.6, 0.5, 0.9), (0.5, 0.9, 0.7, 0.7), (0.7, 0.7, 0.3, 0.6)),
    ((0.3, 0.1, 0.7, 0.1), (0.7, 0.1, 0.4, 0.9)),
    ((0.3, 0.1, 0.7, 0.9), (0.7, 0.1, 0.3, 0.9), (0.3, 0.1, 0.7, 0.1), (0.3, 0.9, 0.7, 0.9)),
    ((0.7, 0.4, 0.3, 0.3), (0.3, 0.3, 0.7, 0.1), (0.7, 0.1, 0.6, 0.9)),
)


def digits(count: int, seed: int, side: int = 28) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images [count, side, side] and labels [count]: each class moved and scaled a little, 2.5 pixels wide."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    y, x = np.mgrid[0:side, 0:side] + 0.5
    images = np.zeros((count, side, side))
    for image, label in zip(images, labels, strict=True):
        scale = side * random.uniform(0.6, 0.8)
        offset = (side - scale) / 2 + random.uniform(-1, 1, 2)
        for stroke in CLASSES[label]:
            x0, y0, x1, y1 = np.array(stroke) * scale + np.tile(offset, 2)
            along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
            near = np.clip(along, 0, 1)
            distance = np.hypot(x - x0 - near * (x1 - x0), y - y0 - near * (y1 - y0))
            np.maximum(image, np.clip(1.75 - distance, 0, 1), out=image)
    return np.round(images * 255).astype(np.uint8), labels.astype(np.uint8)


def idx(array: NDArray[np.uint8]) -> bytes:
    """The bytes of an IDX file of uint8."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_idx(folder: Path, train: int = 200, test: int = 50, side: int = 28, *, labelled: bool = True) -> Path:
    """Write the four files under their official names, or those of the images alone; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, count, seed in (("train", train, 1), ("t10k", test, 2)):
        images, labels = digits(count, seed, side)
        (folder / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images), mtime=0))
        if labelled:
            (folder / f"{stem}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels), mtime=0))
    return folder
