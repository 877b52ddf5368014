"""Which models are trained at a time, and in what order; without training any."""

import importlib
import io
import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from tests.test_training import spec
from train.run import pool
from train.run.events import Stopped
from train.run.numbers import BLAS_THREADS
from train.run.progress import Progress
from train.run.task import Task
from train.settings.recipe import Recipe

SMALL, WIDE, LONG = Recipe(hidden=10, epochs=1), Recipe(hidden=30, epochs=1), Recipe(hidden=10, epochs=900)


class Ended(SpawnProcess):
    """A process that has done its work; `running` are those not yet waited for."""

    running: list[str]

    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = model

    def join(self, timeout: float | None = None) -> None:
        if self.model in self.running:
            self.running.remove(self.model)

    def terminate(self) -> None:
        self.join()


@pytest.mark.parametrize(
    ("cores", "beside"), [(1, ["", "", "", ""]), (2, ["", "A", "B", "C"]), (3, ["", "A", "AB", "BC"])]
)
def test_the_longest_begin_first_and_a_core_that_is_free_gets_the_next(
    monkeypatch: pytest.MonkeyPatch, cores: int, beside: list[str]
) -> None:
    letters = {"masking-10": "A", "gaussian-050": "B", "none": "C", "masking-90": "D"}
    specs = [
        spec("none", 0.0, SMALL),
        spec("masking", 0.9, SMALL),
        spec("masking", 0.1, LONG),
        spec("gaussian", 0.5, WIDE),
    ]
    begun: list[tuple[str, str]] = []
    monkeypatch.setattr(Ended, "running", [], raising=False)

    def start(task: Task) -> tuple[Connection, SpawnProcess]:
        begun.append((letters[task.spec.name], "".join(letters[name] for name in Ended.running)))
        Ended.running.append(task.spec.name)
        ours, theirs = multiprocessing.Pipe(duplex=False)
        theirs.send(Stopped(task.spec.name, "a sentence"))
        return ours, Ended(task.spec.name)

    def first_alone(ready: list[Connection]) -> list[Connection]:
        return ready[:1]

    monkeypatch.setattr(pool, "_start", start)
    monkeypatch.setattr(pool, "wait", first_alone)
    tasks = [Task(one, None, Path(), {}, np.zeros((0, 144), np.float32)) for one in specs]
    failed = pool.run(tasks, cores, Progress(io.StringIO()), lambda event: None)
    assert failed == dict.fromkeys(letters, "a sentence")
    assert begun == list(zip("ABCD", beside, strict=True))
    assert Ended.running == []


def test_a_core_that_would_idle_while_the_last_trains_does_what_comes_after(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(Ended, "running", [], raising=False)

    def start(task: Task) -> tuple[Connection, SpawnProcess]:
        begun.append(task.spec.name)
        Ended.running.append(task.spec.name)
        ours, theirs = multiprocessing.Pipe(duplex=False)
        theirs.send(Stopped(task.spec.name, "a sentence"))
        return ours, Ended(task.spec.name)

    monkeypatch.setattr(pool, "_start", start)
    monkeypatch.setattr(pool, "wait", lambda ready: ready[-1:])  # what began last ends first

    def make(noise: str, level: float, recipe: Recipe) -> Task:
        return Task(spec(noise, level, recipe), None, Path(), {}, np.zeros((0, 144), np.float32))

    trainings = [make("masking", 0.1, LONG), make("none", 0.0, SMALL)]
    after = [make("gaussian", level, SMALL) for level in (0.25, 0.5, 0.75)]
    pool.run(trainings, 2, Progress(io.StringIO()), lambda event: None, lambda: after)
    # The long one runs to the end beside all others, each of which is begun once though it is named again.
    assert begun == ["masking-10", "none", "gaussian-025", "gaussian-050", "gaussian-075"]
    begun.clear()
    pool.run(trainings[:1], 1, Progress(io.StringIO()), lambda event: None, lambda: after)
    assert begun == ["masking-10"], "once no training runs, nothing more is begun"


def blas_threads(connection: Connection) -> None:
    """Tell how many threads each of the libraries has that multiply for NumPy and SciPy."""
    importlib.import_module("scipy.linalg.blas")
    connection.send([found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"])


def test_a_worker_s_numpy_and_scipy_have_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BLAS_THREADS:
        monkeypatch.setenv(name, "2")
    pool.run([], 1, Progress(io.StringIO()), lambda event: None)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=blas_threads, args=(theirs,))
    process.start()
    threads = ours.recv()
    process.join()
    assert threads
    assert set(threads) == {1}
