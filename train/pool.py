"""Worker processes, one model each, as many at a time as there are cores.

A model whose recipe has two threads has two cores, where there are as many; else its threads take turns.

In:  tasks, the number of workers (one a core), and who takes a finished model.
Out: the sentences of the models that failed, by name. One model's failure leaves the others alone.
"""

import multiprocessing
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from train import worker
from train.config import ModelSpec
from train.progress import Progress
from train.worker import Task

Take = Callable[[ModelSpec, Mapping[str, Any]], None]


def run(tasks: Sequence[Task], workers: int, progress: Progress, take: Take) -> dict[str, str]:
    """Run all tasks, and give the sentences of those that failed, by name.

    First those that have two cores, then the others, the longest first, so that no core waits long for the last. An
    error in `take`, or Ctrl-C, ends the workers first.
    """

    def places(task: Task) -> int:
        return min(task.spec.recipe.threads, workers)

    waiting = sorted(tasks, key=lambda task: (places(task), cost(task.spec)), reverse=True)
    running: dict[Connection, tuple[Task, SpawnProcess]] = {}
    failed: dict[str, str] = {}
    try:
        while waiting or running:
            for task in list(waiting):
                if places(task) <= workers - sum(places(one) for one, _ in running.values()):
                    waiting.remove(task)
                    connection, process = _start(task)
                    running[connection] = task, process
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                task, process = running[ready]
                if not _hear(ready, task, process, progress, take, failed):
                    del running[ready]
                    ready.close()
                    process.join()
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()
    return failed


def cost(spec: ModelSpec) -> int:
    """What a training costs, to a factor that all have in common."""
    return spec.recipe.epochs * spec.recipe.epoch_cost


def _start(task: Task) -> tuple[Connection, SpawnProcess]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=worker.run, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _hear(
    connection: Connection, task: Task, process: SpawnProcess, progress: Progress, take: Take, failed: dict[str, str]
) -> bool:
    """Take one event from a worker; False when it was the last."""
    name = task.spec.name
    try:
        event = connection.recv()
    except EOFError:
        process.join()
        if name not in failed:
            failed[name] = f"{name}: {_ended(process.exitcode)}"
            progress.note(failed[name])
        progress.finish(name)
        return False
    if event["event"] == "epoch":
        progress.epoch(event)
    elif event["event"] == "note":
        progress.note(event["text"])
    elif event["event"] == "stopped":
        failed[name] = event["text"]
        progress.note(event["text"])
    else:
        if event["event"] == "done":
            take(task.spec, event)
        progress.finish(name)
        return False
    return True


def _ended(status: int | None) -> str:
    """What became of a worker that said nothing more; a negative status is a signal's number."""
    if status == -signal.SIGKILL:
        return "its worker process was killed, perhaps for want of memory"
    return f"its worker process ended with exit status {status}"
