"""How the models were trained, on the page of numbers: one recipe told once, differences told of each."""

from dataclasses import replace

from export.site.model import Model
from export.site.recipes import Line, make_recipes
from train.run.report import Report
from train.settings.recipe import HYPERPARAMETERS, Recipe
from workshop.reports import make_report, make_row, make_spec


def model(name: str, *, external: bool = False) -> Model:
    return Model(name, "masking", 0.5, 500, 784, "", 0, "", None, external)


MODELS = (model("masking-50"), model("masking-80"), model("mine", external=True))


def report(first: Recipe, second: Recipe) -> Report:
    recipes = {"masking-50": (0.5, first), "masking-80": (0.8, second)}
    return make_report({name: make_row(make_spec("masking", *pair)) for name, pair in recipes.items()})


def test_one_recipe_is_told_once_with_every_hyperparameter() -> None:
    found = make_recipes(report(Recipe(), Recipe()), MODELS)
    assert found is not None
    assert found.alike
    assert [line.name for line in found.lines] == list(HYPERPARAMETERS)
    assert Line("learning_rate", ("0.004",)) in found.lines
    assert [one.name for one in found.models] == ["masking-50", "masking-80"]


def test_what_differs_is_told_of_each_model() -> None:
    found = make_recipes(report(Recipe(), replace(Recipe(), learning_rate=0.01)), MODELS)
    assert found is not None
    assert not found.alike
    assert Line("learning_rate", ("0.004", "0.01")) in found.lines
    assert Line("epochs", ("50",)) in found.lines


def test_of_models_trained_elsewhere_nothing_is_said() -> None:
    assert make_recipes(Report(), MODELS) is None
