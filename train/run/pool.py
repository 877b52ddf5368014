"""Worker processes, one model and one core each, as many at a time as there are cores.

In:  tasks, the number of workers (one a core), and who takes a finished model.
Out: the sentences of the models that failed, by name. One model's failure leaves the others alone.
"""

import multiprocessing
import pickle
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from train.run import worker
from train.run.events import Event, Stopped, Take
from train.run.listener import Listener
from train.run.numbers import one_blas_thread
from train.run.progress import Progress
from train.run.task import AnyTask
from train.settings.recipe import Recipe


def run(
    tasks: Sequence[AnyTask],
    workers: int,
    progress: Progress,
    take: Take,
    meanwhile: Callable[[], Sequence[AnyTask]] = tuple,
) -> dict[str, str]:
    """Run all tasks, and give the sentences of those that failed, by name.

    The longest first, so that no core waits long for the last; while it does, what `meanwhile` then names is begun, one
    task at a time, and whoever wants all of that asks for the rest. An error in `take`, or Ctrl-C, ends the workers
    first.
    """
    one_blas_thread()
    waiting = sorted(tasks, key=lambda task: cost(task.spec.recipe), reverse=True)
    running: dict[Connection, tuple[AnyTask, SpawnProcess]] = {}
    listener = Listener(progress, take)
    own = {id(task) for task in tasks}
    begun: set[str] = set()  # of those between
    try:
        while waiting or running:
            while len(running) < workers:
                if not waiting and own & {id(task) for task, _ in running.values()}:
                    waiting = [task for task in meanwhile() if task.spec.name not in begun][:1]
                    begun |= {task.spec.name for task in waiting}
                if not waiting:
                    break
                task = waiting.pop(0)
                connection, process = _start(task)
                running[connection] = task, process
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                task, process = running[ready]
                if not listener.hear(_next(ready, task, process)):
                    del running[ready]
                    ready.close()
                    process.join()
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()
    return listener.failed


def cost(recipe: Recipe) -> int:
    """What a training costs, to a factor that all on the same images have in common."""
    return recipe.epochs * recipe.hidden


def _start(task: AnyTask) -> tuple[Connection, SpawnProcess]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=worker.run, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _next(connection: Connection, task: AnyTask, process: SpawnProcess) -> Event:
    """What a worker says next; of one that says nothing more, what became of it."""
    try:
        event: Event = connection.recv()
    except (EOFError, OSError, pickle.UnpicklingError):  # it was killed, perhaps in the middle of a word
        process.join()
        return Stopped(task.spec.name, f"{task.spec.name}: {_ended(process.exitcode)}")
    return event


def _ended(status: int | None) -> str:
    """What became of a worker that said nothing more; a negative status is a signal's number."""
    if status == -signal.SIGKILL:
        return "its worker process was killed, perhaps for want of memory"
    return f"its worker process ended with exit status {status}"
