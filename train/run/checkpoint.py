"""Checkpoints: where a model's training stood after an epoch, so that it goes on there after any interruption.

In:  a folder, a model's name, and a `Checkpoint` of plain numbers and numpy arrays.
Out: two files in turn, `<name>.0.checkpoint` and `<name>.1.checkpoint`: while one is written the one before it stays
     whole.

A file is three lines of text, then the arrays' bytes one after the other: `dae-checkpoint/1`, the SHA-256 of all that
follows, and a JSON object. It is written to a temporary sibling, synced and renamed: whenever the process dies, a
whole checkpoint is there. What a killed process left of a temporary one goes when the model's are next loaded.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.errors import CheckpointError, quote, strangers
from train.files import FileError, read_file, refusals, remove_leftovers, replace_file

_MAGIC = b"dae-checkpoint/1\n"
_LIMIT = 1 << 34  # bytes; a checkpoint holds three times the parameters
SLOTS = 2


@dataclass(frozen=True)
class Checkpoint:
    """A model's training after `epoch` epochs."""

    fingerprint: str  # of the course that the model's recipe takes
    images: str  # digest of the images it is trained on
    epoch: int
    seconds: float  # spent on the model so far
    arrays: Sequence[NDArray[np.generic]]  # the leaves of its `TrainingState`
    training: list[float] = field(default_factory=list)  # mean loss of each epoch
    validation: list[float] = field(default_factory=list)  # loss on the images held out, if any are


def slot(folder: Path, name: str, number: int) -> Path:
    """The path of one of the two files."""
    return folder / f"{name}.{number}.checkpoint"


def save(folder: Path, name: str, checkpoint: Checkpoint) -> None:
    """Write a checkpoint over the older of the two; where that fails, both earlier ones are untouched."""
    path = slot(folder, name, checkpoint.epoch % SLOTS)
    if path.exists() and not _is_ours(path):
        raise CheckpointError(f"{path}: expected a checkpoint, got another file: move it away")
    arrays = [np.asarray(array, order="C") for array in checkpoint.arrays]
    header = vars(checkpoint) | {"arrays": [[array.dtype.str, list(array.shape)] for array in arrays]}
    body = json.dumps(header).encode() + b"\n" + b"".join(array.tobytes() for array in arrays)
    digest = hashlib.sha256(body).hexdigest().encode()
    replace_file(path, _MAGIC + digest + b"\n" + body)


def load(
    folder: Path, name: str, fingerprint: str, images: str, latest: int | None = None
) -> tuple[Checkpoint | None, list[str]]:
    """The newest whole checkpoint of this recipe and these images, or None; and a sentence for each damaged file.

    None is of an epoch after the `latest`, if that is given.
    """
    found, complaints = [], []
    for number in range(SLOTS):
        path = slot(folder, name, number)
        remove_leftovers(path)
        if not path.exists():
            continue
        try:
            found.append(read(path))
        except (CheckpointError, FileError) as error:
            complaints.append(f"{error}; the checkpoint before it is used, or training starts afresh")
    fitting = [one for one in found if (one.fingerprint, one.images) == (fingerprint, images)]
    fitting = [one for one in fitting if latest is None or one.epoch <= latest]
    return max(fitting, key=lambda one: one.epoch, default=None), complaints


def remove(folder: Path, name: str) -> None:
    """Delete a model's checkpoints, once its weights are saved."""
    for number in range(SLOTS):
        path = slot(folder, name, number)
        remove_leftovers(path)
        if path.exists() and _is_ours(path):
            path.unlink(missing_ok=True)


def read(path: Path) -> Checkpoint:
    """Read one file and check everything about it."""
    data = read_file(path, _LIMIT)
    start = len(_MAGIC) + 65
    if data[: len(_MAGIC)] != _MAGIC or len(data) <= start:
        raise CheckpointError(
            f"{path}: expected a checkpoint of {_MAGIC.decode().strip()}, got {len(data)} other bytes"
        )
    stated, got = data[len(_MAGIC) : start - 1], hashlib.sha256(data[start:]).hexdigest()
    if stated != got.encode():
        raise CheckpointError(f"{path}: damaged: expected SHA-256 {stated.decode(errors='replace')}, got {got}")
    text, _, rest = data[start:].partition(b"\n")
    with strangers(str(path), "a checkpoint of ours", CheckpointError):
        return _parse(json.loads(text), rest)


def _parse(header: dict[str, Any], rest: bytes) -> Checkpoint:
    arrays, at = [], 0
    for dtype, shape in header["arrays"]:
        kind, count = np.dtype(dtype), math.prod(shape)
        if kind.kind not in "fiub" or not 0 <= count <= len(rest) // kind.itemsize:
            raise ValueError(f"an array of {quote(dtype)} {quote(shape)}")
        arrays.append(np.frombuffer(rest, kind, count, at).reshape(shape))
        at += arrays[-1].nbytes
    if at != len(rest):
        raise ValueError(f"{len(rest)} bytes of arrays instead of {at}")
    training, validation = ([float(one) for one in header[key]] for key in ("training", "validation"))
    texts = [header[key] for key in ("fingerprint", "images")]
    if not all(isinstance(one, str) for one in texts) or type(header["epoch"]) is not int or header["epoch"] < 0:
        raise ValueError(f"fingerprint, images and epoch {quote([*texts, header['epoch']])}")
    fingerprint, images = texts
    return Checkpoint(fingerprint, images, header["epoch"], float(header["seconds"]), arrays, training, validation)


def _is_ours(path: Path) -> bool:
    """Whether a file begins as checkpoints do; others are neither replaced nor deleted."""
    with refusals("read", path), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
