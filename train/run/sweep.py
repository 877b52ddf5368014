"""One family of models trained from start, or from their checkpoints, to end.

In:  models that can be trained together (see `divide`), a data set, a mesh, a folder for checkpoints, and whom to tell.
Out: the params of each model with its curves; a model whose loss stops being a number is told of and left out.

Over several hosts the first alone reads and writes checkpoints, and tells the others what it has read.
"""

import math
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from numpy.typing import NDArray

from train.learn.hosts import fetch, is_first_host, of_first_host
from train.learn.measure import mean_loss
from train.learn.optimizer import shared
from train.learn.params import Params
from train.learn.training import TrainingState, initial_state, is_wide, make_epoch, stack, steps_per_epoch, unstack
from train.run import checkpoint
from train.run.checkpoint import Checkpoint
from train.run.events import Epoch, Note, Stopped, Tell
from train.settings.config import ModelSpec


@dataclass(frozen=True)
class Trained:
    """A model that went all its epochs."""

    spec: ModelSpec
    params: Params  # numpy
    training: list[float]  # mean loss of each epoch
    validation: list[float]  # loss on the images held out after each epoch, if any were
    seconds: float


def divide(specs: Sequence[ModelSpec], wide: bool) -> list[list[ModelSpec]]:
    """The models as families that are trained together, in one computation.

    On CPUs those of one recipe and one kind of noise, which gives each the bits it has when trained alone; on wide
    devices all whose recipes differ in nothing that decides a shape (see `train.learn.optimizer.shared`).
    """
    families: dict[Hashable, list[ModelSpec]] = {}
    for spec in specs:
        families.setdefault(shared(spec.recipe) if wide else (spec.recipe, spec.noise), []).append(spec)
    return list(families.values())


def train_group(
    specs: Sequence[ModelSpec],
    images: NDArray[np.uint8],
    digest: str,
    mesh: Mesh,
    checkpoints_folder: Path,
    tell: Tell,
    held_out: NDArray[np.uint8] | None = None,
    *,
    wide: bool | None = None,
) -> list[Trained]:
    """Train the models of one family; in the order of `specs`.

    Those that are behind by their checkpoints catch up first. `wide`, if given, takes the place of what the mesh says.
    """
    wide = is_wide(mesh) if wide is None else wide
    points = {spec.name: _start(spec, images, digest, checkpoints_folder, tell) for spec in specs}
    family = _Family(images, mesh, checkpoints_folder, tell, held_out, wide)
    while going := [spec for spec in specs if spec.name in points and points[spec.name].epoch < spec.recipe.epochs]:
        first, *later = sorted({points[spec.name].epoch for spec in going})
        behind = [spec for spec in going if points[spec.name].epoch == first]
        until = min([behind[0].recipe.epochs, *later])
        points |= family.train(behind, {spec.name: points.pop(spec.name) for spec in behind}, until)
    return [_trained(spec, points[spec.name]) for spec in specs if spec.name in points]


def _start(spec: ModelSpec, images: NDArray[np.uint8], digest: str, folder: Path, tell: Tell) -> Checkpoint:
    found: Checkpoint | None = None
    complaints: list[str] = []
    if is_first_host():
        found, complaints = checkpoint.load(folder, spec.name, spec.course(), digest, spec.recipe.epochs)
    found, complaints = of_first_host((found, complaints))
    for complaint in complaints:
        tell(Note(complaint))
    if found is not None:
        return found
    leaves = jax.tree.leaves(jax.device_get(initial_state(spec.recipe, images.shape[1])))
    return Checkpoint(spec.course(), digest, 0, 0.0, [np.asarray(leaf) for leaf in leaves])


@dataclass(frozen=True)
class _Family:
    """What models that are trained together have in common."""

    images: NDArray[np.uint8]
    mesh: Mesh
    folder: Path  # of the checkpoints
    tell: Tell
    held_out: NDArray[np.uint8] | None
    wide: bool

    def train(self, specs: Sequence[ModelSpec], start: Mapping[str, Checkpoint], until: int) -> dict[str, Checkpoint]:
        """Train models that stand at the same epoch until another one: where those stand whose loss stays finite."""
        recipe, points = specs[0].recipe, dict(start)
        padded = [*specs, *[specs[-1]] * (-len(specs) % self.mesh.shape["model"])]  # its axis must be filled
        shape = jax.tree.structure(initial_state(recipe, self.images.shape[1]))
        states = stack([jax.tree.unflatten(shape, points[spec.name].arrays) for spec in padded], self.mesh)
        run = make_epoch(padded, len(self.images), self.mesh, wide=self.wide)
        pixels, levels = jnp.asarray(self.images), jnp.array([spec.level for spec in padded], jnp.float32)
        samples = steps_per_epoch(recipe, len(self.images)) * recipe.batch * len(specs)
        for epoch in range(points[specs[0].name].epoch, until):
            started = time.perf_counter()
            states, losses = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
            after, values = unstack(states, len(specs)), [float(value) for value in fetch(losses)[: len(specs)]]
            seconds = time.perf_counter() - started
            for spec, state, value in zip(specs, after, values, strict=True):
                if spec.name in points:
                    self._note(points, spec, state, value, seconds / len(specs), samples / seconds)
            if not points:
                break
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
            self.tell(Stopped(spec.name, _stopped(spec, before.epoch, value)))
            return
        points[spec.name] = point = _advance(before, state, value, seconds, spec, self.held_out)
        if is_first_host():
            checkpoint.save(self.folder, spec.name, point)
        self.tell(Epoch(spec.name, point.epoch, value, rate))


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
