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
from train.training import TrainingState, initial_state, make_epoch, stack, steps_per_epoch, unstack

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
    specs = [spec for spec, _ in group]
    points = [point for _, point in group]
    recipe = specs[0].recipe
    shape = jax.tree.structure(initial_state(recipe, images.shape[1]))
    spare = -len(specs) % mesh.shape["model"]  # copies of the last model fill the mesh's model axis
    padded = [*specs, *[specs[-1]] * spare]
    leaves = [point.arrays for point in (*points, *[points[-1]] * spare)]
    run = make_epoch(padded, len(images), mesh)
    states = stack([jax.tree.unflatten(shape, one) for one in leaves], mesh)
    pixels, levels = jnp.asarray(images), jnp.array([spec.level for spec in padded], jnp.float32)
    stopped: set[str] = set()
    per_epoch = steps_per_epoch(recipe, len(images)) * recipe.batch
    for epoch in range(points[0].epoch, recipe.epochs):
        started = time.perf_counter()
        states, losses = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
        host = unstack(states, len(specs))
        seconds = time.perf_counter() - started
        for at, (spec, value) in enumerate(zip(specs, np.asarray(losses), strict=False)):
            if spec.name in stopped:
                continue
            if not _finite(float(value), host[at]):
                stopped.add(spec.name)
                tell({"event": "stopped", "name": spec.name, "text": _stopped(spec, epoch, float(value))})
                continue
            points[at] = _advance(points[at], host[at], float(value), seconds / len(specs), spec, held_out)
            checkpoint.save(folder, spec.name, points[at])
            rate = per_epoch * len(specs) / seconds
            tell({"event": "epoch", "name": spec.name, "epoch": epoch + 1, "loss": float(value), "rate": rate})
        if len(stopped) == len(specs):
            break
    done = [(spec, point) for spec, point in zip(specs, points, strict=True) if spec.name not in stopped]
    return [
        Trained(spec, jax.tree.unflatten(shape, point.arrays).params, point.training, point.validation, point.seconds)
        for spec, point in done
    ]


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
