"""The life of a worker process: one task. Imports JAX only once inside, when what decides its numbers is set.

In:  one of the tasks, and a connection to the process that started it.
Out: events over the connection (see train.run.events), the last of them a `Result` or `Stopped`.

One thread, however many cores there are and whatever is trained beside: the bits of the weights depend on it.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection

from train.errors import TRACEBACK
from train.run.events import Stopped
from train.run.failure import failure
from train.run.numbers import fix_numbers
from train.run.task import AnyTask


def run(task: AnyTask, connection: Connection) -> None:
    """The whole life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["JAX_PLATFORMS"] = "cpu"
    try:
        fix_numbers()
        from train.run.work import work

        if (result := work(task, connection.send)) is not None:
            connection.send(result)
    except Exception as error:  # whatever it is, the others' training goes on
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        with suppress(OSError):  # who started it is gone
            connection.send(Stopped(task.spec.name, failure(task.spec.name, error)))


def _end_with_parent() -> None:
    """A worker whose parent was killed must not go on writing checkpoints."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
