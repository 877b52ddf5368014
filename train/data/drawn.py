"""Digits without end, from a seed: a grammar of strokes says how digits are written, and every image is written anew.

In:  the grammar (site_template/digits.json), a seed, and which images.
Out: uint8 images [count, 784] and the digits that they show; white ink on black, as MNIST has them.

Each image takes one way of writing its digit and is bent, sheared, turned, stretched, drawn with another pen, and put
into an image as MNIST was made: scaled into a square of 20 pixels, its centre of mass in the middle of 28 x 28.

site_template/js/draw/digits.js draws the same bytes: only whole numbers, floor, and + - * / in one and the same order
are used, which IEEE 754 fixes to the last bit, and roots stand in a table.
"""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.errors import DataError, strangers
from train.files import read_text

SIDE = 28
_BOX = 20
_MIDDLE = SIDE / 2
_FAR, _CELLS = 16, 64  # squared distances from 0 to _FAR square pixels are told in _CELLS steps a square pixel
_ROOTS = np.array([math.isqrt(1024 * k + 512) for k in range(_FAR * _CELLS + 1)])  # in 256ths of a pixel
_PIECES = 4  # straight pieces between two points of a stroke
_BENDS = 10
_NARROWEST, _THINNEST, _SHARPEST = -0.6, 110.0, 60.0  # of an image, a pen, its edge
_AT_ONCE = 256  # images
FEATURES = ("point", "bend", "turn", "slant", "stretch", "radius", "edge")

Numbers = NDArray[np.float64]
Words = NDArray[np.uint32]
Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Way:
    """One way to write a digit."""

    share: int  # how often it is taken
    strokes: tuple[NDArray[np.int64], ...]  # [n, 3]: x, y (down) on a grid of 100 x 100, and 1 where there is a corner


@dataclass(frozen=True)
class Grammar:
    """How digits are written."""

    spread: Mapping[str, tuple[int, int]]  # mean and deviation, in hundredths; of the pen in 256ths of a pixel
    digits: tuple[tuple[Way, ...], ...]


def read_grammar(path: Path) -> Grammar:
    """The grammar of a digits.json; raises DataError."""
    text = read_text(path)
    with strangers(str(path), '{"spread", "digits": [[{"share", "strokes"}]]}', DataError):
        data = json.loads(text)
        spread = {name: (int(data["spread"][name][0]), int(data["spread"][name][1])) for name in FEATURES}
        digits = tuple(tuple(_way(way["share"], way["strokes"]) for way in ways) for ways in data["digits"])
        return Grammar(spread, digits)


def _way(share: int, strokes: Sequence[Sequence[Sequence[int]]]) -> Way:
    return Way(share, tuple(np.array([[*point, 0][:3] for point in stroke], np.int64) for stroke in strokes))


def draw_digits(grammar: Grammar, seed: int, numbers: Sequence[int] | range) -> tuple[Images, NDArray[np.int64]]:
    """The images of these numbers, [count, 784], and the digits that they show."""
    which = np.asarray(numbers, np.uint32)
    images = np.zeros((len(which), SIDE * SIDE), np.uint8)
    state = _generator(seed, which)
    digits = (_next(state) % len(grammar.digits)).astype(np.int64)
    picks = _next(state)
    for digit, ways in enumerate(grammar.digits):
        shares = np.cumsum([way.share for way in ways])
        taken = np.searchsorted(shares, picks % np.uint32(shares[-1]), side="right")
        for number, way in enumerate(ways):
            (those,) = np.nonzero((digits == digit) & (taken == number))
            for start in range(0, len(those), _AT_ONCE):
                part = those[start : start + _AT_ONCE]
                images[part] = _draw(grammar.spread, way, [word[part] for word in state])
    return images, digits


def _generator(seed: int, streams: Words) -> list[Words]:
    """sfc32, as createGenerator of site_template/js/draw/draws.js, for many streams at once."""
    state = [np.full_like(streams, seed), streams.copy(), np.full_like(streams, 0x9E3779B9), np.ones_like(streams)]
    for _ in range(15):
        _next(state)
    return state


def _next(state: list[Words]) -> Words:
    word: Words = state[0] + state[1] + state[3]
    state[3] = state[3] + np.uint32(1)
    state[0] = state[1] ^ (state[1] >> np.uint32(9))
    state[1] = state[2] + (state[2] << np.uint32(3))
    state[2] = ((state[2] << np.uint32(21)) | (state[2] >> np.uint32(11))) + word
    return word


def _bell(state: list[Words], spread: tuple[int, int]) -> Numbers:
    """Draws from a bell curve: the sum of four bytes, which has a standard deviation of 148."""
    total = _next(state).astype("<u4").view(np.uint8).reshape(-1, 4).sum(axis=1, dtype=np.int64)
    mean, deviation = spread
    drawn: Numbers = mean + (deviation * (total - 510)) / 148
    return drawn


