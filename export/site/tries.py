"""What stands on the walk: up to four models, and spoiled drawings to try on them. Both follow from what the site has.

In:  the sample digits, the models, the data set, the side of its images.
Out: models; tries: a drawing as strokes, and the words of `verdict` for what is asked of a network.

Of each noise the model nearest to the article's level is taken, the plain autoencoder first. Where noises are few, more
levels of them come, those farthest from what is there.

Every drawing lies where MNIST's digits do, and is fed as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from export.draw.strokes import Sample, Stroke, render, stroke

MOST = 4  # models on the walk
# The models of the article of 2015, by noise and level, in its order.
ARTICLE = {"none": 0.0, "masking": 0.8, "salt-and-pepper": 0.5, "gaussian": 0.75}
SIDE = 28.0  # pixels along an edge of the images for which all this is drawn
# Dots of the pen around a digit, and fewer of them where a part of it is missing as well.
DOTS = ((6.5, 8.5), (21.5, 10.5), (7.5, 17.5), (22.5, 17.5), (9, 5.25), (5.5, 13.5), (22.5, 21.5))
FEW_DOTS = ((5.25, 6.5), (22.5, 9), (5.25, 21), (22.5, 21))
# A shirt, filled as Fashion-MNIST's are: one line to and fro, sleeves first.
SHIRT = (
    ((9, 5.5), (19, 5.5), (21, 7), (7, 7), (5.5, 9), (22.5, 9), (22.5, 11), (5.5, 11), (5.5, 13), (8, 13)),
    ((22.5, 13), (20, 13)),
    ((9.5, 13), (18.5, 13), (18.5, 15), (9.5, 15), (9.5, 17), (18.5, 17), (18.5, 19), (9.5, 19), (9.5, 21), (18.5, 21)),
    ((9.5, 22.75), (18.5, 22.75)),
)
HALVED, DOTTED, BOTH = 2, 5, 0  # the digits that are spoiled so
ASKS = {"half": ("completes", "fills"), "dots": ("cleans",), "both": ("both",)}
# Of each drawing's points, so many are drawn where a part is missing.
HALF_OF_2, MOST_OF_0 = 12, 14

Pixels = NDArray[np.float64]


@runtime_checkable
class Shown(Protocol):
    """What is asked of a model here."""

    @property
    def noise(self) -> str:
        """A key of NOISES."""

    @property
    def level(self) -> float:
        """Of its noise."""

    @property
    def external(self) -> bool:
        """Trained elsewhere."""


AnyModel = TypeVar("AnyModel", bound=Shown)


@dataclass(frozen=True)
class Try:
    """A spoiled drawing."""

    name: str  # "half", "dots" or "both"
    asks: tuple[str, ...]  # words for an answer that does what is asked: finishes it, cleans it, or some of both
    strokes: tuple[Stroke, ...]
    pixels: Pixels  # [side * side], as drawn


def choose_models(models: Sequence[AnyModel]) -> tuple[AnyModel, ...]:
    """One to four models, spread over the noises, in the article's order."""
    order = [*ARTICLE, *dict.fromkeys(model.noise for model in models if model.noise not in ARTICLE)]
    groups = [_by_interest([model for model in models if model.noise == noise]) for noise in order]
    chosen = [group[turn] for turn in range(len(models)) for group in groups if turn < len(group)][:MOST]
    return tuple(sorted(chosen, key=lambda model: (order.index(model.noise), model.level)))


def _by_interest(models: Sequence[AnyModel]) -> list[AnyModel]:
    """The first few: nearest to the article's level, then farthest from all before; external ones come last."""
    left = list(models)
    found: list[AnyModel] = []
    while left and len(found) < MOST:
        if found:
            best = max(left, key=lambda model: (not model.external, min(abs(model.level - one.level) for one in found)))
        else:
            best = min(left, key=lambda model: (model.external, abs(model.level - ARTICLE.get(model.noise, 0.5))))
        left.remove(best)
        found.append(best)
    return found


def make_tries(samples: Sequence[Sample], dataset: str, side: int) -> tuple[Try, ...]:
    """The three tries, drawn for images of `side` x `side` pixels: digits, or a shirt where the images show clothes."""
    if dataset == "fashion_mnist":
        shirt = [stroke("soft", points) for points in SHIRT]
        half, whole, most = shirt[:1], shirt, shirt[:2]
    else:
        digits = [list(sample.strokes) for sample in samples]
        half, whole, most = _cut(digits[HALVED], HALF_OF_2), digits[DOTTED], _cut(digits[BOTH], MOST_OF_0)
    drawings = {"half": half, "dots": [*whole, *_dots(DOTS)], "both": [*most, *_dots(FEW_DOTS)]}
    return tuple(_make_try(name, strokes, side) for name, strokes in drawings.items())


def _make_try(name: str, drawing: Sequence[Stroke], side: int) -> Try:
    strokes = tuple(stroke(one.tool, one.points * side / SIDE) for one in drawing)
    return Try(name, ASKS[name], strokes, render(strokes, side).astype(np.float64))


def _cut(strokes: Sequence[Stroke], points: int) -> list[Stroke]:
    """The first stroke up to a point, as where a pen gave out."""
    return [Stroke(strokes[0].tool, strokes[0].points[:points])]


def _dots(places: Sequence[tuple[float, float]]) -> list[Stroke]:
    return [stroke("soft", [place]) for place in places]
