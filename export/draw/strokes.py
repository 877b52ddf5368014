"""Strokes to pixels, as site_template/js/draw/pixels.js does it, and the ten sample digits.

In:  samples.json: {"digits": [{"digit": 0, "strokes": [[[x, y], ...], ...]}, ...]}, points in pixels of MNIST's images
     (x right, y down; pixel (0, 0) covers [0, 1) x [0, 1)).
Out: samples as strokes; strokes as pixels (row-major, in [0, 1]) or as the text that links carry.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from train.errors import DaeError, quote, strangers
from train.files import read_text

Tool = Literal["soft", "hard", "eraser", "hole"]
TOOLS: tuple[Tool, ...] = get_args(Tool)  # the order is that of the text format
RADIUS = {"soft": 1.25, "eraser": 2.0, "hole": 2.0}  # of each round brush, in pixels
FARTHEST = 1000  # pixels from the image's corner, of a sample's point
STEPS = 16  # grid steps in a pixel: strokes live on this grid, in the page and in its links
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class SamplesError(DaeError):
    """The file of sample digits is not what it should be."""


@dataclass(frozen=True)
class Stroke:
    """What was drawn between putting the pen down and lifting it."""

    tool: Tool
    points: NDArray[np.float64]  # [n, 2]: x, y in pixels


@dataclass(frozen=True)
class Sample:
    """One of our own digits."""

    digit: int
    strokes: tuple[Stroke, ...]


def read_samples(path: Path) -> tuple[Sample, ...]:
    """The sample digits of a samples.json, ten of them in order; raises SamplesError."""
    text = read_text(path)
    with strangers(str(path), '{"digits": [{"digit", "strokes"}]} with strokes of [x, y] points', SamplesError):
        digits = json.loads(text)["digits"]
        samples = tuple(Sample(int(entry["digit"]), _strokes(entry["strokes"])) for entry in digits)
    if [sample.digit for sample in samples] != list(range(10)):
        raise SamplesError(f"{path}: expected the digits 0 to 9 in order, got {quote([s.digit for s in samples])}")
    if any(np.abs(stroke.points).max() > FARTHEST for sample in samples for stroke in sample.strokes):
        raise SamplesError(f"{path}: expected points at most {FARTHEST} pixels away")
    return samples


def _strokes(lists: Sequence[Sequence[Sequence[float]]]) -> tuple[Stroke, ...]:
    return tuple(stroke("soft", points) for points in lists)


def stroke(tool: Tool, points: Sequence[Sequence[float]] | NDArray[np.float64]) -> Stroke:
    """A stroke through `points` ([n, 2], x and y in pixels), put on the grid as the page does it."""
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != 2 or len(array) == 0 or not np.isfinite(array).all():
        raise ValueError(f"a stroke needs finite [x, y] points, at least one, got shape {array.shape}")
    return Stroke(tool, np.floor(array * STEPS + 0.5) / STEPS)


def render(strokes: Sequence[Stroke], side: int) -> NDArray[np.float32]:
    """Strokes as [side * side] pixels. Ink is the maximum of all coverages; an eraser leaves at most 1 - coverage."""
    pixels = np.zeros((side, side))
    for one in strokes:
        starts = np.concatenate([one.points[:1], one.points[:-1]])
        for start, end in zip(starts, one.points, strict=True):
            if one.tool == "hard":
                _draw_thin(pixels, start, end)
            elif one.tool == "soft":
                np.maximum(pixels, coverage(start, end, RADIUS["soft"], side), out=pixels)
            elif one.tool == "eraser":
                np.minimum(pixels, 1 - coverage(start, end, RADIUS["eraser"], side), out=pixels)
    return pixels.astype(np.float32).ravel()


def coverage(start: NDArray[np.float64], end: NDArray[np.float64], radius: float, side: int) -> NDArray[np.float64]:
    """How much of each pixel ([side, side]) a round brush covers on its way from `start` to `end`."""
    centre = np.arange(side) + 0.5
    x, y = centre[None, :] - start[0], centre[:, None] - start[1]
    along_x, along_y = end - start
    squared = along_x**2 + along_y**2
    along = np.clip((x * along_x + y * along_y) / squared, 0, 1) if squared > 0 else np.zeros((side, side))
    distance = np.sqrt((x - along * along_x) ** 2 + (y - along * along_y) ** 2)
    covered: NDArray[np.float64] = np.clip(radius + 0.5 - distance, 0, 1)
    return covered


def _draw_thin(pixels: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    """The original page's brush: full ink along a line of pixels (Bresenham)."""
    side = len(pixels)
    (column, row), (last_column, last_row) = np.floor(start).astype(int), np.floor(end).astype(int)
    width, height = abs(last_column - column), -abs(last_row - row)
    error = width + height
    while True:
        if 0 <= column < side and 0 <= row < side:
            pixels[row, column] = 1
        if column == last_column and row == last_row:
            return
        doubled = 2 * error
        if doubled >= height:
            error += height
            column += np.sign(last_column - column)
        if doubled <= width:
            error += width
            row += np.sign(last_row - row)


def encode_strokes(strokes: Sequence[Stroke]) -> str:
    """Strokes as the text that a link carries after `draw=`; the format is described in js/encoding.js."""
    if not strokes:
        return ""
    coarse = all((one.points * STEPS / 2 % 1 == 0).all() for one in strokes)
    steps = STEPS // 2 if coarse else STEPS
    numbers: list[int] = []
    last = np.zeros(2, np.int64)
    for one in strokes:
        numbers += [TOOLS.index(one.tool), len(one.points) - 1]
        for point in np.floor(one.points * steps + 0.5).astype(np.int64):
            numbers += [-2 * int(step) - 1 if step < 0 else 2 * int(step) for step in point - last]
            last = point
    return ("1" if coarse else "2") + "".join(map(_digits, numbers))


def _digits(number: int) -> str:
    text = ""
    while number >= 32:
        text += ALPHABET[32 + number % 32]
        number //= 32
    return text + ALPHABET[number]