def _draw(spread: Mapping[str, tuple[int, int]], way: Way, state: list[Words]) -> Images:
    """Images that are written in one way, [count, 784]."""
    turn = _bell(state, spread["turn"]) / 100
    slant = _bell(state, spread["slant"]) / 100
    stretch = 1 + np.maximum(_bell(state, spread["stretch"]) / 100, _NARROWEST)
    radius = np.maximum(_bell(state, spread["radius"]), _THINNEST)
    edge = np.maximum(_bell(state, spread["edge"]), _SHARPEST)
    bends = [_bell(state, spread["bend"]) / 100 for _ in range(_BENDS)]
    lines = []
    for stroke in way.strokes:
        points: list[Numbers] = []
        for column, row, corner in stroke.tolist():
            x = (column - 50 + _bell(state, spread["point"])) / 50
            y = (row - 50 + _bell(state, spread["point"])) / 50
            points += [_place(x, y, bends, turn, slant, stretch)] * (2 if corner else 1)
        lines.append(_curve(points))
    nearest = _nearest(lines, _BOX - (2 * radius) / 256)
    return _ink(nearest, radius + edge / 2, edge)


def _place(x: Numbers, y: Numbers, b: Sequence[Numbers], turn: Numbers, slant: Numbers, stretch: Numbers) -> Numbers:
    """A point as it is written this time, [2, count], about [-1, 1] each way."""
    cosine = (1 - turn * turn) / (1 + turn * turn)
    sine = (2 * turn) / (1 + turn * turn)
    u = x + b[0] * (y * y) + b[1] * (x * y) + b[2] * (x * x) + b[3] * (y * y * y) + b[4] * (x * y * y)
    v = y + b[5] * (x * x) + b[6] * (x * y) + b[7] * (y * y) + b[8] * (x * x * x) + b[9] * (y * y * y)
    across = (u - slant * v) * stretch
    return np.stack([across * cosine - v * sine, across * sine + v * cosine])


def _curve(points: Sequence[Numbers]) -> Numbers:
    """A smooth line through the points of a stroke, [length, 2, count] (Catmull and Rom 1974)."""
    line = []
    for k in range(len(points) - 1):
        before, after = points[max(k - 1, 0)], points[min(k + 2, len(points) - 1)]
        for t in (piece / _PIECES for piece in range(_PIECES)):
            a, b = (-t + 2 * t * t - t * t * t) / 2, (2 - 5 * t * t + 3 * t * t * t) / 2
            c, d = (t + 4 * t * t - 3 * t * t * t) / 2, (t * t * t - t * t) / 2
            line.append(a * before + b * points[k] + c * points[k + 1] + d * after)
    return np.stack([*line, points[-1]])


def _nearest(lines: Sequence[Numbers], extent: Numbers) -> Numbers:
    """Squared distance of each pixel's centre, [count, side, side], to the nearest line.

    The lines are scaled so that the longer side of what they span is `extent` pixels, and put in the middle.
    """
    every = np.concatenate(lines)
    low, high = every.min(axis=0), every.max(axis=0)
    scale = extent / (high - low).max(axis=0)
    middle = (low + high) / 2
    nearest = np.full((len(extent), SIDE, SIDE), float(_FAR))
    centre = np.arange(SIDE) + 0.5
    for line in lines:
        placed = (line - middle) * scale + _MIDDLE
        for (from_x, from_y), (to_x, to_y) in itertools.pairwise(placed):
            x, y = centre - from_x[:, None], centre - from_y[:, None]
            along_x, along_y = to_x - from_x, to_y - from_y
            squared = along_x * along_x + along_y * along_y
            dot = (x * along_x[:, None])[:, None, :] + (y * along_y[:, None])[:, :, None]
            share = dot / np.where(squared > 0, squared, 1)[:, None, None]  # of no length: dot is 0 as well
            along = np.clip(share, 0, 1)
            off_x = x[:, None, :] - along * along_x[:, None, None]
            off_y = y[:, :, None] - along * along_y[:, None, None]
            np.minimum(nearest, off_x * off_x + off_y * off_y, out=nearest)
    return nearest


def _ink(nearest: Numbers, outer: Numbers, edge: Numbers) -> Images:
    """Ink by distance, and its centre of mass brought to the middle, by whole pixels."""
    roots = _ROOTS[np.floor(nearest * _CELLS).astype(np.int64)]
    ink = np.floor(((outer[:, None, None] - roots) * 255) / edge[:, None, None])
    inked = np.clip(ink, 0, 255).astype(np.int64)
    at, total = np.arange(SIDE), inked.sum(axis=(1, 2))
    right = np.floor(_MIDDLE - (inked.sum(axis=1) * at).sum(axis=1) / total).astype(np.int64)
    down = np.floor(_MIDDLE - (inked.sum(axis=2) * at).sum(axis=1) / total).astype(np.int64)
    padded = np.pad(inked, ((0, 0), (SIDE, SIDE), (SIDE, SIDE)))
    rows, columns = SIDE + at - down[:, None], SIDE + at - right[:, None]
    moved = padded[np.arange(len(inked))[:, None, None], rows[:, :, None], columns[:, None, :]]
    images: Images = moved.reshape(len(inked), -1).astype(np.uint8)
    return images
