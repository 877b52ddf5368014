"""What was trained is kept: weights that took more epochs are not replaced by a slip, and a short try can be looked at.

In:  models as models.toml has them, and a weights folder.
Out: an error where work would be lost; or the models as they were trained, with what differs, in words.
"""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from export.weights.models import weights_path
from export.weights.weights_file import WeightsError, read_weights
from train.errors import DaeError, typed
from train.run.report import report_path, report_so_far
from train.settings.config import Config, ModelSpec


def refuse_loss(specs: Sequence[ModelSpec], folder: Path, words: Sequence[str] = ()) -> None:
    """Refuse to train models over weights that took more epochs, or that are none of ours.

    `words` are what was asked for beside the names, for the command that does it all the same.
    """
    for spec in specs:
        path = weights_path(spec, folder)
        epochs = read_weights(path).facts.epochs if path.exists() else None
        if epochs is not None and epochs > spec.recipe.epochs:
            raise WeightsError(
                f"{path}: took {epochs} epochs, and would be replaced by weights of {spec.recipe.epochs}: give another "
                f"folder with --weights, or replace it by `{typed('train', spec.name, *words, '--force')}`; "
                f"`{typed('build', '--weights', shlex.quote(str(folder)))}` shows it as it is"
            )


def as_trained(config: Config, folder: Path) -> tuple[Config, list[str]]:
    """The models as those of the folder were trained, where only the recipe differs; a sentence for each that does."""
    found: list[ModelSpec] = []
    notes: list[str] = []
    for spec in config.models:
        real = _trained(spec, folder)
        found.append(real)
        was, asked = asdict(real.recipe), asdict(spec.recipe)
        differing = sorted((key for key in was if was[key] != asked[key]), key=lambda key: (key != "epochs", key))
        if differing:
            told = ", ".join(f"{key} {was[key]} (models.toml: {asked[key]})" for key in differing)
            notes.append(f"{spec.name}: as {weights_path(spec, folder)} was trained: {told}")
    return replace(config, models=tuple(found)), notes


def _trained(spec: ModelSpec, folder: Path) -> ModelSpec:
    """The model with the recipe of its weights file, where that is known; else as it is."""
    path = weights_path(spec, folder)
    if spec.weights_file is not None or not path.exists():
        return spec
    facts = read_weights(path).facts
    recipes = [spec.recipe]
    if facts.epochs is not None and facts.seed is not None:
        recipes.append(replace(spec.recipe, epochs=facts.epochs))
        recipes.append(replace(spec.recipe, epochs=facts.epochs, seed=facts.seed))
    with suppress(DaeError):  # a report is of help, but not needed
        row = report_so_far(report_path(folder)).models.get(spec.name)
        recipes += [row.recipe] if row else []
    tried = (replace(spec, recipe=recipe) for recipe in recipes)
    return next((one for one in tried if one.fingerprint() == facts.recipe), spec)
