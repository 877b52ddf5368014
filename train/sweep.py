"""One group of models trained from start, or from their checkpoints, to end.

In:  models of one recipe, a data set, a mesh, a folder for checkpoints, and whom to tell.
Out: the params of each model with its curves; a model whose loss stops being a number is told of and left out.

Over several hosts the first alone reads and writes checkpoints, and tells the others what it has read.
"""

import math
import time
from collections.abc import Callable, Sequence
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
    trained alone; wide devices take all at once whose recipes are alike (see train.optimizer; `wide` if given has the
    say). Models that are behind by their checkpoints catch up first.
    """
    wide = is_wide(mesh) if wide is None else wide
    points = {spec.name: _start(spec, images, digest, checkpoints_dir, tell) for spec in specs}
    for family in divide(specs, wide):
        train = _Group(images, mesh, checkpoints_dir, tell, held_out, wide).train
        end = family[0].recipe.epochs
        while begun := sorted({points[spec.name].epoch for spec in family if spec.name in points} - {end}):
            behind = [spec for spec in family if spec.name in points and points[spec.name].epoch == begun[0]]
            after = train([(spec, points.pop(spec.name)) for spec in behind], begun[1] if len(begun) > 1 else end)
            points |= after
    return [_trained(spec, points[spec.name]) for spec in specs if spec.name in points]


def divide(specs: Sequence[ModelSpec], wide: bool) -> list[list[ModelSpec]]:
    """The models that are trained in one computation, as lists (see `train_group`)."""
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
    """What models that are trained in one computation have in common."""

    images: NDArray[np.uint8]
    mesh: Mesh
    folder: Path  # of the checkpoints
    tell: Tell
    held_out: NDArray[np.uint8] | None
    wide: bool

    def train(self, group: list[tuple[ModelSpec, Checkpoint]], until: int) -> dict[str, Checkpoint]:
        """Train models that stand at the same epoch until another one; those whose loss stays finite."""
        recipe = common([spec for spec, _ in group])
        shape = jax.tree.structure(initial_state(recipe, self.images.shape[1]))
        padded = [*group, *[group[-1]] * (-len(group) % self.mesh.shape["model"])]  # its axis must be filled
        run = make_epoch([spec for spec, _ in padded], len(self.images), self.mesh, wide=self.wide)
        states = stack([jax.tree.unflatten(shape, point.arrays) for _, point in padded], self.mesh)
        pixels, levels = jnp.asarray(self.images), jnp.array([spec.level for spec, _ in padded], jnp.float32)
        points = {spec.name: point for spec, point in group}  # of the models that go on
        samples = steps_per_epoch(recipe, len(self.images)) * recipe.batch * recipe.copies * len(group)
        for epoch in range(group[0][1].epoch, until):
            started = time.perf_counter()
            states, losses = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
            after, values = unstack(states, len(group)), fetch(losses)
            seconds = time.perf_counter() - started
            for (spec, _), state, value in zip(group, after, map(float, values), strict=False):
                if spec.name not in points:
                    continue
                if not _finite(value, state):
                    del points[spec.name]
                    self.tell({"event": "stopped", "name": spec.name, "text": _stopped(spec, epoch, value)})
                    continue
                point = _advance(points[spec.name], state, value, seconds / len(group), spec, self.held_out)
                points[spec.name] = point
                if is_first_host():
                    checkpoint.save(self.folder, spec.name, point)
                rate = samples / seconds
                self.tell({"event": "epoch", "name": spec.name, "epoch": epoch + 1, "loss": value, "rate": rate})
            if not points:
                break
        return points


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
