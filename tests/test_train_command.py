"""`python -m train` as a user calls it: what it trains, says, keeps, and how it ends."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

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
    assert (again.returncode, again.stdout.splitlines()[-1][:3]) == (0, "All")
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


def test_another_seed_gives_the_report_its_test_losses_and_changes_no_weights(trained: Path) -> None:
    before = weights_bytes(trained)
    for seed in ("12", "3"):
        done = call(trained, "none", "--seed", seed)
        assert done.returncode == 0, done.stderr
    assert weights_bytes(trained) == before
    row = json.loads((trained / "weights" / "report.json").read_text())["models"]["none"]
    assert list(row["seeds"]) == ["3", "12"]
    assert len({row["test_loss"], *row["seeds"].values()}) == 3
    assert row["recipe"]["seed"] == 0


def test_held_out_images_ask_for_a_trained_model(project: Path) -> None:
    done = call(project, "--held-out", "20")
    assert done.returncode == 1
    assert "report.json: expected masking-50 of this recipe, got none: train it first" in done.stderr


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


def test_progress_on_a_terminal_is_a_bar_redrawn_in_place() -> None:
    out = Terminal()
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


def test_the_closing_table_has_a_row_for_each_model() -> None:
    out = io.StringIO()
    row = {"test_loss": 74.3, "test_loss_clean": 60.1, "seconds": 75.0}
    Progress(out, {"masking-50": 25}).table({"masking-50": row})
    assert out.getvalue().splitlines()[-1].split() == ["masking-50", "25", "74.30", "60.10", "1:15"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3723, "1:02:03")])
def test_durations_read_as_on_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text
