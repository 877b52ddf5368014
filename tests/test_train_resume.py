"""`python -m train` killed, interrupted or robbed of a worker: the next call finishes what it left."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from export.weights.golden import read_golden, read_golden_pixels
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.matrix import in_matrix
from workshop.projects import CONFIG, NAMES, call, command, make_project, weights_bytes


@pytest.mark.matrix
def test_killed_at_any_moment_it_goes_on_to_the_same_bits(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=12))
    for moment in (1, 3):  # epochs after which the whole process group is killed
        with subprocess.Popen(
            command(project, "--workers", "2"), cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            assert process.stdout is not None
            seen = 0
            while seen < moment and (line := process.stdout.readline()):
                seen += "epoch" in line
            os.killpg(process.pid, signal.SIGKILL)
    resumed = call(project)
    assert resumed.returncode == 0, resumed.stderr
    after = weights_bytes(project)
    whole = call(project, "--force", "--workers", "1", "--weights", str(project / "whole"))
    assert whole.returncode == 0, whole.stderr
    assert after == {name: (project / "whole" / f"{name}.safetensors").read_bytes() for name in NAMES}


WRITES = [
    "write_golden",
    *in_matrix(("write_golden_pixels", "write_report", "replace_file", None)),
]


class KilledError(BaseException):
    pass


@pytest.mark.parametrize("write", WRITES)
def test_killed_between_any_two_writes_it_finishes_from_the_checkpoint(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], write: str | None
) -> None:
    from train.command import main
    from train.run import checkpoint

    words = [*command(project)[3:], "--workers", "1", "none"]

    def kill(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(*(("export.weights.trained." + write, kill) if write else (checkpoint, "remove", kill)))
        with pytest.raises(KilledError):
            main(words)
    capsys.readouterr()
    assert main(words) == 0
    assert " epoch " not in capsys.readouterr().out  # nothing is trained again
    weights = read_weights(project / "weights" / "none.safetensors")
    golden = project / "weights" / "golden"
    assert len(read_golden(golden, "none", weights.sha256, read_golden_pixels(golden))) == 100
    row = json.loads((project / "weights" / "report.json").read_text())["models"]["none"]
    assert row["fingerprint"] == weights.facts.recipe
    assert row["test_loss"] == weights.facts.test_loss
    assert len(row["curve"]["training"]) == 2


def test_a_worker_that_is_killed_is_told_of_at_once_and_leaves_the_others_alone(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=300) + "epochs = 3000\n")
    with subprocess.Popen(
        command(project, "--workers", "2"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith("none "):
            pass
        first = min(  # of its children, the one that was started first: that of the longer training
            int(stat.parent.name)
            for stat in Path("/proc").glob("[0-9]*/stat")
            if stat.read_text().rsplit(")", 1)[1].split()[1] == str(process.pid)
            and b"spawn_main" in (stat.parent / "cmdline").read_bytes()
        )
        os.kill(first, signal.SIGKILL)
        said, errors = process.communicate(timeout=60)
    sentence = "none: its worker process was killed, perhaps for want of memory"
    lines = said.splitlines()
    assert lines.index(sentence) < len(lines) - 3
    assert errors == f"error: {sentence}\n"
    assert process.returncode == 1
    assert (project / "weights" / "masking-50.safetensors").exists()


def test_ctrl_c_says_how_to_go_on_and_leaves_no_worker(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=5000))
    with subprocess.Popen(
        command(project),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        while "epoch" not in process.stdout.readline():
            pass
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Stopped. Every finished epoch is kept: `python -m train" in errors
    assert "Traceback" not in errors
    kept = {path: path.read_bytes() for path in (project / "checkpoints").glob("*.checkpoint")}
    assert kept
    time.sleep(0.5)
    assert {path: path.read_bytes() for path in (project / "checkpoints").glob("*.checkpoint")} == kept


def test_a_forced_training_goes_on_with_the_models_that_are_left(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from export.weights.trained import Outcome
    from train.command import main
    from train.run.events import Done, Measured

    take = Outcome.take

    def interrupted(outcome: Outcome, event: Done | Measured) -> None:
        take(outcome, event)
        raise KeyboardInterrupt

    monkeypatch.setattr(Outcome, "take", interrupted)
    assert main([*command(trained)[3:], "--workers", "1", "--force"]) == 130
    (said,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("Stopped."))
    assert said.endswith(" --workers 1 --force none` goes on from there.")


def test_workers_do_not_outlive_a_killed_parent(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=5000))
    with subprocess.Popen(command(project), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "epoch" not in process.stdout.readline():
            pass
        process.kill()
        process.wait()
        time.sleep(1)
        files = {path: path.read_bytes() for path in (project / "checkpoints").glob("*.checkpoint")}
        time.sleep(1)
        assert {path: path.read_bytes() for path in (project / "checkpoints").glob("*.checkpoint")} == files


def test_a_finished_run_goes_on_for_more_epochs_where_the_rate_is_constant(tmp_path: Path) -> None:
    constant = '[defaults]\nschedule = "constant"\nwarmup = 0\n'
    short, long = (make_project(tmp_path / name) for name in ("short", "long"))
    for project, epochs in ((short, 2), (long, 4)):
        text = CONFIG.format(epochs=epochs).replace("[defaults]\n", constant)
        (project / "models.toml").write_text(text)
        assert call(project).returncode == 0
    more = call(short, "--epochs", "4")
    assert more.returncode == 0, more.stderr
    assert "epoch   3/4" in more.stdout
    assert "epoch   2/4" not in more.stdout
    assert weights_bytes(short) == weights_bytes(long)
