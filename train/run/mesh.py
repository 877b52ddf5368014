"""A sweep in one process over all of JAX's devices, of one host or of many: `python -m train --mesh MODELS,BATCH`.

In:  the same tasks as the worker processes get, and the two extents of the mesh.
Out: the same events to the same listeners; the numbers are those of the workers as far as the devices compute alike.

For GPUs, TPUs and clusters. Models of one recipe are trained together, divided over the mesh's first axis, and each
batch over its second. With several hosts every one runs the same command (`--distributed`, addresses as
`jax.distributed.initialize` finds them) and sees the same models.toml, data and weights; the first alone writes.
"""

from collections.abc import Sequence

import jax
from jax.sharding import Mesh

from train.data.dataset import load_dataset
from train.errors import TrainingError
from train.learn.hosts import is_first_host, of_first_host
from train.learn.training import is_wide, make_mesh
from train.run import sweep
from train.run.events import Stopped, Take
from train.run.failure import failure, is_foreseen
from train.run.listener import Listener
from train.run.numbers import fix_numbers
from train.run.progress import Progress
from train.run.task import Task
from train.run.work import divided, finished

# A CPU that is forced to be several devices has at least as many threads: with four, and no fewer where it is one
# device, the weights are the same over 1, 2 and 4.
THREADS = 4
# Of XLA_FLAGS: how many devices a CPU is, and what is said to devices that promise no bits.
_FLAGS_KEPT = ("--xla_force_host_platform_device_count", "--xla_gpu", "--xla_tpu")


def run(
    tasks: Sequence[Task], shape: tuple[int, int], progress: Progress, take: Take, *, distributed: bool = False
) -> dict[str, str]:
    """Train all tasks, one family of models (see `sweep.divide`) after another; {name: sentence} of those that failed.

    A family that cannot be trained, for want of memory say, leaves the others alone.
    """
    fix_numbers(THREADS, _FLAGS_KEPT)
    if distributed:
        _meet()
    listener = Listener(progress, take)
    mesh = make_mesh(*shape)
    _refuse_idle_hosts(mesh)
    if not tasks:
        return {}
    first = tasks[0]
    dataset = load_dataset(first.spec.dataset, first.data_dir)
    images, held_out, division = divided(dataset, first.held_out)
    digest = f"{division} mesh {shape[0]},{shape[1]} {jax.default_backend()}"
    by_name = {task.spec.name: task for task in tasks}
    _refuse_other_work([dataset.digest(), *(task.spec.fingerprint() for task in tasks)])
    for family in sweep.divide([task.spec for task in tasks], is_wide(mesh)):
        try:
            trained = sweep.train_group(family, images, digest, mesh, first.checkpoints_folder, listener.hear, held_out)
        except Exception as error:
            if not _is_of_these_models_only(error):
                raise
            for spec in family:
                if spec.name not in listener.failed:
                    listener.hear(Stopped(spec.name, failure(spec.name, error)))
            continue
        for one in trained:
            if is_first_host():
                listener.hear(finished(one, dataset, by_name[one.spec.name]))
            else:
                progress.finish(one.spec.name)
    of_first_host("done")  # no host ends before the first has saved all: that would end the others
    return listener.failed


def _meet() -> None:
    try:
        jax.distributed.initialize()
    except (RuntimeError, ValueError) as error:
        raise TrainingError(f"--distributed: the hosts did not find each other: {error}") from error


def _is_of_these_models_only(error: Exception) -> bool:
    """Whether others can go on; not over several hosts, where one that goes on alone waits for the rest for ever."""
    return jax.process_count() == 1 and is_foreseen(error)


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
