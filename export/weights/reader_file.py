"""A model's reader as a file beside its weights, `weights/<name>.reader.safetensors`, in the safetensors container.

    weight        [features, classes]   any scaling folded in; features: the model's hidden units, or the pixels
    bias          [classes]
    __metadata__  strings: format "dae-reader/1", model (its name, or "pixels" for the reader of bare ones), dataset,
                  recipe (of the model's weights), weights_sha256 (of the very file; "none" for the pixels), penalty,
                  threshold (a confidence below it is "none of these") and test_error

Always F32, whatever the site's weights are. A model whose weights are others than those of `weights_sha256` has no
reader until one is learned again. `golden/<name>.reader.safetensors` has `shares` [100, classes], what the reader makes
of the golden inputs, and in the metadata reader_sha256.

In:  what was learned, or a folder.  Out: files, or `ReaderFile`; `ReaderError` names file, expected and got.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from export.weights.golden import COUNT
from export.weights.reference import encode
from export.weights.tensors import (
    DTYPES,
    Tensors,
    TensorsError,
    format_tensors,
    parse_tensors,
    read_tensors,
    write_tensors,
)
from export.weights.weights_file import UNKNOWN, Weights
from train.errors import DaeError, quote, typed
from train.files import FileError, read_file, replace_file
from train.learn.params import Params
from train.learn.readers import PIXELS, Learned, Reader

FORMAT = "dae-reader/1"
NONE = "none"  # weights of the reader that has no model
LIMIT = 1 << 26  # bytes of a file
LARGEST = 1e6  # of a number of the metadata


class ReaderError(DaeError):
    """A file does not hold a reader as described above."""


@dataclass(frozen=True)
class ReaderFile:
    """A reader as it was read from a file, or will be written to one."""

    name: str  # of its model, or "pixels"
    reader: Reader
    dataset: str
    recipe: str
    weights_sha256: str
    penalty: float
    threshold: float
    test_error: float
    data: bytes
    sha256: str

    @property
    def classes(self) -> int:
        """How many it tells apart."""
        classes: int = self.reader.bias.shape[0]
        return classes


def reader_path(name: str, folder: Path) -> Path:
    """Where a model's reader is."""
    return folder / f"{stem_of(name)}.reader.safetensors"


def stem_of(name: str) -> str:
    """What its files begin with; those of a model that is called "pixels" as no model's do."""
    return "pixels" if name == PIXELS else f"{'_' if name == 'pixels' else ''}{name}"


def make_reader(name: str, learned: Learned, dataset: str, weights: Weights | None) -> ReaderFile:
    """A reader of these weights, or of the pixels, as it will be written."""
    metadata = {
        "format": FORMAT,
        "model": stem_of(name),
        "dataset": dataset,
        "recipe": NONE if weights is None else weights.facts.recipe or UNKNOWN,
        "weights_sha256": NONE if weights is None else weights.sha256,
        "penalty": f"{learned.penalty:.3g}",
        "threshold": f"{learned.threshold:.2f}",
        "test_error": f"{learned.test_error:.4f}",
    }
    data = format_tensors(learned.reader._asdict(), metadata, where=name)
    return parse_reader(data, name, name)


def write_reader(folder: Path, file: ReaderFile, shares: NDArray[np.float32]) -> None:
    """Write a reader and its answers to the golden inputs, [100, classes]; the reader last."""
    golden = golden_reader_path(file.name, folder)
    write_tensors(golden, {"shares": shares}, {"format": "dae-golden/1", "reader_sha256": file.sha256})
    replace_file(reader_path(file.name, folder), file.data)


def read_reader(name: str, folder: Path, weights: Weights | None, dataset: str) -> ReaderFile | None:
    """The reader of these weights, or of the pixels; None where there is none, or one of other weights or images."""
    path = reader_path(name, folder)
    if not path.exists():
        return None
    file = parse_reader(read_file(path, LIMIT), name, str(path))
    expected = NONE if weights is None else weights.sha256
    return file if (file.weights_sha256, file.dataset) == (expected, dataset) else None


