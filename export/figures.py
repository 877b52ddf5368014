"""What the page's figures show, from weights/report.json: shares of ink, the noise x noise table, learning curves.

In:  the report and the models of the site; models trained elsewhere, and what the report lacks, are left out.
Out: numbers and places for the template; no words.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from export.page import Model

HEATS = 9  # the last shade of a cell
HEATS_PER_DOUBLING = 3  # a shade more for each factor 2^(1/3) over the column's best

# A plot of curves, in the units of its viewBox of 330 x 216; on a phone about one CSS pixel each.
LEFT, RIGHT, TOP, BOTTOM = 44, 286, 12, 186  # of the field that the curves are in
NEAREST = 28  # points nearer than this along the epochs are thinned out
LABEL_GAP = 14  # between the lines of two labels

# The models that the article of 2015 speaks of.
MASKING, SALT, GAUSSIAN, PLAIN = "masking-80", "salt-and-pepper-50", "gaussian-075", "none"


@dataclass(frozen=True)
class Share:
    """What a model does to half a digit, or to specks, as shares of the ink in question."""

    model: Model
    good: float  # restored, or removed
    bad: float  # added wrongly, or lost


@dataclass(frozen=True)
class Cell:
    """The test loss of a model under the noise of another."""

    noise: Model
    loss: float  # nats an image
    heat: int  # 0 to HEATS: how far it is from the best of its column
    best: bool  # of its column


@dataclass(frozen=True)
class Row:
    """One model's line of the table."""

    model: Model
    cells: tuple[Cell | None, ...]  # one for each column


@dataclass(frozen=True)
class Table:
    """Test losses: a row for each model, a column for each noise."""

    noises: tuple[Model, ...]
    rows: tuple[Row, ...]
    own_is_best: bool  # each noise is undone best by the model that was trained on it


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: int
    value: int


@dataclass(frozen=True)
class Curve:
    """Loss by epoch: the points of two SVG polylines, and the height of the label at their end."""

    model: Model
    training: str
    validation: str  # empty where nothing was held out
    last: float  # training loss, nats an image
    label: int


@dataclass(frozen=True)
class Plot:
    """Learning curves of all models on common axes, both logarithmic, in panels by noise."""

    panels: Mapping[str, tuple[Curve, ...]]  # by kind of noise
    epochs: tuple[Tick, ...]
    losses: tuple[Tick, ...]
    validated: bool  # some curve has a validation loss


@dataclass(frozen=True)
class Figures:
    """All figures; what the report does not have is empty or None."""

    completion: Mapping[str, Share]  # by model
    cleaning: Mapping[str, Share]
    losses: Mapping[str, Mapping[str, float]]  # test loss by model and by noise
    table: Table | None
    plot: Plot | None
    alike: bool  # the models differ in their noise only, as far as initial weight and order of the images go
    article: bool  # the article's three sentences can be read off the report


def make_figures(report: Mapping[str, Any], models: Sequence[Model]) -> Figures:
    """All that the report has on the models of the site."""
    entries = _mapping(report.get("models"))
    rows = {one: row for one in models if not one.own and (row := _mapping(entries.get(one.name)))}
    completion = _shares(rows, "completion", "restored", "added")
    cleaning = _shares(rows, "cleaning", "removed", "lost")
    losses = {one.name: _losses(row) for one, row in rows.items()}
    return Figures(
        completion=completion,
        cleaning=cleaning,
        losses=losses,
        table=_table(list(rows), losses),
        plot=_plot(rows),
        alike=len(rows) == len(models) and _alike(rows.values()),
        article=_article_holds(completion, cleaning, losses),
    )


def _shares(rows: Mapping[Model, Mapping[str, Any]], what: str, good: str, bad: str) -> dict[str, Share]:
    shares: dict[str, Share] = {}
    for model, row in rows.items():
        numbers = _numbers(_mapping(row.get(what)).get(key) for key in (good, bad))
        if numbers:
            shares[model.name] = Share(model, *numbers)
    return shares


def _losses(row: Mapping[str, Any]) -> dict[str, float]:
    losses = _mapping(row.get("test_loss_by_noise"))
    return {name: loss for name, loss in losses.items() if _numbers([loss]) and loss > 0}


def _table(models: Sequence[Model], losses: Mapping[str, Mapping[str, float]]) -> Table | None:
    noises = tuple(one for one in models if any(one.name in row for row in losses.values()))
    if not noises:
        return None
    best = {one.name: min(row[one.name] for row in losses.values() if one.name in row) for one in noises}
    rows = tuple(Row(one, tuple(_cell(losses[one.name], noise, best) for noise in noises)) for one in models)
    own = [losses[one.name].get(one.name) == best[one.name] for one in noises]
    return Table(noises, rows, own_is_best=all(own))


