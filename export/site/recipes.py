"""How the models were trained, as the page of numbers tells it: the one recipe, or where the recipes differ.

In:  the report and the models of the site; models trained elsewhere are left out.
Out: values as text, a line for each hyperparameter; no words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from export.site.model import Model
from train.run.report import Report
from train.settings.recipe import HYPERPARAMETERS


@dataclass(frozen=True)
class Line:
    """A hyperparameter of all models."""

    name: str  # a field of Recipe; its words are the message `recipe.<name>`
    values: tuple[str, ...]  # one where all models have the same, else one for each


@dataclass(frozen=True)
class Recipes:
    """The recipes of all models that were trained here."""

    models: tuple[Model, ...]
    lines: tuple[Line, ...]

    @property
    def alike(self) -> bool:
        """Whether nothing but the noise differs."""
        return all(len(line.values) == 1 for line in self.lines)


def make_recipes(report: Report, models: Sequence[Model]) -> Recipes | None:
    """What the report says of them; None where it says nothing."""
    ours = tuple(model for model in models if not model.external and model.name in report.models)
    recipes = [report.models[model.name].recipe for model in ours]
    if not recipes:
        return None
    lines = []
    for name in HYPERPARAMETERS:
        values = tuple(_text(getattr(recipe, name)) for recipe in recipes)
        lines.append(Line(name, values[:1] if len(set(values)) == 1 else values))
    return Recipes(ours, tuple(lines))


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
