"""`python -m train` as a user calls it: what it trains, says, keeps, and how it ends."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from export.golden import read_golden, read_golden_pixels
from export.weights import read_weights
from tests import synthetic
from train.progress import Progress, duration

ROOT = Path(__file__).resolve().parent.parent
CONFIG = """
[dataset]
name = "custom"
[defaults]
hidden = 8
epochs = {epochs}
batch = 20
[[model]]
noise = "masking"
level = 0.5
[[model]]
noise = "none"
"""
NAMES = ["masking-50", "none"]


def make_project(folder: Path) -> Path:
    """A folder with a models.toml of two small models, and digits."""
    synthetic.write_idx(folder / "digits", 60, 20)
    (folder / "models.toml").write_text(CONFIG.format(epochs=2))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def command(project: Path, *words: str) -> list[str]:
    places = ["--config", str(project / "models.toml"), "--data-dir", str(project / "digits")]
    return [sys.executable, "-m", "train", *words, *places]


def call(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(project, *words), cwd=ROOT, capture_output=True, text=True, check=False)


def weights_bytes(project: Path) -> dict[str, bytes]:
    return {name: (project / "weights" / f"{name}.safetensors").read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first `python -m train`, with what that said in `said`."""
    folder = make_project(tmp_path_factory.mktemp("trained"))
    done = call(folder)
    assert done.returncode == 0, done.stderr
    (folder / "said").write_text(done.stdout)
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A copy of it, free to be changed."""
    return Path(shutil.copytree(trained_once, tmp_path / "trained"))


def test_it_trains_what_is_missing_and_saves_weights_golden_vectors_and_a_report(trained_once: Path) -> None:
    said = (trained_once / "said").read_text()
    assert "epoch   2/2  loss" in said
    for name in NAMES:
        assert f"{trained_once / 'weights' / name}.safetensors is missing" in said
        weights = read_weights(trained_once / "weights" / f"{name}.safetensors")
        pixels = read_golden_pixels(trained_once / "weights" / "golden")
        assert read_golden(trained_once / "weights" / "golden", name, weights.sha256, pixels).shape == (100, 784)
    report = json.loads((trained_once / "weights" / "report.json").read_text())
    assert list(report["models"]) == report["noises"] == NAMES
    row = report["models"]["none"]
    assert set(row["test_loss_by_noise"]) == set(NAMES)
    assert row["test_loss"] == row["test_loss_clean"] == row["test_loss_by_noise"]["none"]
    assert len(row["curve"]["training"]) == 2
    assert not list((trained_once / "checkpoints").iterdir())


def test_it_trains_what_was_changed_and_nothing_else(trained: Path) -> None:
    project = trained
    again = call(project)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (
        0,
        "Nothing is left to train; --force trains again what is there.",
    )
    before = weights_bytes(project)
    text = CONFIG.format(epochs=2) + 'epochs = 1\n[[model]]\nnoise = "masking"\nlevel = 0.9\n'
    (project / "models.toml").write_text(text)
    changed = call(project)
    assert changed.returncode == 0, changed.stderr
    assert "masking-50: up to date" in changed.stdout
    assert "none: the recipe in models.toml is " in changed.stdout
    assert weights_bytes(project)["masking-50"] == before["masking-50"]
    report = json.loads((project / "weights" / "report.json").read_text())
    assert list(report["models"]) == [*NAMES, "masking-90"]
    for row in report["models"].values():  # models that were not trained are measured on the new noise too
        assert list(row["test_loss_by_noise"]) == [*NAMES, "masking-90"]


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


class KilledError(Exception):
    pass


@pytest.mark.parametrize("write", ["write_golden_pixels", "write_golden", "write_report", "write_weights", None])
def test_killed_between_any_two_writes_it_finishes_from_the_checkpoint(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], write: str | None
) -> None:
    from train import checkpoint
    from train.command import main

    words = [*command(project)[3:], "--workers", "1", "none"]

    def kill(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(*(("train.command." + write, kill) if write else (checkpoint, "remove", kill)))
        with pytest.raises(KilledError):
            main(words)
    capsys.readouterr()
    assert main(words) == 0
    assert " epoch " not in capsys.readouterr().out  # nothing is trained again
    weights = read_weights(project / "weights" / "none.safetensors")
    golden = project / "weights" / "golden"
    assert len(read_golden(golden, "none", weights.sha256, read_golden_pixels(golden))) == 100
    row = json.loads((project / "weights" / "report.json").read_text())["models"]["none"]
    assert row["fingerprint"] == weights.metadata["recipe"]
    assert f"{row['test_loss']:.4f}" == weights.metadata["test_loss"]
    assert len(row["curve"]["training"]) == 2


def test_a_report_that_was_deleted_or_spoilt_is_written_anew(trained: Path) -> None:
    path = trained / "weights" / "report.json"
    whole = json.loads(path.read_text())
    path.write_text("{")
    spoilt = call(trained)
    assert spoilt.returncode == 1
    assert "delete it to have it written anew" in spoilt.stderr
    path.unlink()
    before = weights_bytes(trained)
    done = call(trained)
    assert done.returncode == 0, done.stderr
    assert weights_bytes(trained) == before
    measured = json.loads(path.read_text())
    for name in NAMES:
        assert measured["models"][name]["curve"]["training"] == []  # what only a training knows
        for key in ("fingerprint", "test_loss", "test_loss_by_noise", "completion", "cleaning"):
            assert measured["models"][name][key] == whole["models"][name][key]


def test_other_images_of_ones_own_are_a_reason_to_train(trained: Path) -> None:
    others = synthetic.write_idx(trained / "others", 80, 20)
    assert "none: up to date" in call(trained).stdout
    words = [*command(trained), "--data-dir", str(others)]  # of two the last counts
    other = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert other.returncode == 0, other.stderr
    assert f"none: the images are others than those of {trained / 'weights' / 'none.safetensors'}" in other.stdout
    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "none: up to date" in again.stdout


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
    from train import command as train_command

    take = train_command._Outcome.take

    def interrupted(outcome: Any, spec: Any, event: Any) -> None:
        take(outcome, spec, event)
        raise KeyboardInterrupt

    monkeypatch.setattr(train_command._Outcome, "take", interrupted)
    assert train_command.main([*command(trained)[3:], "--workers", "1", "--force"]) == 130
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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["masking-51"], "no model to train is called 'masking-51', expected one of masking-50, none"),
        (["--epochs", "0"], "--epochs: epochs: expected a whole number from 1 to 10000, got 0"),
        (["--held-out", "60"], "--held-out: expected a number below the 60 training images, got 60"),
        (["--held-out", "50"], "masking-50: batch: expected at most the 10 training images, got 20"),
        (["--data-dir", "/nowhere"], "/nowhere: expected train-images-idx3-ubyte.gz"),
        (["--config", "/nowhere.toml"], "/nowhere.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_status_1(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    from train.command import main

    places = ["--config", str(project / "models.toml"), "--data-dir", str(project / "digits")]
    assert main([*places, *words]) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.startswith("error: ")


def test_held_out_images_give_the_report_a_validation_curve_and_change_no_weights(trained: Path) -> None:
    before = weights_bytes(trained)
    done = call(trained, "none", "--held-out", "20")
    assert done.returncode == 0, done.stderr
    assert weights_bytes(trained) == before
    curve = json.loads((trained / "weights" / "report.json").read_text())["models"]["none"]["curve"]
    assert len(curve["training"]) == len(curve["validation"]) == len(curve["companion_training"]) == 2
    assert curve["held_out"] == 20
    again = call(trained, "none", "--held-out", "20")
    assert again.stdout.splitlines()[0] == "none: its loss on 20 held-out images is in the report"
    assert " epoch " not in again.stdout


def test_another_seed_gives_the_report_its_test_losses_and_changes_no_weights(trained: Path) -> None:
    before = weights_bytes(trained)
    for seed in ("12", "3"):
        done = call(trained, "none", "--seed", seed)
        assert done.returncode == 0, done.stderr
    again = call(trained, "none", "--seed", "12")
    assert again.stdout.splitlines()[0] == "none: its test loss from seed 12 is in the report"
    assert " epoch " not in again.stdout
    assert weights_bytes(trained) == before
    row = json.loads((trained / "weights" / "report.json").read_text())["models"]["none"]
    assert list(row["seeds"]) == ["3", "12"]
    assert len({row["test_loss"], *row["seeds"].values()}) == 3
    assert row["recipe"]["seed"] == 0


def test_held_out_images_ask_for_a_trained_model(project: Path) -> None:
    done = call(project, "--held-out", "20")
    assert done.returncode == 1
    assert "report.json: models.masking-50.fingerprint: expected " in done.stderr
    assert ", got nothing: train the model first" in done.stderr


def test_a_mesh_of_devices_trains_the_same_models(project: Path) -> None:
    done = call(project, "--mesh", "1,1")
    assert done.returncode == 0, done.stderr
    assert all(data for data in weights_bytes(project).values())


def test_report_draws_figures(trained: Path) -> None:
    words = [*command(trained, "report"), "--out", str(trained / "figures")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((trained / "figures").glob("*.png"))) == 2 + 2 * len(NAMES)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


EVENT = {"name": "none", "epoch": 3, "loss": 51.234, "rate": 19500.0}


def test_progress_on_a_terminal_is_a_bar_redrawn_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setenv("COLUMNS", "120")
    progress = Progress(out, {"none": 4})
    progress.epoch(EVENT)
    progress.epoch(EVENT | {"epoch": 4})
    text = out.getvalue()
    assert "none" in text
    assert "█" * 18 + "░" * 6 in text
    assert "\x1b[1F\x1b[J" in text
    assert "4/4  loss   51.23    19,500 samples/s  0:00 left" in text


def test_progress_elsewhere_is_a_line_an_epoch() -> None:
    out = io.StringIO()
    Progress(out, {"none": 4}).epoch(EVENT)
    assert out.getvalue().startswith("none                 epoch   3/4  loss   51.23    19,500 samples/s  ")
    assert "\x1b" not in out.getvalue()


def test_the_longest_training_begins_first_and_files_follow_the_config(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=1) + "epochs = 2\n")  # of the second model
    done = call(project, "--workers", "1")
    assert done.returncode == 0, done.stderr
    begun = [line.split()[0] for line in done.stdout.splitlines() if " epoch " in line]
    assert begun == ["none", "none", "masking-50"]
    assert list(json.loads((project / "weights" / "report.json").read_text())["models"]) == NAMES


def test_the_time_left_counts_a_costly_epoch_for_as_many_others(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    out = io.StringIO()
    progress = Progress(out, {"costly": 10, "cheap": 10, "other": 20}, {"costly": 8, "cheap": 1, "other": 1}, 2)
    now = 115.0
    progress.epoch(EVENT | {"name": "cheap", "epoch": 1})
    now = 130.0
    progress.epoch(EVENT | {"name": "cheap", "epoch": 2})  # 15 s each; one core has the 80 of the costly one before it
    assert out.getvalue().endswith(" 20:00 left\n")
    now = 220.0
    progress.epoch(EVENT | {"name": "costly", "epoch": 1})  # 8 in the same time, less one epoch: 15 s for one still
    assert out.getvalue().endswith(" 18:00 left\n")


@pytest.mark.parametrize("columns", [40, 80, 100, 200])
@pytest.mark.parametrize("name", ["none", "salt-and-pepper-75", "x" * 64])
def test_a_bar_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, name: str) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = Terminal()
    progress = Progress(out, {name: 50})
    progress.epoch(EVENT | {"name": name, "rate": 123456.0})
    progress.finish(name)
    lines = [line for line in re.split(r"\x1b\[1F\x1b\[J|\n", out.getvalue()) if line]
    assert len(lines) == 2
    assert all(len(line) < columns for line in lines)
    if columns >= 80 and len(name) < 20:
        assert all("3/50" in line and "loss   51.23" in line and "░" * 7 in line for line in lines)


def test_the_closing_table_has_a_row_for_each_model() -> None:
    out = io.StringIO()
    row = {"test_loss": 74.3, "test_loss_clean": 60.1, "seconds": 75.0}
    Progress(out, {"masking-50": 25}).table({"masking-50": row})
    assert out.getvalue().splitlines()[-1].split() == ["masking-50", "25", "74.30", "60.10", "1:15"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3723, "1:02:03")])
def test_durations_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--workers", "0"], "argument --workers: expected a whole number above 0, got '0'"),
        (["--workers", "-1"], "argument --workers: expected a whole number above 0, got '-1'"),
        (["--mesh", "2"], "argument --mesh: expected two whole numbers above 0 such as 4,1, got '2'"),
        (["--distributed"], "--distributed: expected with --mesh, got it alone"),
        (["--mesh", "1,1", "--workers", "2"], "--workers: expected without --mesh"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    from train.command import main

    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_level_of_many_digits_is_trained_measured_and_built(project: Path) -> None:
    level = "0.12345678901"
    (project / "models.toml").write_text(CONFIG.format(epochs=1).replace("level = 0.5", f"level = {level}"))
    done = call(project)
    assert done.returncode == 0, done.stderr
    build = [sys.executable, "build.py", "--config", str(project / "models.toml"), "--out", str(project / "site")]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
