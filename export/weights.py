"""A model's weights as a file: three named tensors and what they were trained for, in the safetensors container.

    weight        [visible, hidden]   row = pixel, one copy for both directions (the decoder's weight is its transpose)
    hidden_bias   [hidden]
    visible_bias  [visible]
    __metadata__  strings: format "dae/1", noise, level, visible, hidden, dataset, epochs, seed,
                  recipe (a fingerprint of all that decides the numbers) and test_loss

F32 on disk; the site may hold F16. `export.tensors` describes the container.

In:  `Params` and metadata, or a path.  Out: a file, or `Weights`; `WeightsError` names file, expected and got.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.tensors import FILE_LIMIT, TensorsError, format_tensors, parse_tensors, quote
from train.files import read_file, replace_file
from train.noise import NOISES
from train.params import Params

FORMAT = "dae/1"
UNKNOWN = "unknown"  # epochs, seed, recipe and test_loss of weights that were trained elsewhere
METADATA_KEYS = ("noise", "level", "dataset", "epochs", "seed", "recipe", "test_loss")  # what a writer must give


class WeightsError(TensorsError):
    """A weights file does not hold a model as described above."""


@dataclass(frozen=True)
class Weights:
    """One weights file, checked."""

    name: str  # of the model: the file's name without `.safetensors`
    params: Params  # three float32 arrays
    metadata: dict[str, str]
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


def write_weights(path: Path, params: Params, metadata: Mapping[str, str], dtype: str = "F32") -> None:
    """Write a model in one step, deterministically.

    `metadata` gives at least `METADATA_KEYS`; the rest is filled in.
    """
    replace_file(path, make_weights(path, params, metadata, dtype).data)


def make_weights(path: Path, params: Params, metadata: Mapping[str, str], dtype: str = "F32") -> Weights:
    """What `write_weights` writes to `path`, read by the same checks as any file."""
    return parse_weights(format_weights(params, metadata, dtype, str(path)), path.stem, str(path))


def read_weights(path: Path) -> Weights:
    """Read a weights file and check everything about it."""
    return parse_weights(read_file(path, FILE_LIMIT), path.stem, str(path))


def format_weights(params: Params, metadata: Mapping[str, str], dtype: str = "F32", where: str = "weights") -> bytes:
    """The bytes of a weights file."""
    weight = np.asarray(params.weight)
    if weight.ndim != 2:
        raise WeightsError(f"{where}: weight: expected shape [visible, hidden], got {list(weight.shape)}")
    visible, hidden = weight.shape
    header = dict(metadata) | {"format": FORMAT, "visible": str(visible), "hidden": str(hidden)}
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
    for key, size in (("hidden_bias", hidden), ("visible_bias", visible)):
        if tensors[key].shape != (size,):
            raise WeightsError(f"{where}: {key}: expected shape [{size}], got {list(tensors[key].shape)}")
    dtypes = {tensor.dtype.itemsize for tensor in tensors.values()}
    if dtypes not in ({2}, {4}):
        got = ", ".join(f"F{8 * size}" for size in sorted(dtypes))
        raise WeightsError(f"{where}: expected all tensors F32 or all F16, got {got}")
    _check_metadata(file.metadata, visible, hidden, where)
    params = Params(*(tensors[key].astype(np.float32, copy=False) for key in Params._fields))
    return Weights(name, params, file.metadata, "F32" if dtypes == {4} else "F16", data, file.sha256)


def _check_metadata(metadata: dict[str, str], visible: int, hidden: int, where: str) -> None:
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
