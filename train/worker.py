"""What a worker process does: one model on one thread, from its checkpoint to its weights. Imports JAX only once
inside.

In:  a `Task` and a connection to the process that started it.
Out: events over the connection (see train.sweep), the last of them {"event": "done", "row": ..., "params": ...,
     "golden": ...}.

One thread each, fixed before JAX starts: the bits of the weights depend on the number of threads, and one model on
each core is the fastest way to train many on a CPU.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
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
    os.environ["NPROC"] = "1"  # XLA's number of threads
    os.environ["JAX_PLATFORMS"] = "cpu"
    try:
        connection.send(work(task, connection.send))
    except DaeError as error:
        connection.send({"event": "stopped", "name": task.spec.name, "text": str(error)})
    except MemoryError:
        connection.send({"event": "stopped", "name": task.spec.name, "text": f"{task.spec.name}: out of memory"})


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
