"""A sweep in one process over all of JAX's devices, of one host or of many: `python -m train --mesh MODELS,BATCH`.

In:  the same tasks as the worker processes get, and the two sizes of the mesh.
Out: the same events to the same listeners; the numbers are those of the workers as far as the devices compute alike.

For GPUs, TPUs and clusters. All models are trained together, divided over the mesh's first axis, and each batch over
its second. With several hosts every one runs the same command (`--distributed`, addresses as
`jax.distributed.initialize` finds them) and sees the same models.toml, data and weights; the first alone writes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax
from jax.sharding import Mesh

from train import sweep
from train.config import ModelSpec
from train.dataset import load_dataset
from train.errors import DaeError, TrainingError
from train.hosts import is_first_host, of_first_host
from train.progress import Progress
from train.sweep import Tell, Trained
from train.training import is_wide, make_mesh
from train.worker import Task, failure, finished, fix_numbers, is_out_of_memory

Take = Callable[[ModelSpec, Mapping[str, Any]], None]
Train = Callable[[Sequence[ModelSpec]], list[Trained]]
# Of XLA_FLAGS: how many devices a CPU is, and what is said to devices that promise no bits.
_FLAGS_KEPT = ("--xla_force_host_platform_device_count", "--xla_gpu", "--xla_tpu")


def run(
    tasks: Sequence[Task], shape: tuple[int, int], progress: Progress, take: Take, *, distributed: bool = False
) -> dict[str, str]:
    """Train all tasks; {name: sentence} of those that failed."""
    # A CPU that is forced to be several devices has at least as many threads: with four, and no fewer where it is one
    # device, the weights are the same over 1, 2 and 4.
    fix_numbers(4, _FLAGS_KEPT)
    if distributed:
        _meet()
    failed: dict[str, str] = {}

    def tell(event: Mapping[str, Any]) -> None:
        if event["event"] == "epoch":
            progress.epoch(event)
        else:
            progress.note(event["text"])
        if event["event"] == "stopped":
            failed[event["name"]] = event["text"]
            progress.finish(event["name"])

    mesh = make_mesh(*shape)
    _refuse_idle_hosts(mesh)
    if not tasks:
        return failed
    first = tasks[0]
    dataset = load_dataset(first.spec.dataset, first.data_dir)
    split = len(dataset.train) - first.held_out
    images, held_out = dataset.train[:split], dataset.train[split:] if first.held_out else None
    digest = f"{dataset.digest()} {split} mesh {shape[0]},{shape[1]} {jax.default_backend()}"
    by_name = {task.spec.name: task for task in tasks}
    specs, wide = [task.spec for task in tasks], is_wide(mesh)
    _refuse_other_work([dataset.digest(), *(spec.fingerprint() for spec in specs)])

    def train(group: Sequence[ModelSpec]) -> list[Trained]:
        return sweep.train_group(group, images, digest, mesh, first.checkpoints_dir, tell, held_out)

    for group in [specs] if wide else sweep.divide(specs, wide):
        for one in _trained(train, group, wide, tell, failed):
            if is_first_host():
                take(one.spec, finished(one, dataset, by_name[one.spec.name]))
            progress.finish(one.spec.name)
    of_first_host("done")  # no host ends before the first has saved all: that would end the others
    return failed


def _meet() -> None:
    try:
        jax.distributed.initialize()
    except (RuntimeError, ValueError) as error:
        raise TrainingError(f"--distributed: the hosts did not find each other: {error}") from error


def _trained(
    train: Train, group: Sequence[ModelSpec], wide: bool, tell: Tell, failed: Mapping[str, str]
) -> Iterator[Trained]:
    """What `train` gives of these models at once; where it fails, of those whose recipes are alike, one after another.

    Whichever it was, the others go on from their checkpoints. What fails even then is told of, if it was not before.
    """
    trained = _attempt(train, group)
    if not isinstance(trained, Exception):
        yield from trained
        return
    left = [spec for spec in group if spec.name not in failed]
    apart = sweep.divide(left, wide)
    if len(apart) > 1:
        tell({"event": "note", "text": f"{failure('all models at once', trained)}; now one recipe after another"})
        for family in apart:
            yield from _trained(train, family, wide, tell, failed)
        return
    for spec in left:
        tell({"event": "stopped", "name": spec.name, "text": failure(spec.name, trained)})


def _attempt(train: Train, group: Sequence[ModelSpec]) -> list[Trained] | Exception:
    """What `train` gives, or why these models cannot be trained."""
    try:
        return train(group)
    except (DaeError, MemoryError, jax.errors.JaxRuntimeError) as error:
        if not _is_of_these_models_only(error):
            raise
        return error.with_traceback(None)  # which would keep the arrays on the devices


def _is_of_these_models_only(error: Exception) -> bool:
    """Whether others can go on; not over several hosts, where one that goes on alone waits for the rest for ever."""
    return jax.process_count() == 1 and (isinstance(error, DaeError) or is_out_of_memory(error))


def _refuse_idle_hosts(mesh: Mesh) -> None:
    idle = {*range(jax.process_count())} - {device.process_index for device in mesh.devices.flat}
    if idle:
        raise TrainingError(
            f"--mesh: expected one over devices of all {jax.process_count()} hosts, got none of host {min(idle)}: "
            f"there are {jax.device_count()} devices"
        )


def _refuse_other_work(work: list[str]) -> None:
    if work != of_first_host(work):
        raise TrainingError("--distributed: expected the models and images of the first host, got others")