def read_golden_shares(file: ReaderFile, folder: Path) -> NDArray[np.float32]:
    """What the reader makes of the golden inputs, [100, classes]."""
    path = golden_reader_path(file.name, folder)
    golden = _parsed(lambda: read_tensors(path))
    got = golden.metadata.get("reader_sha256", "nothing")
    if got != file.sha256:
        raise ReaderError(f"{path}: reader_sha256: expected {file.sha256}, got {quote(got)}: {_remedy(file.name)}")
    shapes = {key: list(tensor.shape) for key, tensor in golden.tensors.items()}
    if shapes != {"shares": [COUNT, file.classes]}:
        raise ReaderError(f"{path}: expected {{'shares': {[COUNT, file.classes]}}}, got {quote(shapes)}")
    return golden.tensors["shares"].astype(np.float32, copy=False)


def parse_reader(data: bytes, name: str, where: str) -> ReaderFile:
    """Check the bytes of a reader's file; `where` opens every message."""
    file = _parsed(lambda: parse_tensors(data, where))
    shapes = {key: tensor.shape for key, tensor in file.tensors.items()}
    weight, bias = shapes.get("weight", ()), shapes.get("bias", ())
    if set(shapes) != set(Reader._fields) or len(weight) != 2 or bias != weight[1:] or 0 in weight:
        got = {key: list(shape) for key, shape in shapes.items()}
        raise ReaderError(f"{where}: expected weight [features, classes] and bias [classes], got {quote(got)}")
    if any(tensor.dtype != DTYPES["F32"] for tensor in file.tensors.values()):
        raise ReaderError(f"{where}: expected tensors of F32, got others")
    facts = file.metadata
    for key, expected in (("format", FORMAT), ("model", stem_of(name))):
        if facts.get(key) != expected:
            raise ReaderError(f"{where}: __metadata__: {key}: expected {expected!r}, got {quote(facts.get(key))}")
    for key in ("dataset", "recipe", "weights_sha256"):
        if not facts.get(key):
            raise ReaderError(f"{where}: __metadata__: {key}: expected a text, got nothing")
    return ReaderFile(
        name=name,
        reader=Reader(*(file.tensors[key] for key in Reader._fields)),
        dataset=facts["dataset"],
        recipe=facts["recipe"],
        weights_sha256=facts["weights_sha256"],
        penalty=_number(facts, "penalty", where),
        threshold=_number(facts, "threshold", where, 1.0),
        test_error=_number(facts, "test_error", where, 1.0),
        data=data,
        sha256=file.sha256,
    )


def shares_of(reader: Reader, params: Params | None, pixels: ArrayLike) -> NDArray[np.float64]:
    """In float64, the share of belief that a reader gives to each class of pixels, [count, classes]."""
    features = np.asarray(pixels, np.float64) if params is None else encode(params, pixels)
    logits = features @ np.asarray(reader.weight, np.float64) + np.asarray(reader.bias, np.float64)
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = grown / grown.sum(axis=1, keepdims=True)
    return shares


def golden_reader_path(name: str, folder: Path) -> Path:
    """Where its golden shares are."""
    return folder / "golden" / f"{stem_of(name)}.reader.safetensors"


def _remedy(name: str) -> str:
    """What makes a reader's files fit each other again."""
    return f"delete {stem_of(name)}.reader.safetensors and run `{typed('train')}` to have the reader learned anew"


def _parsed(read: Callable[[], Tensors]) -> Tensors:
    try:
        return read()
    except (FileError, TensorsError) as error:
        raise ReaderError(str(error)) from None


def _number(facts: Mapping[str, str], key: str, where: str, highest: float = math.inf) -> float:
    """A finite number, 0 or more, as the metadata has it."""
    try:
        value = float(facts.get(key, ""))
    except ValueError:
        value = math.nan
    if not 0 <= value <= min(highest, LARGEST):
        raise ReaderError(f"{where}: __metadata__: {key}: expected a number, 0 or more, got {quote(facts.get(key))}")
    return value
