"""The training benchmark's contenders run, and its table says what its results say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.training.table import NAMES, division, scaling_table, table
from tests import synthetic

ROOT = Path(__file__).resolve().parent.parent
CONTENDER = ROOT / "benchmarks" / "training" / "contender.py"


@pytest.mark.parametrize("name", ["per-step", "ours", "divided", "bfloat16", "sgemm"])
def test_a_contender_prints_its_rates_and_its_memory(tmp_path: Path, name: str) -> None:
    folder = synthetic.write_idx(tmp_path / "digits", 200, 10)
    command = [sys.executable, str(CONTENDER), name, str(folder), "200", "1"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(answer["samples_per_second"]) == 1
    assert answer["samples_per_second"][0] > 0
    assert answer["bytes"] > 1e6


def test_the_table_has_a_row_for_each_contender() -> None:
    one = {"samples_per_second": 39100, "to_pytorch": 1.75, "share_of_peak": 0.751, "bytes": 5e8}
    of_all = dict.fromkeys(NAMES, one)
    rows = table(
        {"contenders": of_all, "rounds": 3, "cores": 2, "gflops_peak": 198.8, "versions": {"JAX": "0.9"}}
    ).splitlines()
    assert len(rows) == 2 + len(NAMES) + 3
    assert rows[1 + len(NAMES)].endswith("| 39,100 | 1.75 | 75% | 500 MB |")
    assert rows[-2].startswith("Medians of 3 rounds, ")
    assert rows[-1] == "(JAX 0.9); the peak is that of float32 products, 198.8 GFLOP/s."


def test_the_scaling_table_has_a_row_for_each_thing_that_is_doubled() -> None:
    rows = scaling_table({"scaling": {"images": {"1": 1.0, "2": 1.95, "4": 4.013}}}).splitlines()
    assert rows[2:] == ["| images | 1.00 | 1.95 | 4.01 |"]


def test_the_sentence_about_divided_steps_gives_the_ratio() -> None:
    text = division({"division": {"large": 12.0, "divided": 6.4}})
    assert "12.0 s on one core and 6.4 s on two:\n1.88 times as fast" in text


def test_a_mesh_of_devices_trains_its_models_in_one_process(tmp_path: Path) -> None:
    folder = synthetic.write_idx(tmp_path / "digits", 200, 10)
    command = [sys.executable, str(CONTENDER), "mesh", str(folder), "200", "1", "2"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert answer["samples_per_second"][0] > 0
