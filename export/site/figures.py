"""What the page's figures show, from weights/report.json: shares of ink, the noise x noise table, learning curves.

In:  the report and the models of the site; models trained elsewhere, and what the report lacks, are left out.
Out: numbers and places for the template; no words.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from export.site.model import Model
from train.run.report import Report, Row
from train.settings.recipe import Recipe

HEATS = 9  # the last shade of a cell
HEATS_PER_DOUBLING = 3  # a shade more for each factor 2^(1/3) over the column's best

# A plot of curves, in the units of its viewBox of 330 x 216; on a phone about one CSS pixel each.
LEFT, RIGHT, TOP, BOTTOM = 44, 286, 12, 186  # of the field that the curves are in
NEAREST = 28  # points nearer than this along the epochs are thinned out
LABEL_GAP = 14  # between the lines of two labels

Losses = tuple[tuple[float, ...], tuple[float, ...]]  # by epoch, of training and of validation

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
class TableRow:
    """One model's line of the table."""

    model: Model
    cells: tuple[Cell | None, ...]  # one for each column


@dataclass(frozen=True)
class Table:
    """Test losses: a row for each model, a column for each noise."""

    noises: tuple[Model, ...]
    rows: tuple[TableRow, ...]
    own_is_best: bool  # each noise is undone best by the model that was trained on it


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: int
    value: int


@dataclass(frozen=True)
class PlotCurve:
    """Loss by epoch: the points of two SVG polylines, and the height of the label at their end."""

    model: Model
    training: str
    validation: str  # empty where nothing was held out
    last: float  # training loss, nats an image
    label: int


@dataclass(frozen=True)
class Plot:
    """Learning curves of all models on common axes, both logarithmic, in panels by noise."""

    panels: Mapping[str, tuple[PlotCurve, ...]]  # by kind of noise
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
    alike: bool  # the models differ in nothing but their noise: all were trained here, by one recipe
    differing: Mapping[str, Mapping[str, int | float | str]]  # by model, its values of what not all have in common
    spread: float | None  # the largest of a test loss over draws of its noise, in nats; None where one is not known
    article: bool  # the article's three sentences can be read off the report

    @property
    def recipes(self) -> str:
        """The recipes in what they differ, in the words of models.toml: "none: hidden 500; masking-50: hidden 1000"."""
        return describe_recipes(self.differing)


def make_figures(report: Report, models: Sequence[Model]) -> Figures:
    """All that the report has on the models of the site."""
    rows = {one: report.models[one.name] for one in models if not one.external and one.name in report.models}
    measures = {one: row.measures for one, row in rows.items()}
    completion = {m.name: Share(m, it.completion.restored, it.completion.added) for m, it in measures.items()}
    cleaning = {m.name: Share(m, it.cleaning.removed, it.cleaning.lost) for m, it in measures.items()}
    losses = {m.name: it.test_loss_by_noise for m, it in measures.items()}
    differences = differing({one.name: row.recipe for one, row in rows.items()})
    return Figures(
        completion=completion,
        cleaning=cleaning,
        losses=losses,
        table=_table(list(rows), losses),
        plot=_plot(rows),
        alike=len(rows) == len(models) > 0 and not differences,
        differing=differences,
        spread=_largest([it.test_loss_spread for it in measures.values()]),
        article=_article_holds(completion, cleaning, losses),
    )


def _largest(spreads: Sequence[float | None]) -> float | None:
    known = [spread for spread in spreads if spread is not None]
    return max(known, default=None) if len(known) == len(spreads) else None


def _table(models: Sequence[Model], losses: Mapping[str, Mapping[str, float]]) -> Table | None:
    noises = tuple(one for one in models if any(one.name in row for row in losses.values()))
    if not noises:
        return None
    best = {one.name: min(row[one.name] for row in losses.values() if one.name in row) for one in noises}
    rows = tuple(TableRow(one, tuple(_cell(losses[one.name], noise, best) for noise in noises)) for one in models)
    own = [losses[one.name].get(one.name) == best[one.name] for one in noises]
    return Table(noises, rows, own_is_best=all(own))


def _cell(losses: Mapping[str, float], noise: Model, best: Mapping[str, float]) -> Cell | None:
    if noise.name not in losses:
        return None
    loss = losses[noise.name]
    doublings = math.log2(loss / best[noise.name])
    return Cell(noise, loss, min(HEATS, math.ceil(HEATS_PER_DOUBLING * doublings)), doublings == 0)


def _plot(rows: Mapping[Model, Row]) -> Plot | None:
    curves: dict[Model, Losses] = {
        model: (row.curve.training, row.curve.validation) for model, row in rows.items() if len(row.curve.training) > 1
    }
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


def _panel(curves: Mapping[Model, Losses], x: "_Axis", y: "_Axis") -> tuple[PlotCurve, ...]:
    labels = _spread([y.place(training[-1]) for training, _ in curves.values()])
    return tuple(
        PlotCurve(model, _points(training, x, y), _points(validation, x, y), training[-1], label)
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


def differing(recipes: Mapping[str, Recipe]) -> dict[str, dict[str, int | float | str]]:
    """Of each model what its recipe says where not all recipes say the same; empty where all are alike."""
    values: dict[str, dict[str, int | float | str]] = {name: asdict(recipe) for name, recipe in recipes.items()}
    keys = [key for key in asdict(Recipe()) if len({recipe[key] for recipe in values.values()}) > 1]
    return {name: {key: recipe[key] for key in keys} for name, recipe in values.items()} if keys else {}


def describe_recipes(differences: Mapping[str, Mapping[str, int | float | str]]) -> str:
    """What `differing` found, as a text."""
    texts = {name: ", ".join(f"{key} {one}" for key, one in values.items()) for name, values in differences.items()}
    return "; ".join(f"{name}: {text}" for name, text in texts.items())


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
