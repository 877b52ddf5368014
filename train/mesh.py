"""A sweep in one process over all of JAX's devices, of one host or of many: `python -m train --mesh MODELS,BATCH`.

In:  the same tasks as the worker processes get, and the two sizes of the mesh.
Out: the same events to the same listeners; the numbers are those of the workers as far as the devices compute alike.

For GPUs, TPUs and clusters. Models of one recipe are trained together, divided over the mesh's first axis, and
each batch over its second. With several hosts every one runs the same command (`--distributed`, addresses as
`jax.distributed.initialize` finds them), all see the same checkpoints folder, and the first writes.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import jax

from train import sweep
from train.config import ModelSpec
from train.dataset import load_dataset
from train.errors import TrainingError
from train.progress import Progress
from train.training import make_mesh
from train.worker import Task, finished

Take = Callable[[ModelSpec, Mapping[str, Any]], None]


def run(
    tasks: Sequence[Task], shape: tuple[int, int], progress: Progress, take: Take, *, distributed: bool = False
) -> dict[str, str]:
    """Train all tasks; {name: sentence} of those that failed."""
    if distributed:
        try:
            jax.distributed.initialize()
        except (RuntimeError, ValueError) as error:
            raise TrainingError(f"--distributed: the hosts did not find each other: {error}") from error
    failed: dict[str, str] = {}

    def tell(event: Mapping[str, Any]) -> None:
        if event["event"] == "epoch":
            progress.epoch(event)
        else:
            progress.note(event["text"])
        if event["event"] == "stopped":
            failed[event["name"]] = event["text"]

    mesh = make_mesh(*shape)
    first = tasks[0]
    dataset = load_dataset(first.spec.dataset, first.data_dir)
    split = len(dataset.train) - first.held_out
    images, held_out = dataset.train[:split], dataset.train[split:] if first.held_out else None
    by_recipe = sorted(tasks, key=lambda task: repr(task.spec.recipe))
    for _, group in groupby(by_recipe, key=lambda task: task.spec.recipe):
        together = {task.spec.name: task for task in group}
        specs = [task.spec for task in together.values()]
        digest = f"{dataset.digest()} {split} mesh {shape[0]},{shape[1]} {jax.default_backend()}"
        for one in sweep.train_group(specs, images, digest, mesh, first.checkpoints_dir, tell, held_out):
            if jax.process_index() == 0:
                take(one.spec, finished(one, dataset, together[one.spec.name]))
            progress.finish(one.spec.name)
    return failed
