"""`models.toml` read and checked: which data set, which models, and the recipe of each.

In:  the path of a TOML file with [dataset], [defaults] and one [[model]] for each noise and level.
Out: a `Config` of plain frozen data; every fault is a `ConfigError` that names file, key, what is allowed and what
     was got.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from train.errors import ConfigError
from train.noise import NOISES

LARGEST = 1e300  # of any number; what is larger may not even be a float
LONGEST_NAME = 64  # letters of a model's name, which becomes that of its files
DATASETS = ("mnist", "fashion_mnist", "kmnist", "custom")
ARRAYS = ("weight", "hidden_bias", "visible_bias")  # keys of a [[model]] with a file: what its arrays are called
SCHEDULES = ("cosine", "constant")
CENTRINGS = ("none", "input", "both")
NUMBERS_VERSION = 1  # raised when a change of the code changes the numbers that a recipe gives
COPIES_VERSION = 2  # the same, of recipes with several copies of each image
ROWS_TO_DIVIDE = 1000  # of a step, from which on two cores together are used well by one model


@dataclass(frozen=True)
class Recipe:
    """All that decides a model's numbers beside its noise and its data set."""

    hidden: int = 500  # hidden units
    epochs: int = 50  # passes over the training images
    batch: int = 100  # images a step
    seed: int = 0  # of the initial weight, the order of the batches and the noise
    learning_rate: float = 8e-3  # Adam's, at the top of the schedule
    schedule: str = "cosine"  # "cosine": warm-up, then half a cosine down to 0; "constant": one rate throughout
    warmup: float = 0.05  # share of all steps in which the rate rises from 0
    b1: float = 0.9  # Adam's decay of the mean gradient, per step
    b2: float = 0.999  # Adam's decay of the mean squared gradient, per step
    copies: int = 1  # of each image in a step, each with other noise, spread evenly over what the noise can do
    # "input": Adam's steps are those of the network fed with inputs less their mean; "both": and codes less theirs
    centring: str = "none"
    initial_bias: float = 0.0  # of every hidden unit; below 0 few are active at first
    weight_decay: float = 0.0  # share of the weight that a step at rate 1 takes away, beside Adam's change

    @property
    def epoch_cost(self) -> int:
        """What an epoch costs, to a factor that all recipes have in common."""
        return self.copies * self.hidden

    @property
    def threads(self) -> int:
        """Over how many threads every step is divided: a part of the recipe, for the bits may depend on it."""
        return 2 if self.batch * self.copies >= ROWS_TO_DIVIDE else 1


