"""A sweep over a mesh: what happens to the others, and to the screen, when a model fails."""

import io
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from tests.test_training import RECIPE, spec
from train.errors import DaeError, TrainingError
from train.files import FileError
from train.run import mesh, sweep, work, worker
from train.run.events import Result, Stopped
from train.run.failure import failure
from train.run.progress import Progress
from train.run.task import Task
from train.settings.config import ModelSpec
from workshop import synthetic

SPECS = [spec("masking", 0.5), spec("none", 0.0)]


class Recorded(Progress):
    """Writes to no screen, and knows which models it was told are done with."""

    def __init__(self) -> None:
        self.said = io.StringIO()
        super().__init__(self.said, SPECS)
        self.finished: list[str] = []

    def finish(self, name: str) -> None:
        self.finished.append(name)


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    monkeypatch.setattr(mesh, "fix_numbers", lambda threads, flags: None)  # these tests share their JAX with others
    data = synthetic.write_idx(tmp_path / "digits", 60, 20, labelled=False)
    return [Task(one, data, tmp_path / "checkpoints", {}, np.zeros((1, 784), np.float32)) for one in SPECS]


def failing(error: Exception, name: str, asked: list[list[str]] | None = None) -> Callable[..., list[sweep.Trained]]:
    """`sweep.train_group`, which cannot train a family with the model `name`."""
    train_group = sweep.train_group

    def fail(specs: list[ModelSpec], *rest: Any) -> list[sweep.Trained]:
        if asked is not None:
            asked.append([one.name for one in specs])
        if name in [one.name for one in specs]:
            raise error
        return train_group(specs, *rest)

    return fail


def names_of(taken: list[str]) -> Callable[[Result], None]:
    return lambda event: taken.append(event.spec.name)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (FileError("here: cannot write: no space is left on the device"), "here: cannot write: no space is left"),
        (MemoryError(), "masking-50: out of memory"),
        (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes."), "masking-50: out of"),
    ],
)
def test_a_model_that_cannot_be_trained_leaves_the_others_alone(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    monkeypatch.setattr(sweep, "train_group", failing(error, "masking-50"))
    taken: list[str] = []
    progress = Recorded()
    failed = mesh.run(tasks, (1, 1), progress, names_of(taken))
    assert list(failed) == ["masking-50"]
    assert failed["masking-50"].startswith(sentence)
    assert taken == ["none"]
    assert sorted(progress.finished) == ["masking-50", "none"]
    assert failed["masking-50"] in progress.said.getvalue()


@pytest.mark.parametrize("fails", ["", "none", "masking-50"])
def test_models_of_different_recipes_are_trained_one_recipe_after_another(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    asked: list[list[str]] = []
    error = jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes.")
    monkeypatch.setattr(sweep, "train_group", failing(error, fails, asked))
    monkeypatch.setattr(mesh, "is_wide", lambda _: True)
    tasks[1] = replace(tasks[1], spec=replace(tasks[1].spec, recipe=replace(RECIPE, hidden=5)))
    taken: list[str] = []
    progress = Recorded()
    failed = mesh.run(tasks, (1, 1), progress, names_of(taken))
    assert asked == [["masking-50"], ["none"]]
    assert failed == ({fails: f"{fails}: out of memory"} if fails else {})
    assert taken == [name for name in ("masking-50", "none") if name != fails]
    assert progress.finished == ["masking-50", "none"]


def test_a_model_whose_loss_is_not_finite_is_done_with(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_finite", lambda value, state: False)
    progress = Recorded()
    failed = mesh.run(tasks, (1, 1), progress, lambda event: None)
    assert sorted(failed) == sorted(progress.finished) == ["masking-50", "none"]


def test_a_fault_of_ours_is_not_hidden(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    error = jax.errors.JaxRuntimeError("INTERNAL: something else")
    monkeypatch.setattr(sweep, "train_group", failing(error, "none"))
    with pytest.raises(jax.errors.JaxRuntimeError, match="something else"):
        mesh.run(tasks, (1, 1), Recorded(), lambda event: None)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TrainingError("batch: expected less"), "batch: expected less"),
        (MemoryError(), "masking-50: out of memory"),
        (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: 99 bytes"), "masking-50: out of memory"),
        (ValueError("a shape\nand more"), "masking-50: unexpected ValueError in test_mesh.py, line "),
    ],
)
def test_a_worker_says_in_one_sentence_why_it_ended(
    tasks: list[Task],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    sentence: str,
) -> None:
    def fail(task: Task, tell: object) -> None:
        raise error

    monkeypatch.setattr(work, "work", fail)
    for name in ("fix_numbers", "_end_with_parent"):
        monkeypatch.setattr(worker, name, lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    ours, theirs = Pipe(duplex=False)
    worker.run(tasks[0], theirs)
    theirs.close()
    said = ours.recv()
    assert isinstance(said, Stopped)
    assert said.text.startswith(sentence)
    assert ("please report this line" in said.text) == isinstance(error, ValueError)
    with pytest.raises(EOFError):  # it was the last
        ours.recv()
    assert capsys.readouterr().err == ""


def test_what_is_wrong_outside_the_program_is_said_as_it_is() -> None:
    assert failure("none", DaeError("a sentence")) == "a sentence"
