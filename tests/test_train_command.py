"""`python -m train` as a user calls it: what it trains, says, keeps and refuses."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from export.weights.golden import read_golden, read_golden_pixels
from export.weights.models import read_model
from export.weights.reader_file import read_golden_shares, read_reader, shares_of
from export.weights.weights_file import read_weights
from train.learn.readers import PIXELS
from train.settings.reader import read_config
from workshop import synthetic
from workshop.checkout import ROOT
from workshop.projects import CONFIG, NAMES, call, command, make_project, weights_bytes


def test_it_trains_what_is_missing_and_saves_weights_golden_vectors_and_a_report(trained_once: Path) -> None:
    said = (trained_once / "said").read_text()
    assert "epoch   2/2, loss" in said
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
    assert row["test_loss_spread"] == 0
    assert len(row["curve"]["training"]) == 2
    assert not list((trained_once / "checkpoints").iterdir())


@pytest.fixture(scope="module")
def labelled_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project whose images have labels, trained, and what that said."""
    project = make_project(tmp_path_factory.mktemp("labelled"), labelled=True)
    done = call(project)
    assert done.returncode == 0, done.stderr
    return project, done.stdout


def test_it_learns_a_reader_of_each_code_and_of_the_pixels(labelled_once: tuple[Path, str]) -> None:
    project, said = labelled_once
    folder = project / "weights"
    for name in (*NAMES, PIXELS):
        weights = None if name == PIXELS else read_weights(folder / f"{name}.safetensors")
        file = read_reader(name, folder, weights, "custom")
        assert file is not None
        assert file.reader.weight.shape == ((784 if weights is None else 8), 10)
        shares = shares_of(file.reader, weights.params if weights else None, read_golden_pixels(folder / "golden"))
        assert np.abs(read_golden_shares(file, folder) - shares).max() < 1e-5
        assert f"{name:20} its reader misreads {file.test_error:.2%} of the test images" in said


def test_a_reader_is_learned_again_where_it_is_missing_and_never_without_labels(
    labelled_once: tuple[Path, str], tmp_path: Path
) -> None:
    trained = shutil.copytree(labelled_once[0], tmp_path / "trained")
    path = trained / "weights" / "none.reader.safetensors"
    before = path.read_bytes()
    path.unlink()
    again = call(trained)
    assert again.returncode == 0, again.stderr
    assert "Nothing is left" not in again.stdout
    assert path.read_bytes() == before
    path.unlink()
    for labels in (trained / "digits").glob("*labels*"):
        labels.unlink()
    without = call(trained)
    assert without.returncode == 0, without.stderr
    assert without.stdout.splitlines()[-1].startswith("Nothing is left to train")
    assert not path.exists()


def test_it_trains_what_was_changed_and_nothing_else(trained: Path) -> None:
    project = trained
    again = call(project)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (
        0,
        "Nothing is left to train; --force trains again what is there.",
    )
    before = weights_bytes(project)
    slip = call(project, "--epochs", "1")
    assert slip.returncode == 1
    assert "masking-50.safetensors: took 2 epochs, and would be replaced by weights of 1" in slip.stderr
    assert weights_bytes(project) == before
    text = CONFIG.format(epochs=2) + 'epochs = 3\n[[model]]\nnoise = "masking"\nlevel = 0.9\n'
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


def test_a_report_that_was_deleted_or_spoilt_is_written_anew(trained: Path) -> None:
    path = trained / "weights" / "report.json"
    whole = json.loads(path.read_text())
    path.write_text("{")
    spoilt = call(trained)
    assert spoilt.returncode == 1
    assert "delete the file to have it written anew" in spoilt.stderr
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
    others = synthetic.write_idx(trained / "others", 80, 20, labelled=False)
    assert "none: up to date" in call(trained).stdout
    words = [*command(trained), "--data-dir", str(others)]  # of two the last counts
    other = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert other.returncode == 0, other.stderr
    assert f"none: the images are others than those of {trained / 'weights' / 'none.safetensors'}" in other.stdout
    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "none: up to date" in again.stdout


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


def test_companion_runs_of_a_model_whose_curve_is_not_known_find_it(trained: Path) -> None:
    path = trained / "weights" / "report.json"
    report = json.loads(path.read_text())
    report["models"]["none"].pop("curve")
    path.write_text(json.dumps(report))
    done = call(trained, "none", "--held-out", "20")
    assert done.returncode == 0, done.stderr
    curve = json.loads(path.read_text())["models"]["none"]["curve"]
    assert (curve["training"], len(curve["validation"]), curve["held_out"]) == ([], 2, 20)


