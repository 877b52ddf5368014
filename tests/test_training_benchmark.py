"""The training benchmark runs, its table says what its results say, and candidates are judged by their losses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.training import choose
from benchmarks.training.table import NAMES, Contest, Rate, scaling_table, table
from train.settings.config import ModelSpec
from train.settings.recipe import Recipe
from workshop import synthetic
from workshop.matrix import in_matrix

ROOT = Path(__file__).resolve().parent.parent
CONTENDER = ROOT / "benchmarks" / "training" / "contender.py"


@pytest.mark.parametrize("name", ["ours", *in_matrix(("per-step", "sgemm"))])
def test_a_contender_prints_its_rates_and_its_memory(tmp_path: Path, name: str) -> None:
    folder = synthetic.write_idx(tmp_path / "digits", 200, 10)
    command = [sys.executable, str(CONTENDER), name, str(folder), "200", "1"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(answer["samples_per_second"]) == 1
    assert answer["samples_per_second"][0] > 0
    assert answer["bytes"] > 1e6


def test_the_table_has_a_row_for_each_contender() -> None:
    one: Rate = {"samples_per_second": 39100, "to_pytorch": 1.75, "share_of_peak": 0.751, "bytes": 500_000_000}
    results: Contest = {
        "contenders": dict.fromkeys(NAMES, one),
        "rounds": 3,
        "cores": 2,
        "load_before": 0.0,
        "gflops_peak": 198.8,
        "versions": {"JAX": "0.9"},
    }
    rows = table(results).splitlines()
    assert len(rows) == 2 + len(NAMES) + 3
    assert rows[1 + len(NAMES)].endswith("| 39,100 | 1.75 | 75% | 500 MB |")
    assert rows[-2].startswith("Medians of 3 rounds, ")
    assert rows[-1] == "(JAX 0.9); the peak is that of float32 products, 198.8 GFLOP/s."


def test_the_scaling_table_has_a_row_for_each_thing_that_is_doubled() -> None:
    rows = scaling_table({"scaling": {"images": {"1": 1.0, "2": 1.95, "4": 4.013}}}).splitlines()
    assert rows[2:] == ["| images | 1.00 | 1.95 | 4.01 |"]


def test_a_mesh_of_devices_trains_its_models_in_one_process(tmp_path: Path) -> None:
    folder = synthetic.write_idx(tmp_path / "digits", 200, 10)
    command = [sys.executable, str(CONTENDER), "mesh", str(folder), "200", "1", "2"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert answer["samples_per_second"][0] > 0


def test_a_candidate_is_judged_by_its_losses_over_those_of_the_recipe_of_2015() -> None:
    losses = {
        choose.OF_2015: {"none": 50.0, "masking-80": 100.0},
        "better": {"none": 45.0, "masking-80": 90.0},
        "not yet complete": {"none": 45.0},
    }
    assert choose.summary(losses) == {choose.OF_2015: 2.0, "better": 1.8}
    assert choose.summary({"better": losses["better"]}) == {}


def test_what_is_in_the_file_of_candidates_is_not_trained_again(tmp_path: Path) -> None:
    specs = [ModelSpec(name, "masking", 0.5, "mnist", Recipe()) for name in ("one", "other")]
    losses = {name: {"one": 1.0, "other": 2.0} for name in choose.CANDIDATES}
    last = list(losses)[-1]
    losses[last] = {"one": 1.0}
    assert [(name, spec.name, spec.recipe) for name, spec in choose.missing(losses, specs)] == [
        (last, "other", choose.CANDIDATES[last])
    ]
    choose.write(tmp_path / "candidates.json", losses)
    written = json.loads((tmp_path / "candidates.json").read_text())
    assert list(written) == ["held_out", "recipes", "losses", "sum_of_ratios"]
    assert written["losses"] == losses
    assert written["recipes"][last]["learning_rate"] == choose.CANDIDATES[last].learning_rate
    assert written["sum_of_ratios"].keys() == losses.keys() - {last}
