"""A sweep over a mesh: what happens to the others, and to the screen, when a model fails."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import pytest

from tests import synthetic
from tests.test_training import RECIPE, spec
from train import mesh, sweep, worker
from train.errors import DaeError, TrainingError
from train.files import FileError
from train.progress import Progress
from train.worker import Task

SPECS = [spec("masking", 0.5), spec("none", 0.0)]


class Recorded(Progress):
    """Writes to no screen, and knows which models it was told are done with."""

    def __init__(self) -> None:
        self.said = io.StringIO()
        super().__init__(self.said, {one.name: RECIPE.epochs for one in SPECS})
        self.finished: list[str] = []

    def finish(self, name: str) -> None:
        self.finished.append(name)


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    monkeypatch.setattr(mesh, "fix_numbers", lambda threads, flags: None)  # these tests share their JAX with others
    data = synthetic.write_idx(tmp_path / "digits", 60, 20)
    return [Task(one, data, tmp_path / "checkpoints", {}, None) for one in SPECS]


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
    train_group = sweep.train_group

    def fail(specs: Any, *rest: Any) -> Any:
        if specs[0].name == "masking-50":
            raise error
        return train_group(specs, *rest)

    monkeypatch.setattr(sweep, "train_group", fail)
    monkeypatch.setattr(mesh, "finished", lambda one, dataset, task: {"name": task.spec.name})
    progress, taken = Recorded(), []
    failed = mesh.run(tasks, (1, 1), progress, lambda one, event: taken.append(event["name"]))
    assert list(failed) == ["masking-50"]
    assert failed["masking-50"].startswith(sentence)
    assert taken == ["none"]
    assert sorted(progress.finished) == ["masking-50", "none"]


@pytest.mark.parametrize("fails", ["", "none"])
def test_models_that_cannot_be_trained_at_once_are_trained_one_recipe_after_another(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    train_group, asked = sweep.train_group, []

    def fail_together(specs: Any, *rest: Any) -> Any:
        asked.append([one.name for one in specs])
        if len(specs) > 1 or specs[0].name == fails:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes.")
        return train_group(specs, *rest)

    monkeypatch.setattr(sweep, "train_group", fail_together)
    monkeypatch.setattr(mesh, "is_wide", lambda _: True)
    monkeypatch.setattr(mesh, "finished", lambda one, dataset, task: {"name": task.spec.name})
    tasks[1] = replace(tasks[1], spec=replace(tasks[1].spec, recipe=replace(RECIPE, copies=2)))
    progress, taken = Recorded(), []
    failed = mesh.run(tasks, (1, 1), progress, lambda one, event: taken.append(event["name"]))
    assert asked == [["masking-50", "none"], ["masking-50"], ["none"]]
    assert failed == ({fails: f"{fails}: out of memory"} if fails else {})
    assert taken == [name for name in ("masking-50", "none") if name != fails]
    assert progress.finished == ["masking-50", "none"]
    assert "all models at once: out of memory; now one recipe after another" in progress.said.getvalue()


def test_a_model_whose_loss_is_not_finite_is_done_with(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_finite", lambda value, state: False)
    progress = Recorded()
    failed = mesh.run(tasks, (1, 1), progress, lambda one, event: None)
    assert sorted(failed) == sorted(progress.finished) == ["masking-50", "none"]


def test_a_fault_of_ours_is_not_hidden(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("INTERNAL: something else")

    monkeypatch.setattr(sweep, "train_group", fail)
    with pytest.raises(jax.errors.JaxRuntimeError, match="something else"):
        mesh.run(tasks, (1, 1), Recorded(), lambda one, event: None)


class Connection:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)


@pytest.mark.parametrize(
    ("error", "sentence", "traced"),
    [
        (TrainingError("batch: expected less"), "batch: expected less", False),
        (MemoryError(), "masking-50: out of memory", False),
        (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: 99 bytes"), "masking-50: out of memory", False),
        (ValueError("a shape\nand more"), "masking-50: ValueError: a shape", True),
    ],
)
def test_a_worker_says_in_one_sentence_why_it_ended(
    tasks: list[Task],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    sentence: str,
    traced: bool,
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    for name, value in (("work", fail), ("fix_numbers", lambda threads: None), ("_end_with_parent", lambda: None)):
        monkeypatch.setattr(worker, name, value)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    connection: Any = Connection()
    worker.run(tasks[0], connection)
    assert connection.sent == [
        {"event": "stopped", "name": "masking-50", "text": sentence},
        {"event": "end", "name": "masking-50"},
    ]
    assert ("Traceback" in capsys.readouterr().err) == traced


def test_what_is_wrong_outside_the_program_is_said_as_it_is() -> None:
    assert worker.failure("none", DaeError("a sentence")) == "a sentence"
