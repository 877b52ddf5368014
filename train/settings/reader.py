"""`models.toml` read and checked.

In:  the path of a TOML file with [dataset], [defaults], [page] and one [[model]] for each noise and level.
Out: a `Config`; every fault is a `ConfigError` that names file, key, what is allowed and what was got.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from train.data.noise import NOISES
from train.errors import ConfigError, quote, told
from train.settings.config import Config, ModelSpec, PageSettings, model_name
from train.settings.recipe import HYPERPARAMETERS, Recipe
from train.settings.values import Number, Slug, Text, Truth, Whole, Word, refuse_unknown, table

LONGEST = 1 << 22  # bytes of a models.toml
LONGEST_NAME = 64  # letters of a model's name, which becomes that of its files
DATASETS = ("mnist", "fashion_mnist", "kmnist", "custom")
ARRAYS = ("weight", "hidden_bias", "visible_bias")  # keys of a [[model]] with a file: what its arrays are called
TABLES = ("dataset", "defaults", "page", "model")

DATASET = {"name": Word(DATASETS)}
PAGE = {"training_images": Whole(0, 60_000)}  # as many as MNIST has
NOISE = Word(tuple(NOISES))
LEVELS = {kind: Number(noise.minimum, noise.maximum) for kind, noise in NOISES.items()}
NAME = Slug(LONGEST_NAME)
FILE = Text("the path of a weights file")
ARRAY_NAME = Text("the name of an array in the file")
TRANSPOSED = Truth()
ACTIVATION = Word(("sigmoid",))  # of code and output: the page computes no other, and a file cannot tell
# What only a [[model]] with a file may have.
OF_FILE: Mapping[str, Text | Truth | Word] = {
    **dict.fromkeys(ARRAYS, ARRAY_NAME),
    "transposed": TRANSPOSED,
    "activation": ACTIVATION,
}
MODEL_KEYS = ("noise", "level", "name", "file", *OF_FILE)  # of a [[model]], beside the recipe's


def read_config(path: Path) -> Config:
    """Read and check `models.toml` at `path`."""
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path}: cannot be read: expected a file, got something else")
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
        if len(data) > LONGEST:
            raise ConfigError(f"{path}: cannot be read: expected at most {LONGEST} bytes, got more")
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except ConfigError:
        raise
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except Exception as error:  # tomllib promises no kind over what is nested or long beyond measure
        raise ConfigError(f"{path}: not valid TOML: {told(error)}") from error
    refuse_unknown(f"{path}", tables, TABLES)
    dataset = _dataset(f"{path}: [dataset]", tables.get("dataset", {}))
    defaults = check_recipe(f"{path}: [defaults]", tables.get("defaults", {}), Recipe())
    entries = tables.get("model", [])
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{path}: expected at least one [[model]], got none")
    models = tuple(
        _model(f"{path}: [[model]] {number}", entry, dataset, defaults, path.parent)
        for number, entry in enumerate(entries, 1)
    )
    _refuse_duplicates(path, models)
    return Config(path, dataset, models, defaults, _page(f"{path}: [page]", tables.get("page", {})))


def check_recipe(where: str, value: object, base: Recipe) -> Recipe:
    """`base` with what a table says; `where` opens every message."""
    found = table(where, value)
    refuse_unknown(where, found, tuple(HYPERPARAMETERS))
    checked: dict[str, Any] = {}  # each of the type that Recipe has for it
    for key, one in found.items():
        checked[key] = HYPERPARAMETERS[key].allowed.check(f"{where}: {key}", one)
    return replace(base, **checked)


def _dataset(where: str, value: object) -> str:
    found = table(where, value)
    refuse_unknown(where, found, tuple(DATASET))
    return DATASET["name"].check(f"{where}: name", found.get("name", DATASETS[0]))


def _page(where: str, value: object) -> PageSettings:
    found = table(where, value)
    refuse_unknown(where, found, tuple(PAGE))
    return PageSettings(**{key: PAGE[key].check(f"{where}: {key}", one) for key, one in found.items()})


def _model(where: str, value: object, dataset: str, defaults: Recipe, folder: Path) -> ModelSpec:
    found = table(where, value)
    refuse_unknown(where, found, MODEL_KEYS + tuple(HYPERPARAMETERS))
    recipe = check_recipe(where, {key: one for key, one in found.items() if key not in MODEL_KEYS}, defaults)
    noise, level = _noise(where, found, optional="file" in found)
    name = _name(where, found, model_name(noise, level))
    if "file" not in found:
        for key in OF_FILE:
            if key in found:
                raise ConfigError(f"{where}: {key}: expected only where there is a file, got {quote(found[key])}")
        return ModelSpec(name, noise, level, dataset, recipe)
    file = FILE.check(f"{where}: file", found["file"])
    arrays = tuple((key, ARRAY_NAME.check(f"{where}: {key}", found[key])) for key in ARRAYS if key in found)
    if "activation" in found:
        ACTIVATION.check(f"{where}: activation", found["activation"])
    transposed = found.get("transposed")
    if transposed is not None:
        transposed = TRANSPOSED.check(f"{where}: transposed", transposed)
    return ModelSpec(name, noise, level, dataset, recipe, folder / file, arrays, transposed)


def _name(where: str, found: Mapping[str, object], derived: str) -> str:
    """The model's given name, else the one derived from noise and level, which has as many digits as the level."""
    if "name" in found:
        return NAME.check(f"{where}: name", found["name"])
    if len(derived) > LONGEST_NAME:
        raise ConfigError(
            f"{where}: level: expected one that makes a name of at most {LONGEST_NAME} letters, got "
            f"{quote(found['level'])}, which makes {len(derived)}; give the model a `name`"
        )
    return derived


def _noise(where: str, found: Mapping[str, object], *, optional: bool) -> tuple[str, float]:
    """Kind and level of the noise; a model trained elsewhere (`optional`) may leave both out."""
    if "noise" not in found and not optional:
        raise ConfigError(f"{where}: noise: expected {NOISE.words}, got nothing")
    kind = NOISE.check(f"{where}: noise", found.get("noise", "none"))
    if "level" in found:
        return kind, LEVELS[kind].check(f"{where}: level", found["level"])
    if LEVELS[kind].maximum > 0:
        raise ConfigError(f"{where}: level: expected {LEVELS[kind].words}, got nothing")
    return kind, 0.0


def _refuse_duplicates(path: Path, models: tuple[ModelSpec, ...]) -> None:
    first: dict[str, int] = {}
    for number, model in enumerate(models, 1):
        if model.name in first:
            raise ConfigError(
                f"{path}: [[model]] {number}: expected another noise and level, or a name of its own, "
                f"got {model.name!r} again, as in [[model]] {first[model.name]}"
            )
        first[model.name] = number