def test_held_out_images_ask_for_a_trained_model(project: Path) -> None:
    done = call(project, "--held-out", "20")
    assert done.returncode == 1
    assert "report.json: models.masking-50.fingerprint: expected " in done.stderr
    assert ", got nothing: `python -m train masking-50` trains the model" in done.stderr


def test_a_mesh_of_devices_trains_the_same_models(project: Path) -> None:
    done = call(project, "--mesh", "1,1")
    assert done.returncode == 0, done.stderr
    assert all(data for data in weights_bytes(project).values())


@pytest.mark.matrix
def test_with_a_mesh_a_lost_report_is_measured_again(trained: Path) -> None:
    report = trained / "weights" / "report.json"
    before = json.loads(report.read_text())
    report.unlink()
    done = call(trained, "--mesh", "1,1")
    assert done.returncode == 0, done.stderr
    after = json.loads(report.read_text())
    assert {name: row["test_loss"] for name, row in after["models"].items()} == {
        name: row["test_loss"] for name, row in before["models"].items()
    }


def test_report_draws_figures(trained: Path) -> None:
    words = [*command(trained, "report"), "--out", str(trained / "figures")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((trained / "figures").glob("*.png"))) == 2 + 2 * len(NAMES)


def test_report_leaves_out_what_is_not_trained_and_says_so(trained: Path) -> None:
    words = [*command(trained, "report"), "--out", str(trained / "figures")]
    (trained / "weights" / "none.safetensors").unlink()
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "none is left out: " in done.stderr
    assert "none.safetensors is missing: `python -m train none` trains it" in done.stderr
    assert len(list((trained / "figures").glob("*.png"))) == 2 + 2 * (len(NAMES) - 1)
    (trained / "models.toml").write_text(CONFIG.format(epochs=3))
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "masking-50 is left out: the recipe in models.toml is " in done.stderr
    assert "expected the weights of a model of " in done.stderr


def test_who_no_longer_listens_stops_it_without_a_traceback(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=500))
    training = subprocess.Popen(
        command(project), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert training.stdout
    assert training.stderr
    assert training.stdout.readline()
    training.stdout.close()
    said = training.stderr.read()
    training.stderr.close()
    assert training.wait() == 1
    assert said == "Stopped: nobody reads what it says. Every finished epoch is kept.\n"


def test_the_longest_training_begins_first_and_files_follow_the_config(project: Path) -> None:
    (project / "models.toml").write_text(CONFIG.format(epochs=1) + "epochs = 2\n")  # of the second model
    done = call(project, "--workers", "1")
    assert done.returncode == 0, done.stderr
    begun = [line.split()[0] for line in done.stdout.splitlines() if " epoch " in line]
    assert begun == ["none", "none", "masking-50"]
    assert list(json.loads((project / "weights" / "report.json").read_text())["models"]) == NAMES


ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
from train.command import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.matrix
def test_the_weights_have_the_same_bits_on_any_number_of_cores(project: Path) -> None:
    weights = []
    for cores in ("1", "2", "8"):
        done = call(project, "--force", "--workers", cores)
        assert done.returncode == 0, done.stderr
        weights.append(weights_bytes(project))
    words = command(project, "--force")[3:]
    on_one = subprocess.run([sys.executable, "-c", ON_ONE_CORE, *words], cwd=ROOT, capture_output=True, check=False)
    assert on_one.returncode == 0, on_one.stderr
    assert weights[0] == weights[1] == weights[2] == weights_bytes(project)


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


def test_a_model_that_was_trained_elsewhere_gets_a_reader_where_there_are_labels(tmp_path: Path) -> None:
    project = make_project(tmp_path, labelled=True)
    random = np.random.default_rng(0)
    shapes = {"weight": (784, 5), "hidden_bias": (5,), "visible_bias": (784,)}
    arrays = {key: random.normal(0, 0.1, shape).astype(np.float32) for key, shape in shapes.items()}
    np.savez(project / "theirs.npz", allow_pickle=False, **arrays)
    (project / "models.toml").write_text(
        '[dataset]\nname = "custom"\n[[model]]\nfile = "theirs.npz"\nname = "theirs"\nnoise = "none"\n'
    )
    done = call(project)
    assert done.returncode == 0, done.stderr
    (spec,) = read_config(project / "models.toml").models
    file = read_reader("theirs", project / "weights", read_model(spec, project / "weights"), "custom")
    assert file is not None
    assert file.reader.weight.shape == (5, 10)
    assert call(project).stdout.splitlines()[-1].startswith("Nothing is left to train")