# What recipes could not say at first: where it is as it was then, fingerprints are, too.
_ADDED: Mapping[str, Any] = {
    key: getattr(Recipe, key) for key in ("copies", "centring", "initial_bias", "weight_decay")
}


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

    def fingerprint(self) -> str:
        """16 hex digits that change whenever anything changes that decides the numbers."""
        recipe = {key: value for key, value in asdict(self.recipe).items() if value != _ADDED.get(key)}
        deciding = {
            "version": NUMBERS_VERSION if self.recipe.copies == 1 else COPIES_VERSION,
            "noise": self.noise,
            "level": self.level,
            "dataset": self.dataset,
            "recipe": recipe,
        }
        canonical = json.dumps(deciding, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Config:
    """A whole `models.toml`."""

    path: Path
    dataset: str
    models: tuple[ModelSpec, ...]
    defaults: Recipe


def model_name(noise: str, level: float) -> str:
    """The name that follows from noise and level, e.g. "masking-80", "gaussian-075", "none"."""
    level_name = NOISES[noise].level_name(level)
    return f"{noise}-{level_name}" if level_name else noise


def with_epochs(config: Config, epochs: int) -> Config:
    """The same models, trained for another number of epochs."""
    _checked("--epochs", "epochs", epochs, _RECIPE_CHECKS["epochs"])
    models = tuple(replace(spec, recipe=replace(spec.recipe, epochs=epochs)) for spec in config.models)
    return replace(config, models=models, defaults=replace(config.defaults, epochs=epochs))


def with_seed(specs: Sequence[ModelSpec], seed: int) -> list[ModelSpec]:
    """The same models, from another seed."""
    _checked("--seed", "seed", seed, _RECIPE_CHECKS["seed"])
    return [replace(spec, recipe=replace(spec.recipe, seed=seed)) for spec in specs]


def read_config(path: Path) -> Config:
    """Read and check `models.toml` at `path`."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    _refuse_unknown(f"{path}", tables, ("dataset", "defaults", "model"))
    dataset = _dataset(f"{path}: [dataset]", tables.get("dataset", {}))
    defaults = _recipe(f"{path}: [defaults]", tables.get("defaults", {}), Recipe())
    entries = tables.get("model", [])
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{path}: expected at least one [[model]], got none")
    models = tuple(
        _model(f"{path}: [[model]] {number}", entry, dataset, defaults, path.parent)
        for number, entry in enumerate(entries, 1)
    )
    _refuse_duplicates(path, models)
    return Config(path, dataset, models, defaults)


Check = tuple[type, Callable[[Any], bool], str]  # type, what is allowed, and that in words


def _whole(minimum: int, maximum: int) -> Check:
    return int, lambda value: minimum <= value <= maximum, f"a whole number from {minimum} to {maximum}"


def _share(words: str, allowed: Callable[[float], bool]) -> Check:
    return float, lambda value: abs(value) <= LARGEST and allowed(value), words


_RECIPE_CHECKS: dict[str, Check] = {
    "hidden": _whole(1, 65_536),
    "epochs": _whole(1, 10_000),
    "batch": _whole(1, 60_000),
    "seed": _whole(0, 2**31 - 1),
    "learning_rate": _share("a number above 0, at most 1", lambda value: 0 < value <= 1),
    "schedule": (str, lambda value: value in SCHEDULES, " or ".join(f'"{word}"' for word in SCHEDULES)),
    "warmup": _share("a number in [0, 1)", lambda value: 0 <= value < 1),
    "b1": _share("a number in [0, 1)", lambda value: 0 <= value < 1),
    "b2": _share("a number in [0, 1)", lambda value: 0 <= value < 1),
    "copies": _whole(1, 1000),
    "centring": (str, lambda value: value in CENTRINGS, " or ".join(f'"{word}"' for word in CENTRINGS)),
    "weight_decay": _share("a number in [0, 1]", lambda value: 0 <= value <= 1),
    "initial_bias": _share("a number from -100 to 100", lambda value: -100 <= value <= 100),
}


def _refuse_unknown(where: str, table: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in table:
        if key not in allowed:
            raise ConfigError(f"{where}: unknown key {key!r}, expected one of {', '.join(allowed)}")


def _table(where: str, table: Any) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise ConfigError(f"{where}: expected a table, got {table!r}")
    return table


def _checked(where: str, key: str, value: Any, check: Check) -> Any:
    """The value, as the type asked for, if it is allowed."""
    kind, allowed, words = check
    fits = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
    if not fits or not allowed(value):
        raise ConfigError(f"{where}: {key}: expected {words}, got {value!r}")
    return kind(value)


def _dataset(where: str, table: Any) -> str:
    table = _table(where, table)
    _refuse_unknown(where, table, ("name",))
    words = "one of " + ", ".join(f'"{name}"' for name in DATASETS)
    name: str = _checked(where, "name", table.get("name", "mnist"), (str, lambda value: value in DATASETS, words))
    return name


def _recipe(where: str, table: Any, base: Recipe) -> Recipe:
    table = _table(where, table)
    _refuse_unknown(where, table, tuple(_RECIPE_CHECKS))
    return replace(base, **{key: _checked(where, key, value, _RECIPE_CHECKS[key]) for key, value in table.items()})


def _model(where: str, table: Any, dataset: str, defaults: Recipe, folder: Path) -> ModelSpec:
    table = dict(_table(where, table))
    own = ("noise", "level", "name", "file", *ARRAYS, "transposed")
    _refuse_unknown(where, table, own + tuple(_RECIPE_CHECKS))
    recipe = _recipe(where, {key: value for key, value in table.items() if key not in own}, defaults)
    file = table.get("file")
    noise, level = _noise(where, table, optional=file is not None)
    if NOISES[noise].draw is None:
        recipe = replace(recipe, copies=1)  # with no noise to tell them apart, copies would only cost time
    name = _name(where, table, model_name(noise, level))
    if file is None:
        for key in (*ARRAYS, "transposed"):
            if key in table:
                raise ConfigError(f"{where}: {key}: expected only where there is a file, got {table[key]!r}")
        return ModelSpec(name, noise, level, dataset, recipe)
    file = _checked(where, "file", file, (str, lambda value: value != "", "the path of a weights file"))
    words: Check = (str, lambda value: value != "", "the name of an array in the file")
    arrays = tuple((key, _checked(where, key, table[key], words)) for key in ARRAYS if key in table)
    transposed = table.get("transposed")
    if transposed is not None and not isinstance(transposed, bool):
        raise ConfigError(f"{where}: transposed: expected true or false, got {transposed!r}")
    return ModelSpec(name, noise, level, dataset, recipe, folder / file, arrays, transposed)


def _name(where: str, table: Mapping[str, Any], derived: str) -> str:
    """The model's own name, else the one derived from noise and level, which may have as many digits as the level."""
    if "name" in table:
        slug = f"small letters, digits, '.' and '-', at most {LONGEST_NAME}"
        name: str = _checked(where, "name", table["name"], (str, _is_slug, slug))
        return name
    if len(derived) > LONGEST_NAME:
        raise ConfigError(
            f"{where}: level: expected one that makes a name of at most {LONGEST_NAME} letters, got "
            f"{table['level']!r}, which makes {len(derived)}; give the model a `name`"
        )
    return derived


def _is_slug(value: str) -> bool:
    letters = set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    return 0 < len(value) <= LONGEST_NAME and set(value) <= letters and value[0] not in "-."


def _noise(where: str, table: Mapping[str, Any], *, optional: bool) -> tuple[str, float]:
    """Kind and level of the noise; a model trained elsewhere (`optional`) may leave both out."""
    if "noise" not in table and not optional:
        raise ConfigError(f"{where}: noise: expected one of {', '.join(NOISES)}, got nothing")
    words = "one of " + ", ".join(f'"{kind}"' for kind in NOISES)
    kind: str = _checked(where, "noise", table.get("noise", "none"), (str, lambda value: value in NOISES, words))
    noise = NOISES[kind]
    if "level" not in table:
        if noise.maximum > 0:
            raise ConfigError(f"{where}: level: expected {_levels(kind)}, got nothing")
        return kind, 0.0
    allowed = _share(_levels(kind), lambda value: noise.minimum <= value <= noise.maximum)
    level: float = _checked(where, "level", table["level"], allowed)
    return kind, level + 0.0  # -0.0 becomes 0.0


def _levels(kind: str) -> str:
    return f"a number in [{NOISES[kind].minimum:g}, {NOISES[kind].maximum:g}]"


def _refuse_duplicates(path: Path, models: tuple[ModelSpec, ...]) -> None:
    first: dict[str, int] = {}
    for number, model in enumerate(models, 1):
        if model.name in first:
            earlier = first[model.name]
            raise ConfigError(
                f"{path}: [[model]] {number}: expected another noise and level, or a name of its own, "
                f"got {model.name!r} again, as in [[model]] {earlier}"
            )
        first[model.name] = number
