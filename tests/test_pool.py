"""Which models are trained at a time, and in what order; without training any."""

import io
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.test_training import spec
from train import pool
from train.config import Recipe
from train.progress import Progress
from train.worker import Task

SMALL, LONG = Recipe(hidden=10, epochs=1), Recipe(hidden=10, epochs=900)
LARGE = Recipe(hidden=10, epochs=1, batch=100, copies=10)  # whose steps are divided over two threads
LONGEST = Recipe(hidden=10, epochs=1000, batch=100, copies=10)


class Ended:
    """A process that has done its work; `running` are those not yet waited for."""

    running: list[str]

    def __init__(self, name: str) -> None:
        self.name = name

    def join(self) -> None:
        if self.name in self.running:
            self.running.remove(self.name)

    terminate = join


@pytest.mark.parametrize(
    ("cores", "order", "beside"),
    [
        (1, "ACBDE", ["", "", "", "", ""]),
        (2, "ABCDE", ["", "", "", "C", "D"]),
        (3, "ACBDE", ["", "A", "C", "B", "D"]),
        (4, "ABCDE", ["", "A", "B", "BC", "CD"]),
    ],
)
def test_models_of_two_threads_have_two_cores_first_and_the_longest_of_the_others_follow(
    monkeypatch: pytest.MonkeyPatch, cores: int, order: str, beside: list[str]
) -> None:
    specs = [
        spec("none", 0.0, SMALL),
        spec("gaussian", 0.5, SMALL),
        spec("masking", 0.9, LARGE),
        spec("masking", 0.1, LONG),
        spec("salt-and-pepper", 0.5, LONGEST),
    ]
    begun: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(Ended, "running", [], raising=False)

    def start(task: Task) -> tuple[Connection, Any]:
        begun.append((task.spec.name, list(Ended.running)))
        Ended.running.append(task.spec.name)
        ours, theirs = multiprocessing.Pipe(duplex=False)
        theirs.send({"event": "end"})
        return ours, Ended(task.spec.name)

    def first_alone(ready: list[Connection]) -> list[Connection]:
        return ready[:1]

    monkeypatch.setattr(pool, "_start", start)
    monkeypatch.setattr(pool, "wait", first_alone)
    tasks = [Task(one, None, Path(), {}, None) for one in specs]
    assert pool.run(tasks, cores, Progress(io.StringIO(), {}), lambda spec, event: None) == {}
    letters = {"salt-and-pepper-50": "A", "masking-90": "B", "masking-10": "C", "none": "D", "gaussian-050": "E"}
    assert [(letters[name], "".join(letters[one] for one in others)) for name, others in begun] == list(
        zip(order, beside, strict=True)
    )
    assert Ended.running == []
