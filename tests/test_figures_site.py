"""The page's figures: numbers of the report in their places, and nothing of what a report lacks."""

import json
from itertools import pairwise
from typing import Any

import pytest

from export.figures import BOTTOM, HEATS, LABEL_GAP, LEFT, RIGHT, TOP, Figures, make_figures
from export.page import Model
from tests.conftest import ROOT
from train.config import model_name, read_config

REPORT: dict[str, Any] = json.loads((ROOT / "weights" / "report.json").read_text())


def model(noise: str, level: float, *, own: bool = False) -> Model:
    return Model(model_name(noise, level), noise, level, 500, 784, "", 0, "", None, own)


MODELS = tuple(model(spec.noise, spec.level) for spec in read_config(ROOT / "models.toml").models)
TWO = (model("none", 0.0), model("masking", 0.5))


def figures(entries: dict[str, Any], models: tuple[Model, ...] = TWO) -> Figures:
    return make_figures({"models": entries}, models)


def curve(training: list[float], validation: list[float] | None = None) -> dict[str, Any]:
    return {"curve": {"training": training, "validation": validation or []}}


def test_the_report_fills_every_figure() -> None:
    made = make_figures(REPORT, MODELS)
    names = {one.name for one in MODELS}
    assert set(made.completion) == set(made.cleaning) == set(made.losses) == names
    assert made.completion["masking-80"].good == REPORT["models"]["masking-80"]["completion"]["restored"]
    assert made.cleaning["none"].bad == REPORT["models"]["none"]["cleaning"]["lost"]
    assert made.table is not None
    assert [[cell and cell.loss for cell in row.cells] for row in made.table.rows] == [
        [REPORT["models"][row.name]["test_loss_by_noise"][column.name] for column in MODELS] for row in MODELS
    ]
    assert made.plot is not None
    assert [[one.model for one in panel] for panel in made.plot.panels.values()] == [
        [one for one in MODELS if one.noise == kind] for kind in ("none", "masking", "salt-and-pepper", "gaussian")
    ]
    assert made.article
    assert made.alike


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"none": {"fingerprint": "0"}},
        {"none": {"completion": {}, "cleaning": None, "test_loss_by_noise": [], "curve": {"training": None}}},
        {"none": {"completion": {"restored": "1", "added": 0}, "curve": {"training": [1.0]}}},
        {"none": {"completion": {"restored": float("nan"), "added": 0}, "test_loss_by_noise": {"none": 0}}},
        {"none": curve([2.0, float("inf")])},
        {"none": curve([2.0, 0.0])},
    ],
)
def test_what_the_report_lacks_is_left_out(entries: dict[str, Any]) -> None:
    made = figures(entries)
    assert (made.completion, made.cleaning, made.table, made.plot) == ({}, {}, None, None)
    assert not made.article


def test_models_trained_elsewhere_are_left_out_even_under_a_known_name() -> None:
    assert make_figures(REPORT, [model("none", 0.0, own=True)]).losses == {}


def test_a_shade_is_a_third_of_a_doubling_over_the_best_of_the_column() -> None:
    losses = {"none": {"none": 50.0, "masking-50": 800.0}, "masking-50": {"none": 100.0, "masking-50": 80.0}}
    table = figures({name: {"test_loss_by_noise": row} for name, row in losses.items()}).table
    assert table is not None
    shades = [[(cell.heat, cell.best) for cell in row.cells if cell] for row in table.rows]
    assert shades == [[(0, True), (HEATS, False)], [(3, False), (0, True)]]
    assert table.own_is_best


def test_a_cell_that_was_not_measured_is_empty() -> None:
    rows = {"none": {"none": 50.0}, "masking-50": {"none": 40.0, "masking-50": 80.0}}
    table = figures({name: {"test_loss_by_noise": row} for name, row in rows.items()}).table
    assert table is not None
    assert table.rows[0].cells[1] is None
    assert not table.own_is_best


def test_curves_lie_between_their_axes() -> None:
    plot = figures({"none": curve([100.0, 70.0, 50.0, 40.0], [90.0, 60.0]), "masking-50": curve([400.0, 80.0])}).plot
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
    plot = figures({one.name: curve([90.0, 40.0 + one.level]) for one in several}, several).plot
    assert plot is not None
    heights = sorted(one.label for one in plot.panels["masking"])
    assert all(later - earlier >= LABEL_GAP for earlier, later in pairwise(heights))
    assert heights[-1] <= BOTTOM


def test_models_are_alike_only_with_the_same_seed() -> None:
    recipe = {"hidden": 500, "seed": 0, "batch": 100}
    same = {one.name: {"recipe": recipe} for one in TWO}
    assert figures(same).alike
    assert not figures(same | {"none": {"recipe": recipe | {"seed": 1}}}).alike
    assert not figures(same, (*TWO, model("gaussian", 1.0, own=True))).alike
    assert not figures({}).alike


@pytest.mark.parametrize("name", ["masking-80", "salt-and-pepper-50", "gaussian-075", "none"])
def test_the_article_is_not_repeated_where_a_model_does_not_show_it(name: str) -> None:
    entries = {key: value for key, value in REPORT["models"].items() if key != name}
    assert not figures(entries, MODELS).article
    worse = {"completion": {"restored": 0.15 if name != "gaussian-075" else 0.05, "added": 0.0}}
    assert not figures(REPORT["models"] | {name: REPORT["models"][name] | worse}, MODELS).article
