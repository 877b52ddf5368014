"""Worker processes, one model each, as many at a time as there are cores.

A model whose steps can be divided has all cores to itself where its training is longer than a core's share of the
whole: beside others it would go on when they are done, and leave all cores but one idle.

In:  tasks, the number of workers (one a core), and who takes a finished model.
Out: the sentences of the models that failed, by name. One model's failure leaves the others alone.
"""

import multiprocessing
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
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

    First those that have all cores, then the others, the longest first, so that no core waits long for the last. An
    error in `take`, or Ctrl-C, ends the workers first.
    """
    alone = alone_on_all_cores([task.spec for task in tasks], workers)
    waiting = sorted(tasks, key=lambda task: (task.spec.name in alone, cost(task.spec)), reverse=True)
    running: dict[Connection, tuple[Task, SpawnProcess]] = {}
    failed: dict[str, str] = {}
    try:
        while waiting or running:
            while waiting and _has_room(waiting[0], [task for task, _ in running.values()], workers, alone):
                task = waiting.pop(0)
                connection, process = _start(task, workers if task.spec.name in alone else 1)
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


def _has_room(task: Task, running: Sequence[Task], workers: int, alone: Collection[str]) -> bool:
    if any(one.spec.name in alone for one in (task, *running)):
        return not running
    return len(running) < workers


def alone_on_all_cores(specs: Sequence[ModelSpec], workers: int) -> set[str]:
    """The names of the models that are trained one by one, on as many cores as there are workers."""
    share = sum(map(cost, specs)) / workers
    return {spec.name for spec in specs if spec.recipe.is_divided and cost(spec) > share}


def cost(spec: ModelSpec) -> int:
    """What a training costs, to a factor that all have in common."""
    return spec.recipe.epochs * spec.recipe.epoch_cost


def _start(task: Task, cores: int) -> tuple[Connection, SpawnProcess]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=worker.run, args=(task, theirs, cores), daemon=True)
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
