"""A model's weights as a file: three named tensors and what they were trained for, in the safetensors container.

    weight        [visible, hidden]   row = pixel, one copy for both directions (the decoder's weight is its transpose)
    hidden_bias   [hidden]
    visible_bias  [visible]
    __metadata__  strings: format "dae/1", noise, level, visible, hidden, dataset, epochs, seed,
                  recipe (a fingerprint of all that decides the numbers) and test_loss

F32 on disk; the site may hold F16. `export.weights.tensors` describes the container.

In:  `Params` and `Facts`, or a path.  Out: a file, or `Weights`; `WeightsError` names file, expected and got.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.weights.tensors import DTYPES, FILE_LIMIT, TensorsError, format_tensors, parse_tensors
from train.data.noise import NOISES
from train.errors import quote
from train.files import read_file, replace_file
from train.learn.params import Params

FORMAT = "dae/1"
UNKNOWN = "unknown"  # epochs, seed, recipe and test_loss of weights that were trained elsewhere


class WeightsError(TensorsError):
    """A weights file does not hold a model as described above."""


@dataclass(frozen=True)
class Facts:
    """What a model was trained on and how; None is what nobody knows of weights that were trained elsewhere."""

    noise: str  # a key of NOISES
    level: float
    dataset: str
    epochs: int | None = None
    seed: int | None = None
    recipe: str | None = None  # fingerprint of all that decides the numbers
    test_loss: float | None = None  # nats an image
    images: str | None = None  # digest of the images, where they have no name

    def metadata(self) -> dict[str, str]:
        """The facts as a file has them."""
        written = {
            "noise": self.noise,
            "level": str(self.level).removesuffix(".0"),  # every digit: it is held against that of models.toml
            "dataset": self.dataset,
            "epochs": UNKNOWN if self.epochs is None else str(self.epochs),
            "seed": UNKNOWN if self.seed is None else str(self.seed),
            "recipe": UNKNOWN if self.recipe is None else self.recipe,
            "test_loss": UNKNOWN if self.test_loss is None else f"{self.test_loss:.4f}",
        }
        return written if self.images is None else written | {"images": self.images}


@dataclass(frozen=True)
class Weights:
    """One weights file, checked."""

    name: str  # of the model: the file's name without `.safetensors`
    params: Params  # three float32 arrays
    facts: Facts
    dtype: str  # of the file: "F32" or "F16"
    data: bytes  # of the whole file
    sha256: str  # of `data`, 64 hex digits

    @property
    def visible(self) -> int:
        """How many pixels an image has."""
        return int(self.params.weight.shape[0])

    @property
    def hidden(self) -> int:
        """How many hidden units the model has."""
        return int(self.params.weight.shape[1])


def write_weights(path: Path, params: Params, facts: Facts, dtype: str = "F32") -> None:
    """Write a model in one step, deterministically."""
    replace_file(path, make_weights(path, params, facts, dtype).data)


def make_weights(path: Path, params: Params, facts: Facts, dtype: str = "F32") -> Weights:
    """What `write_weights` writes to `path`, read by the same checks as any file."""
    return parse_weights(format_weights(params, facts, dtype, str(path)), path.stem, str(path))


def read_weights(path: Path) -> Weights:
    """Read a weights file and check everything about it."""
    return parse_weights(read_file(path, FILE_LIMIT), path.stem, str(path))


def format_weights(params: Params, facts: Facts, dtype: str = "F32", where: str = "weights") -> bytes:
    """The bytes of a weights file."""
    weight = np.asarray(params.weight)
    if weight.ndim != 2:
        raise WeightsError(f"{where}: weight: expected shape [visible, hidden], got {list(weight.shape)}")
    visible, hidden = weight.shape
    header = facts.metadata() | {"format": FORMAT, "visible": str(visible), "hidden": str(hidden)}
    return format_tensors(params._asdict(), header, dtype, where)


def parse_weights(data: bytes, name: str, where: str) -> Weights:
    """Check the bytes of a weights file; `where` opens every message."""
    try:
        file = parse_tensors(data, where)
    except TensorsError as error:
        raise WeightsError(str(error)) from None
    tensors = file.tensors
    if set(tensors) != set(Params._fields):
        raise WeightsError(f"{where}: expected the tensors {', '.join(Params._fields)}, got {quote(sorted(tensors))}")
    if tensors["weight"].ndim != 2 or 0 in tensors["weight"].shape:
        raise WeightsError(f"{where}: weight: expected shape [visible, hidden], got {list(tensors['weight'].shape)}")
    visible, hidden = tensors["weight"].shape
    for key, count in (("hidden_bias", hidden), ("visible_bias", visible)):
        if tensors[key].shape != (count,):
            raise WeightsError(f"{where}: {key}: expected shape [{count}], got {list(tensors[key].shape)}")
    dtypes = {tensor.dtype.itemsize for tensor in tensors.values()}
    if dtypes not in ({2}, {4}):
        got = ", ".join(sorted({name for name, dtype in DTYPES.items() if dtype.itemsize in dtypes}))
        raise WeightsError(f"{where}: expected all tensors F32 or all F16, got {got}")
    facts = _read_facts(file.metadata, visible, hidden, where)
    params = Params(*(tensors[key].astype(np.float32, copy=False) for key in Params._fields))
    return Weights(name, params, facts, "F32" if dtypes == {4} else "F16", data, file.sha256)


def _read_facts(metadata: dict[str, str], visible: int, hidden: int, where: str) -> Facts:
    """Every required key is there and says what the tensors say."""
    noise = NOISES.get(metadata.get("noise", ""))
    lowest, highest = (noise.minimum, noise.maximum) if noise else (0.0, 0.0)
    rules: dict[str, tuple[str, Callable[[str], bool]]] = {
        "format": (f'"{FORMAT}"', lambda text: text == FORMAT),
        "noise": (" or ".join(f'"{kind}"' for kind in NOISES), lambda text: text in NOISES),
        "level": (f"a number in [{lowest:g}, {highest:g}]", lambda text: lowest <= _number(text) <= highest),
        "visible": (f'"{visible}"', lambda text: text == str(visible)),
        "hidden": (f'"{hidden}"', lambda text: text == str(hidden)),
        "dataset": ("the data set's name", lambda text: 0 < len(text) <= 200),
        "epochs": ("a whole number", lambda text: text == UNKNOWN or _is_whole(text)),
        "seed": ("a whole number", lambda text: text == UNKNOWN or _is_whole(text)),
        "recipe": ("16 hexadecimal digits", lambda text: text == UNKNOWN or _is_fingerprint(text)),
        "test_loss": ("a number, 0 or more", lambda text: text == UNKNOWN or _number(text) >= 0),
    }
    for key, (expected, holds) in rules.items():
        if key not in metadata:
            raise WeightsError(f"{where}: __metadata__: {key}: expected {expected}, got nothing")
        if not holds(metadata[key]):
            raise WeightsError(f"{where}: __metadata__: {key}: expected {expected}, got {quote(metadata[key])}")
    known = {key: text for key, text in metadata.items() if text != UNKNOWN}
    return Facts(
        noise=metadata["noise"],
        level=_number(metadata["level"]),
        dataset=metadata["dataset"],
        epochs=int(known["epochs"]) if "epochs" in known else None,
        seed=int(known["seed"]) if "seed" in known else None,
        recipe=known.get("recipe"),
        test_loss=_number(known["test_loss"]) if "test_loss" in known else None,
        images=metadata.get("images"),
    )


def _number(text: str) -> float:
    """A finite number in plain notation; nan, which no comparison holds for, where it is none."""
    plain = 0 < len(text) <= 40 and set(text) <= set("0123456789.+-e")
    try:
        value = float(text) if plain else math.nan
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _is_fingerprint(text: str) -> bool:
    return len(text) == 16 and set(text) <= set("0123456789abcdef")


def _is_whole(text: str) -> bool:
    return 0 < len(text) <= 20 and set(text) <= set("0123456789")
