"""What an answer did with the ink that a network was given, in a word: one table of rules, for the build and the page.

In:  what the network was given and what it answered, [side * side] each, row-major, in [0, 1].
Out: how much ink was added, taken away, and lay in loose pieces that are gone; the word that the table has for that.

site_template/js/draw/verdict.js is the same in JavaScript and gets the table as data.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float64]

SEEN = 0.05  # a change of less than this can hardly be seen, and is none
PIECE = 0.25  # pixels with at least so much ink hang together, where they touch at an edge or a corner
GONE = 0.35  # a piece is gone where less than this share of it is left


@dataclass(frozen=True)
class Ink:
    """Sums over the pixels; one is a pixel full of ink."""

    given: float
    added: float
    removed: float
    loose: float  # given in pieces, the largest left out
    gone: float  # of that, given in pieces that are gone


@dataclass(frozen=True)
class Rule:
    """The word for answers whose shares lie within bounds: from the first up to, not including, the second."""

    word: str  # the end of a message's key
    added: tuple[float, float] = (0, math.inf)  # as a share of the ink given
    removed: tuple[float, float] = (0, math.inf)
    loose: tuple[float, float] = (0, math.inf)  # as a share of the ink given
    gone: tuple[float, float] = (0, math.inf)  # as a share of the loose ink


LITTLE = 0.12  # a smaller share is none; the answers to the tries lie well to either side of it
RULES = (  # the first that holds gives the word; the last always holds
    Rule("copies", added=(0, LITTLE), removed=(0, LITTLE)),
    Rule("completes", added=(0.5, math.inf), removed=(0, LITTLE), loose=(0, LITTLE)),
    Rule("fills", removed=(0, LITTLE)),
    Rule("cleans", added=(0, LITTLE), gone=(0.5, math.inf)),
    Rule("thins", added=(0, LITTLE)),
    Rule("both", added=(LITTLE, 0.6)),
    Rule("redraws"),
)
BLANK = "blank"  # the word where there is no ink


def measure(given: Pixels, answer: Pixels) -> Ink:
    """The ink that an answer adds to what was given, and takes away; what is beyond [0, 1] counts as its ends."""
    before = np.clip(given, 0, 1)
    change = np.where(np.abs(answer - before) < SEEN, 0, answer - before)
    numbers = find_pieces(before)
    pieces = [numbers == number for number in range(1, int(numbers.max(initial=0)) + 1)]
    kept = np.minimum(answer, before)
    pieces.sort(key=lambda piece: float(before[piece].sum()), reverse=True)
    loose = [(float(before[piece].sum()), float(kept[piece].sum())) for piece in pieces[1:]]
    return Ink(
        given=float(before.sum()),
        added=float(np.maximum(change, 0).sum()),
        removed=float(np.maximum(-change, 0).sum()),
        loose=sum(ink for ink, _ in loose),
        gone=sum(ink for ink, left in loose if left < GONE * ink),
    )


def find_pieces(pixels: Pixels) -> NDArray[np.int64]:
    """The number of the piece of ink that each pixel is part of, from 1; 0 where there is no ink."""
    side = math.isqrt(pixels.size)
    inked = pixels.reshape(side, side) >= PIECE
    pieces = np.zeros((side, side), np.int64)
    for start in zip(*np.nonzero(inked), strict=True):
        if pieces[start]:
            continue
        number = pieces.max() + 1
        pieces[start], left = number, [start]
        while left:
            row, column = left.pop()
            around = np.s_[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            rows, columns = np.nonzero(inked[around] & (pieces[around] == 0))
            places = [(r + max(row - 1, 0), c + max(column - 1, 0)) for r, c in zip(rows, columns, strict=True)]
            for place in places:
                pieces[place] = number
            left += places
    return pieces.ravel()


def word(ink: Ink, rules: Sequence[Rule] = RULES) -> str:
    """The word of the first rule that holds."""
    if ink.given < 1:
        return BLANK
    shares = {
        "added": ink.added / ink.given,
        "removed": ink.removed / ink.given,
        "loose": ink.loose / ink.given,
        "gone": ink.gone / ink.loose if ink.loose > 0 else 0.0,
    }
    return next(rule.word for rule in rules if all(_within(shares[key], getattr(rule, key)) for key in shares))


def _within(share: float, bounds: tuple[float, float]) -> bool:
    return bool(bounds[0] <= share < bounds[1])


def rules_data() -> Mapping[str, object]:
    """The table and its limits, as the scripts get them; a bound that is not there is null."""
    keys = ("added", "removed", "loose", "gone")
    rules = [{"word": rule.word} | {key: _ends(getattr(rule, key)) for key in keys} for rule in RULES]
    return {"seen": SEEN, "piece": PIECE, "left": GONE, "blank": BLANK, "rules": rules}


def _ends(bounds: tuple[float, float]) -> list[float | None]:
    return [None if math.isinf(bound) else bound for bound in bounds]
