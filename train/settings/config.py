"""What `models.toml` says, as plain frozen data: which data set, which models, and the recipe of each."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from train.data.noise import NOISES
from train.settings.recipe import HYPERPARAMETERS, Recipe

NUMBERS_VERSION = 1  # raised when a change of the code changes the numbers that a recipe gives


@dataclass(frozen=True)
class ModelSpec:
    """One model to be shown: its name, what it is trained on, and how."""

    name: str
    noise: str  # a key of NOISES
    level: float
    dataset: str
    recipe: Recipe
    weights_file: Path | None = None  # weights trained elsewhere: shown as they are, never trained here
    arrays: tuple[tuple[str, str], ...] = ()  # which of its arrays is the weight, the hidden and the visible bias
    transposed: bool | None = None  # whether its weight lies [hidden, visible]; None where the biases tell

    def course(self) -> str:
        """The fingerprint of the way a training goes: the same for any number of epochs where the recipe goes on."""
        if not self.recipe.goes_on:
            return self.fingerprint()
        return replace(self, recipe=replace(self.recipe, epochs=Recipe.epochs)).fingerprint()

    def fingerprint(self) -> str:
        """16 hex digits that change whenever anything changes that decides the numbers."""
        deciding = {
            "version": NUMBERS_VERSION,
            "noise": self.noise,
            "level": self.level,
            "dataset": self.dataset,
            "recipe": asdict(self.recipe),
        }
        canonical = json.dumps(deciding, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class PageSettings:
    """What the site has besides its models."""

    training_images: int = 0  # the first so many of the data set's, for networks that learn in the page


@dataclass(frozen=True)
class Config:
    """A whole `models.toml`."""

    path: Path
    dataset: str
    models: tuple[ModelSpec, ...]
    defaults: Recipe
    page: PageSettings = PageSettings()


def model_name(noise: str, level: float) -> str:
    """The name that follows from noise and level, e.g. "masking-80", "gaussian-075", "none"."""
    level_name = NOISES[noise].level_name(level)
    return f"{noise}-{level_name}" if level_name else noise


def with_epochs(config: Config, epochs: int) -> Config:
    """The same models, trained for another number of epochs."""
    HYPERPARAMETERS["epochs"].allowed.check("--epochs: epochs", epochs)
    models = tuple(replace(spec, recipe=replace(spec.recipe, epochs=epochs)) for spec in config.models)
    return replace(config, models=models, defaults=replace(config.defaults, epochs=epochs))


def with_seed(specs: Sequence[ModelSpec], seed: int) -> list[ModelSpec]:
    """The same models, from another seed."""
    HYPERPARAMETERS["seed"].allowed.check("--seed: seed", seed)
    return [replace(spec, recipe=replace(spec.recipe, seed=seed)) for spec in specs]
