"""What a worker process does: one model, from its checkpoint to its weights. Imports JAX only once inside.

In:  a `Task`, and a connection to the process that started it.
Out: events over the connection (see train.sweep), the last of them {"event": "done", "row": ..., "params": ...,
     "golden": ...}.

The threads are fixed before JAX starts, for the bits of the weights depend on them: they are the recipe's
(`Recipe.threads`), however many cores there are and whatever is trained beside. What else would change the bits is
fixed with them (`fix_numbers`).
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from train.config import ModelSpec
from train.errors import DaeError
from train.params import Params


@dataclass(frozen=True)
class Task:
    """One model to train, or with `params` only to measure."""

    spec: ModelSpec
    data_dir: Path | None
    checkpoints_dir: Path
    noises: Mapping[str, tuple[str, float]]  # the names, kinds and levels to measure the test loss on
    golden: Any  # float32 [count, visible]: the inputs whose reconstructions go with the weights
    held_out: int = 0  # training images kept aside to measure the loss on after every epoch
    params: Params | None = None


def run(task: Task, connection: Connection) -> None:
    """The whole life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["JAX_PLATFORMS"] = "cpu"
    name = task.spec.name
    try:
        fix_numbers(task.spec.recipe.threads)
        last = work(task, connection.send)
    except Exception as error:  # whatever it is, the others' training goes on
        if not (isinstance(error, DaeError) or is_out_of_memory(error)):
            traceback.print_exc()  # a fault of ours: whoever mends it wants to know where
        connection.send({"event": "stopped", "name": name, "text": failure(name, error)})
        last = {"event": "end", "name": name}
    connection.send(last)


def fix_numbers(threads: int = 1, flags_kept: Sequence[str] = ()) -> None:
    """Set what changes the bits of weights and could come from the user's environment; before JAX has any devices.

    Of XLA_FLAGS those are left that begin with one of `flags_kept`.
    """
    os.environ["NPROC"] = str(threads)  # XLA's on a CPU, which has at least as many as devices
    flags = os.environ.pop("XLA_FLAGS", "").split()
    if kept := [flag for flag in flags if flag.startswith(tuple(flags_kept))]:
        os.environ["XLA_FLAGS"] = " ".join(kept)
    for limit in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):  # the instructions of XLA's products
        os.environ.pop(limit, None)
    import jax

    for setting, value in _SETTINGS.items():
        jax.config.update(setting, value)


_SETTINGS = {
    "jax_threefry_partitionable": True,  # the draws
    "jax_random_seed_offset": 0,
    "jax_enable_x64": False,  # the width of numbers
    "jax_numpy_dtype_promotion": "standard",
    "jax_default_matmul_precision": "float32",  # the products, of measuring too
    "jax_disable_most_optimizations": False,  # the order of sums
    "jax_disable_jit": False,  # the same
}


def failure(name: str, error: Exception) -> str:
    """An error that ended a model's training, as one sentence."""
    if isinstance(error, DaeError):
        return str(error)
    if is_out_of_memory(error):
        return f"{name}: out of memory"
    return f"{name}: {type(error).__name__}: {str(error).partition(chr(10))[0]}"


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python or XLA asked for more memory than there is; XLA says so in words only."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)


def _end_with_parent() -> None:
    """A worker whose parent was killed must not go on writing checkpoints."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def work(task: Task, tell: Any) -> dict[str, Any]:
    """Train and measure one model in this process; the last event."""
    from train import sweep
    from train.dataset import load_dataset
    from train.training import make_mesh

    dataset = load_dataset(task.spec.dataset, task.data_dir)
    if task.params is not None:
        row = measured(task.params, dataset.test, task)
        return {"event": "done", "name": task.spec.name, "row": row}
    split = len(dataset.train) - task.held_out
    images, held_out = dataset.train[:split], dataset.train[split:] if task.held_out else None
    digest = f"{dataset.digest()} {split}"
    trained = sweep.train_group([task.spec], images, digest, make_mesh(1, 1), task.checkpoints_dir, tell, held_out)
    return finished(trained[0], dataset, task) if trained else {"event": "end", "name": task.spec.name}


def finished(one: Any, dataset: Any, task: Task) -> dict[str, Any]:
    """The last event of a `sweep.Trained` model: all that is saved of it."""
    from train import measure

    row = {"curve": {"training": one.training, "validation": one.validation}, "seconds": round(one.seconds, 1)}
    row |= measured(one.params, dataset.test, task)
    golden = measure.reconstructions(one.params, task.golden)
    return {"event": "done", "name": task.spec.name, "row": row, "params": one.params, "golden": golden}


def measured(params: Params, images: Any, task: Task) -> dict[str, Any]:
    """The part of a report's row that is measured on the test images."""
    from train import measure

    own = round(measure.mean_loss(params, images, task.spec.noise, task.spec.level), 4)
    return {
        "test_loss": own,
        "test_loss_clean": round(measure.mean_loss(params, images, "none", 0.0), 4),
        "test_loss_by_noise": measure.losses_by_noise(params, images, task.noises),
        "completion": measure.completion(params, images),
        "cleaning": measure.cleaning(params, images),
    }