def _cell(losses: Mapping[str, float], noise: Model, best: Mapping[str, float]) -> Cell | None:
    if noise.name not in losses:
        return None
    loss = losses[noise.name]
    doublings = math.log2(loss / best[noise.name])
    return Cell(noise, loss, min(HEATS, math.ceil(HEATS_PER_DOUBLING * doublings)), doublings == 0)


def _plot(rows: Mapping[Model, Mapping[str, Any]]) -> Plot | None:
    curves: dict[Model, tuple[list[float], list[float]]] = {}
    for model, row in rows.items():
        curve = _mapping(row.get("curve"))
        training, validation = (_numbers(curve.get(key) or []) for key in ("training", "validation"))
        if len(training) > 1 and min(training + validation) > 0:
            curves[model] = training, validation
    if not curves:
        return None
    everything = [loss for pair in curves.values() for losses in pair for loss in losses]
    x = _Axis(1, max(len(losses) for pair in curves.values() for losses in pair), LEFT, RIGHT)
    y = _Axis(min(everything) / 1.05, max(everything), BOTTOM, TOP)
    kinds = dict.fromkeys(model.noise for model in curves)
    return Plot(
        panels={kind: _panel({m: pair for m, pair in curves.items() if m.noise == kind}, x, y) for kind in kinds},
        epochs=x.ticks(),
        losses=y.ticks(),
        validated=any(validation for _, validation in curves.values()),
    )


def _panel(curves: Mapping[Model, tuple[list[float], list[float]]], x: "_Axis", y: "_Axis") -> tuple[Curve, ...]:
    labels = _spread([y.place(training[-1]) for training, _ in curves.values()])
    return tuple(
        Curve(model, _points(training, x, y), _points(validation, x, y), training[-1], label)
        for (model, (training, validation)), label in zip(curves.items(), labels, strict=True)
    )


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis from `low` at `start` to `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        return self.start + (self.end - self.start) * math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self) -> tuple[Tick, ...]:
        """At 1, 2 and 5 times the powers of ten."""
        powers = range(math.floor(math.log10(self.high)) + 1)
        values = [step * 10**power for power in powers for step in (1, 2, 5)]
        return tuple(Tick(round(self.place(v)), v) for v in values if self.low <= v <= self.high)


def _points(losses: Sequence[float], x: _Axis, y: _Axis) -> str:
    """The points of a polyline; of those that are crowded along the epochs, some, and always the last."""
    places = [(x.place(epoch), y.place(loss)) for epoch, loss in enumerate(losses, 1)]
    kept = places[:1]
    for place in places[1:-1]:
        if min(place[0] - kept[-1][0], places[-1][0] - place[0]) >= NEAREST:
            kept.append(place)
    kept += places[1:][-1:]
    return " ".join(f"{across:.0f},{down:.0f}" for across, down in kept)


def _spread(places: Sequence[float]) -> list[int]:
    """Heights for labels near `places`, LABEL_GAP apart and within the field."""
    order = sorted(range(len(places)), key=lambda k: places[k])
    spread = [0] * len(places)
    room = BOTTOM - LABEL_GAP * (len(places) - 1)  # the lowest place of the topmost label
    last = -math.inf
    for position, k in enumerate(order):
        last = max(last + LABEL_GAP, min(places[k], room + LABEL_GAP * position))
        spread[k] = round(last)
    return spread


def _alike(rows: Iterable[Mapping[str, Any]]) -> bool:
    """The recipes agree in what decides the initial weight and the order of the images, the same in any batches."""
    recipes = [_mapping(row.get("recipe")) for row in rows]
    known = [tuple(recipe.get(key) for key in ("hidden", "seed")) for recipe in recipes]
    return None not in known[0] and all(one == other for one, other in pairwise(known)) if known else False


def _article_holds(
    completion: Mapping[str, Share], cleaning: Mapping[str, Share], losses: Mapping[str, Mapping[str, float]]
) -> bool:
    """The text repeats the article's sentences only where these models show them."""
    names = (MASKING, GAUSSIAN, SALT, PLAIN)
    if any(name not in table for name in names for table in (completion, cleaning, losses)):
        return False
    if any(noise not in losses[name] for name in (PLAIN, MASKING) for noise in (PLAIN, MASKING)):
        return False
    masking, gaussian, salt, plain = (completion[name].good for name in names)
    clean = losses[PLAIN][PLAIN] < losses[MASKING][PLAIN] and losses[MASKING][MASKING] < losses[PLAIN][MASKING]
    return masking > gaussian > 0.1 > max(salt, plain) and cleaning[SALT].good > 0.95 > cleaning[PLAIN].good and clean


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _numbers(values: Iterable[Any]) -> list[float]:
    """The values as numbers; none where one of them is no finite number."""
    found = list(values)
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in found):
        return []
    return [float(value) for value in found] if all(map(math.isfinite, found)) else []
