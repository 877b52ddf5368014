"""Rows of a report with made-up numbers, for tests that need some and not which."""

from collections.abc import Mapping

from train.learn.measures import Cleaning, Completion, Measures
from train.run.report import Curve, Report, Row, row_of
from train.settings.config import ModelSpec, model_name
from train.settings.recipe import Recipe


def make_measures(
    losses: Mapping[str, float] | None = None, restored: float = 0.5, removed: float = 0.5, test_loss: float = 100.5
) -> Measures:
    """Some measures."""
    return Measures(test_loss, test_loss, dict(losses or {}), Completion(restored, 0.1), Cleaning(removed, 0.1))


def make_spec(noise: str = "masking", level: float = 0.5, recipe: Recipe | None = None) -> ModelSpec:
    """A model of images of one's own."""
    return ModelSpec(model_name(noise, level), noise, level, "custom", recipe or Recipe())


def make_row(
    spec: ModelSpec,
    losses: Mapping[str, float] | None = None,
    training: tuple[float, ...] = (),
    validation: tuple[float, ...] = (),
) -> Row:
    """A model's row, with these losses by noise and by epoch."""
    row = row_of(spec, make_measures(losses))
    return Row(row.noise, row.level, row.recipe, row.fingerprint, row.measures, Curve(training, validation))


def make_report(rows: Mapping[str, Row]) -> Report:
    """A report of these rows."""
    return Report(dataset="custom", noises=tuple(rows), models=rows)
