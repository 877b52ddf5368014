"""The page's figures: numbers of the report in their places, and nothing of what a report lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from export.site.figures import BOTTOM, HEATS, LABEL_GAP, LEFT, RIGHT, TOP, Figures, make_figures
from export.site.model import Model
from train.learn.measures import Completion
from train.run.report import Row, read_report
from train.settings.config import model_name
from train.settings.reader import read_config
from train.settings.recipe import Recipe
from workshop.checkout import ROOT
from workshop.reports import make_report, make_row, make_spec

REPORT = read_report(ROOT / "weights" / "report.json")
Losses = tuple[float, ...]


def model(noise: str, level: float, *, external: bool = False) -> Model:
    return Model(model_name(noise, level), noise, level, 500, 784, "", 0, "", None, external)


MODELS = tuple(model(spec.noise, spec.level) for spec in read_config(ROOT / "models.toml").models)
TWO = (model("none", 0.0), model("masking", 0.5))


def figures(rows: Mapping[str, Row], models: tuple[Model, ...] = TWO) -> Figures:
    return make_figures(make_report(rows), models)


def rows(
    models: Sequence[Model] = TWO,
    losses: Mapping[str, Mapping[str, float]] | None = None,
    curves: Mapping[str, tuple[Losses, Losses]] | None = None,
) -> dict[str, Row]:
    """A row for each model, with these losses by noise and these curves of training and validation."""
    return {
        one.name: make_row(
            make_spec(one.noise, one.level), (losses or {}).get(one.name), *(curves or {}).get(one.name, ())
        )
        for one in models
    }


def test_the_report_fills_every_figure() -> None:
    made = make_figures(REPORT, MODELS)
    names = {one.name for one in MODELS}
    assert set(made.completion) == set(made.cleaning) == set(made.losses) == names
    assert made.completion["masking-80"].good == REPORT.models["masking-80"].measures.completion.restored
    assert made.cleaning["none"].bad == REPORT.models["none"].measures.cleaning.lost
    assert made.table is not None
    assert [[cell and cell.loss for cell in row.cells] for row in made.table.rows] == [
        [REPORT.models[row.name].measures.test_loss_by_noise[column.name] for column in MODELS] for row in MODELS
    ]
    assert made.plot is not None
    assert [[one.model for one in panel] for panel in made.plot.panels.values()] == [
        [one for one in MODELS if one.noise == kind] for kind in ("none", "masking", "salt-and-pepper", "gaussian")
    ]
    assert made.article
    assert made.alike


def test_the_largest_spread_is_told_where_all_are_known() -> None:
    report = rows(TWO)
    known = {
        name: replace(row, measures=replace(row.measures, test_loss_spread=0.1 * number))
        for number, (name, row) in enumerate(report.items(), 1)
    }
    assert figures(known).spread == 0.2
    assert figures({**known, TWO[0].name: report[TWO[0].name]}).spread is None
    assert figures({}).spread is None


@pytest.mark.parametrize("curve", [(), (1.0,)])
def test_what_the_report_lacks_is_left_out(curve: Losses) -> None:
    made = figures(rows(TWO[:1], curves={"none": (curve, ())}))
    assert (made.table, made.plot) == (None, None)
    assert list(made.completion) == list(made.cleaning) == ["none"]
    empty = figures({})
    assert (empty.completion, empty.cleaning, empty.table, empty.plot) == ({}, {}, None, None)
    assert not made.article
    assert not empty.article


def test_models_trained_elsewhere_are_left_out_even_under_a_known_name() -> None:
    assert make_figures(REPORT, [model("none", 0.0, external=True)]).losses == {}


def test_a_shade_is_a_third_of_a_doubling_over_the_best_of_the_column() -> None:
    losses = {"none": {"none": 50.0, "masking-50": 800.0}, "masking-50": {"none": 100.0, "masking-50": 80.0}}
    table = figures(rows(losses=losses)).table
    assert table is not None
    shades = [[(cell.heat, cell.best) for cell in row.cells if cell] for row in table.rows]
    assert shades == [[(0, True), (HEATS, False)], [(3, False), (0, True)]]
    assert table.own_is_best


def test_a_cell_that_was_not_measured_is_empty() -> None:
    losses = {"none": {"none": 50.0}, "masking-50": {"none": 40.0, "masking-50": 80.0}}
    table = figures(rows(losses=losses)).table
    assert table is not None
    assert table.rows[0].cells[1] is None
    assert not table.own_is_best


def test_curves_lie_between_their_axes() -> None:
    curves = {"none": ((100.0, 70.0, 50.0, 40.0), (90.0, 60.0)), "masking-50": ((400.0, 80.0), ())}
    plot = figures(rows(curves=curves)).plot
    assert plot is not None
    assert plot.validated
    points = [tuple(map(float, pair.split(","))) for pair in plot.panels["none"][0].training.split()]
    assert points[0][0] == LEFT
    assert points[-1][0] == RIGHT
    assert all(TOP <= down <= BOTTOM for _, down in points)
    assert points == sorted(points)
    assert plot.panels["masking"][0].validation == ""
    assert [tick.value for tick in plot.epochs] == [1, 2]
    assert [tick.value for tick in plot.losses] == [50, 100, 200]
    # A doubling is as long wherever it is.
    high, middle, low = (tick.at for tick in reversed(plot.losses))
    assert low - middle == pytest.approx(middle - high, abs=2)  # of whole pixels


def test_labels_keep_apart_and_in_the_field() -> None:
    several = tuple(model("masking", level) for level in (0.1, 0.2, 0.3, 0.4))
    curves = {one.name: ((90.0, 40.0 + one.level), ()) for one in several}
    plot = figures(rows(several, curves=curves), several).plot
    assert plot is not None
    heights = sorted(one.label for one in plot.panels["masking"])
    assert all(later - earlier >= LABEL_GAP for earlier, later in pairwise(heights))
    assert heights[-1] <= BOTTOM


def test_models_are_alike_only_by_one_recipe_for_all() -> None:
    same = rows()
    assert figures(same).alike
    assert figures(same).differing == {}
    assert not figures(same, (*TWO, model("gaussian", 1.0, external=True))).alike
    assert not figures({}).alike
    for change in ({"seed": 1}, {"batch": 50}, {"learning_rate": 1e-3}, {"schedule": "constant"}):
        row = same["none"]
        made = figures(same | {"none": replace(row, recipe=Recipe(**change))})
        assert not made.alike
        key, value = next(iter(change.items()))
        assert made.differing == {"none": {key: value}, "masking-50": {key: getattr(Recipe(), key)}}
        assert made.recipes == f"none: {key} {value}; masking-50: {key} {getattr(Recipe(), key)}"


@pytest.mark.parametrize("name", ["masking-80", "salt-and-pepper-50", "gaussian-075", "none"])
def test_the_article_is_not_repeated_where_a_model_does_not_show_it(name: str) -> None:
    left = {key: row for key, row in REPORT.models.items() if key != name}
    assert not make_figures(replace(REPORT, models=left), MODELS).article
    row = REPORT.models[name]
    worse = replace(row.measures, completion=Completion(0.15 if name != "gaussian-075" else 0.05, 0.0))
    changed = {**REPORT.models, name: replace(row, measures=worse)}
    assert not make_figures(replace(REPORT, models=changed), MODELS).article
