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
LARGE = Recipe(hidden=10, epochs=1, batch=100, copies=10)
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
    ("cores", "beside"),
    [
        (1, [[], [], [], [], []]),
        (2, [[], [], ["masking-10"], ["masking-90"], ["none"]]),
        (3, [[], [], ["masking-10"], ["masking-10", "masking-90"], ["masking-90", "none"]]),
    ],
)
def test_the_longest_has_all_cores_first_where_it_can_and_the_longest_of_the_others_follow(
    monkeypatch: pytest.MonkeyPatch, cores: int, beside: list[list[str]]
) -> None:
    specs = [
        spec("none", 0.0, SMALL),
        spec("gaussian", 0.5, SMALL),
        spec("masking", 0.9, LARGE),
        spec("masking", 0.1, LONG),
        spec("salt-and-pepper", 0.5, LONGEST),
    ]
    begun: list[tuple[str, list[str], int]] = []
    monkeypatch.setattr(Ended, "running", [], raising=False)

    def start(task: Task, cores: int) -> tuple[Connection, Any]:
        begun.append((task.spec.name, list(Ended.running), cores))
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
    order = ["salt-and-pepper-50", "masking-10", "masking-90", "none", "gaussian-050"]
    its_cores = [cores, 1, 1, 1, 1]
    assert begun == list(zip(order, beside, its_cores, strict=True))
    assert Ended.running == []


def test_models_as_long_as_each_other_are_trained_side_by_side() -> None:
    twins = [spec("masking", level, LONGEST) for level in (0.1, 0.9)]
    assert pool.alone_on_all_cores(twins, 2) == set()
    assert pool.alone_on_all_cores(twins, 3) == {"masking-10", "masking-90"}
    assert pool.alone_on_all_cores([spec("masking", 0.1, LONG), spec("none", 0.0, SMALL)], 2) == set()
