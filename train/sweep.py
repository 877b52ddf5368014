"""One group of models trained from start, or from their checkpoints, to end.

In:  models, a data set, a mesh, a folder for checkpoints, and whom to tell.
Out: the params of each model with its curves; a model whose loss stops being a number is told of and left out.

Over several hosts the first alone reads and writes checkpoints, and tells the others what it has read.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from numpy.typing import NDArray

from train import checkpoint
from train.checkpoint import Checkpoint
from train.config import ModelSpec
from train.hosts import fetch, is_first_host, of_first_host
from train.measure import mean_loss
from train.optimizer import common, shared
from train.params import Params
from train.training import TrainingState, initial_state, is_wide, make_epoch, stack, steps_per_epoch, unstack

Tell = Callable[[dict[str, Any]], None]  # events: {"event": "epoch" | "note" | "stopped", "name": ..., ...}


@dataclass(frozen=True)
class Trained:
    """A model that went all its epochs."""

    spec: ModelSpec
    params: Params  # numpy
    training: list[float]
    validation: list[float]
    seconds: float


def train_group(
    specs: Sequence[ModelSpec],
    images: NDArray[np.uint8],
    digest: str,
    mesh: Mesh,
    checkpoints_dir: Path,
    tell: Tell,
    held_out: NDArray[np.uint8] | None = None,
    *,
    wide: bool | None = None,
) -> list[Trained]:
    """Train models together; in the order of `specs`.

    On CPUs those of one recipe and one kind of noise share a compiled epoch, which gives each the bits it has when
    trained alone, and the others follow; wide devices have an epoch of all, then the next (`wide` if given has the
    say). Models that are behind by their checkpoints catch up first.
    """
    wide = is_wide(mesh) if wide is None else wide
    points = {spec.name: _start(spec, images, digest, checkpoints_dir, tell) for spec in specs}
    train = _Group(images, mesh, checkpoints_dir, tell, held_out, wide).train
    for part in [specs] if wide else divide(specs, wide):
        while going := [spec for spec in part if spec.name in points and points[spec.name].epoch < spec.recipe.epochs]:
            first, *later = sorted({points[spec.name].epoch for spec in going})
            behind = [spec for spec in going if points[spec.name].epoch == first]
            until = min([spec.recipe.epochs for spec in behind] + later)
            points |= train([(spec, points.pop(spec.name)) for spec in behind], until)
    return [_trained(spec, points[spec.name]) for spec in specs if spec.name in points]


def divide(specs: Sequence[ModelSpec], wide: bool) -> list[list[ModelSpec]]:
    """The models that are trained in one computation, as lists: on wide devices see `train.optimizer.shared`."""
    families: dict[Any, list[ModelSpec]] = {}
    for spec in specs:
        families.setdefault(shared(spec.recipe) if wide else (spec.recipe, spec.noise), []).append(spec)
    return list(families.values())


def _start(spec: ModelSpec, images: NDArray[np.uint8], digest: str, folder: Path, tell: Tell) -> Checkpoint:
    found: Checkpoint | None = None
    complaints: list[str] = []
    if is_first_host():
        found, complaints = checkpoint.load(folder, spec.name, spec.fingerprint(), digest)
    found, complaints = of_first_host((found, complaints))
    for complaint in complaints:
        tell({"event": "note", "name": spec.name, "text": complaint})
    if found is not None:
        return found
    leaves = jax.tree.leaves(jax.device_get(initial_state(spec.recipe, images.shape[1])))
    return Checkpoint(spec.fingerprint(), digest, 0, 0.0, [np.asarray(leaf) for leaf in leaves])


@dataclass(frozen=True)
class _Group:
    """What models that are trained together have in common."""

    images: NDArray[np.uint8]
    mesh: Mesh
    folder: Path  # of the checkpoints
    tell: Tell
    held_out: NDArray[np.uint8] | None
    wide: bool

    def train(self, group: list[tuple[ModelSpec, Checkpoint]], until: int) -> dict[str, Checkpoint]:
        """Train models that stand at the same epoch until another one; those whose loss stays finite.

        All computations of an epoch are asked for before the first is waited for: the devices are never idle between.
        """
        points = {spec.name: point for spec, point in group}  # of the models that go on
        families = [_Family(self, specs, points) for specs in divide([spec for spec, _ in group], self.wide)]
        pixels = jnp.asarray(self.images)
        for epoch in range(group[0][1].epoch, until):
            started = time.perf_counter()
            for family in families:
                family.begin(pixels, epoch)
            for family in families:
                after, values = family.wait()
                seconds, started = time.perf_counter() - started, time.perf_counter()
                for spec, state, value in zip(family.specs, after, values, strict=True):
                    if spec.name in points:
                        self._note(points, spec, state, value, seconds / len(after), family.samples / seconds)
            families = [family for family in families if any(spec.name in points for spec in family.specs)]
        return points

    def _note(
        self,
        points: dict[str, Checkpoint],
        spec: ModelSpec,
        state: TrainingState,
        value: float,
        seconds: float,
        rate: float,
    ) -> None:
        """Write down where a model stands after an epoch, or that it goes no further."""
        before = points.pop(spec.name)
        if not _finite(value, state):
            self.tell({"event": "stopped", "name": spec.name, "text": _stopped(spec, before.epoch, value)})
            return
        points[spec.name] = point = _advance(before, state, value, seconds, spec, self.held_out)
        if is_first_host():
            checkpoint.save(self.folder, spec.name, point)
        self.tell({"event": "epoch", "name": spec.name, "epoch": point.epoch, "loss": value, "rate": rate})


class _Family:
    """Models whose epochs are one computation, and where it stands."""

    def __init__(self, group: _Group, specs: list[ModelSpec], points: Mapping[str, Checkpoint]) -> None:
        recipe, images, mesh = common(specs), group.images, group.mesh
        shape = jax.tree.structure(initial_state(recipe, images.shape[1]))
        padded = [*specs, *[specs[-1]] * (-len(specs) % mesh.shape["model"])]  # its axis must be filled
        self.specs = specs
        self.samples = steps_per_epoch(recipe, len(images)) * recipe.batch * recipe.copies * len(specs)
        self._run = make_epoch(padded, len(images), mesh, wide=group.wide)
        self._states = stack([jax.tree.unflatten(shape, points[spec.name].arrays) for spec in padded], mesh)
        self._levels = jnp.array([spec.level for spec in padded], jnp.float32)
        self._losses: Any = None

    def begin(self, pixels: jax.Array, epoch: int) -> None:
        """Ask the devices for an epoch."""
        number = jnp.asarray(epoch, jnp.int32)
        self._states, self._losses = self._run(self._states, pixels, self._levels, number)

    def wait(self) -> tuple[list[TrainingState], list[float]]:
        """The states of the models after it, and their mean losses."""
        count = len(self.specs)
        return unstack(self._states, count), [float(value) for value in fetch(self._losses)[:count]]


def _trained(spec: ModelSpec, point: Checkpoint) -> Trained:
    params = Params(*point.arrays[: len(Params._fields)])
    return Trained(spec, params, point.training, point.validation, point.seconds)


def _advance(
    point: Checkpoint,
    state: TrainingState,
    value: float,
    seconds: float,
    spec: ModelSpec,
    held_out: NDArray[np.uint8] | None,
) -> Checkpoint:
    validation = point.validation
    if held_out is not None:
        validation = [*validation, round(mean_loss(state.params, held_out, spec.noise, spec.level), 4)]
    return Checkpoint(
        point.fingerprint,
        point.images,
        point.epoch + 1,
        point.seconds + seconds,
        jax.tree.leaves(state),
        [*point.training, round(value, 4)],
        validation,
    )


def _finite(value: float, state: TrainingState) -> bool:
    return math.isfinite(value) and all(bool(np.isfinite(leaf).all()) for leaf in state.params)


def _stopped(spec: ModelSpec, epoch: int, value: float) -> str:
    return (
        f"{spec.name}: stopped in epoch {epoch + 1}: its loss is {value:g} and its weights are no longer "
        f"finite numbers; try a learning_rate below {spec.recipe.learning_rate:g}"
    )
