"""One group of models trained from start, or from their checkpoints, to end.

In:  models of one recipe, a data set, a mesh, a folder for checkpoints, and whom to tell.
Out: the params of each model with its curves; a model whose loss stops being a number is told of and left out.
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
from train.measure import mean_loss
from train.params import Params
from train.training import TrainingState, fetch, initial_state, make_epoch, stack, steps_per_epoch, unstack

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
) -> list[Trained]:
    """Train models of one recipe together; in the order of `specs`.

    On CPUs those of one kind of noise share a compiled epoch, which gives each the bits it has when trained alone; a
    GPU takes all kinds at once. Models that are ahead by their checkpoints wait for nobody.
    """
    starts = {spec.name: _start(spec, images, digest, checkpoints_dir, tell) for spec in specs}
    together = mesh.devices.flat[0].platform == "gpu"
    groups: dict[tuple[int, str], list[ModelSpec]] = {}
    for spec in specs:
        groups.setdefault((starts[spec.name].epoch, "" if together else spec.noise), []).append(spec)
    trained: dict[str, Trained] = {}
    for group in groups.values():
        pairs = [(spec, starts[spec.name]) for spec in group]
        for one in _train_from(pairs, images, mesh, checkpoints_dir, tell, held_out):
            trained[one.spec.name] = one
    return [trained[spec.name] for spec in specs if spec.name in trained]


def _start(spec: ModelSpec, images: NDArray[np.uint8], digest: str, folder: Path, tell: Tell) -> Checkpoint:
    found, complaints = checkpoint.load(folder, spec.name, spec.fingerprint(), digest)
    for complaint in complaints:
        tell({"event": "note", "name": spec.name, "text": complaint})
    if found is not None:
        return found
    leaves = jax.tree.leaves(jax.device_get(initial_state(spec.recipe, images.shape[1])))
    return Checkpoint(spec.fingerprint(), digest, 0, 0.0, [np.asarray(leaf) for leaf in leaves])


def _train_from(
    group: list[tuple[ModelSpec, Checkpoint]],
    images: NDArray[np.uint8],
    mesh: Mesh,
    folder: Path,
    tell: Tell,
    held_out: NDArray[np.uint8] | None,
) -> list[Trained]:
    """Train models that stand at the same epoch, in one computation."""
    recipe = group[0][0].recipe
    shape = jax.tree.structure(initial_state(recipe, images.shape[1]))
    padded = [*group, *[group[-1]] * (-len(group) % mesh.shape["model"])]  # the mesh's model axis must be filled
    run = make_epoch([spec for spec, _ in padded], len(images), mesh)
    states = stack([jax.tree.unflatten(shape, point.arrays) for _, point in padded], mesh)
    pixels, levels = jnp.asarray(images), jnp.array([spec.level for spec, _ in padded], jnp.float32)
    points = {spec.name: point for spec, point in group}  # of the models that go on
    samples = steps_per_epoch(recipe, len(images)) * recipe.batch * recipe.copies * len(group)
    for epoch in range(group[0][1].epoch, recipe.epochs):
        started = time.perf_counter()
        states, losses = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
        after, values = unstack(states, len(group)), fetch(losses)
        seconds = time.perf_counter() - started
        for (spec, _), state, value in zip(group, after, map(float, values), strict=False):
            if spec.name not in points:
                continue
            if not _finite(value, state):
                del points[spec.name]
                tell({"event": "stopped", "name": spec.name, "text": _stopped(spec, epoch, value)})
                continue
            point = _advance(points[spec.name], state, value, seconds / len(group), spec, held_out)
            checkpoint.save(folder, spec.name, point)
            points[spec.name] = point
            tell({"event": "epoch", "name": spec.name, "epoch": epoch + 1, "loss": value, "rate": samples / seconds})
        if not points:
            break
    return [_trained(spec, points[spec.name], shape) for spec, _ in group if spec.name in points]


def _trained(spec: ModelSpec, point: Checkpoint, shape: Any) -> Trained:
    state: TrainingState = jax.tree.unflatten(shape, point.arrays)
    return Trained(spec, state.params, point.training, point.validation, point.seconds)


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
