"""The report keeps the rows that are not new, and gives the same bytes for the same rows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from train.config import ModelSpec, Recipe
from train.errors import DaeError
from train.report import read_report, row, updated, write_report

SPECS = [ModelSpec(name, "masking", level, "mnist", Recipe()) for name, level in (("a", 0.1), ("b", 0.2))]
ROW = row(SPECS[0], {"test_loss": 1.5})


def test_a_row_says_what_the_model_is_and_what_was_measured() -> None:
    assert ROW["noise"] == "masking"
    assert ROW["level"] == 0.1
    assert ROW["recipe"]["hidden"] == 500
    assert ROW["fingerprint"] == SPECS[0].fingerprint()
    assert ROW["test_loss"] == 1.5


def test_other_rows_stay_and_the_order_is_that_of_the_config(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    first = updated(read_report(path), "mnist", SPECS, ["a", "b"], {"b": {"test_loss": 2.0}})
    write_report(path, first | {"recipe_2015": {"a": 3.0}})
    second = updated(read_report(path), "mnist", SPECS, ["a", "b"], {"a": ROW})
    assert list(second["models"]) == ["a", "b"]
    assert second["models"]["b"] == {"test_loss": 2.0}
    assert second["recipe_2015"] == {"a": 3.0}
    assert set(second["versions"]) == {"python", "jax", "jaxlib", "numpy", "optax"}


def test_rows_of_another_data_set_and_of_models_no_longer_listed_go() -> None:
    old = {"dataset": "mnist", "models": {"a": ROW, "gone": ROW}, "recipe_2015": {"a": 3.0}}
    assert list(updated(old, "mnist", SPECS, [], {})["models"]) == ["a"]
    other = updated(old, "kmnist", SPECS, [], {})
    assert (other["models"], other["recipe_2015"]) == ({}, {})


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        write_report(tmp_path / name, updated({"models": {}}, "mnist", SPECS, ["a"], {"a": ROW}))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert json.loads((tmp_path / "one.json").read_text())["models"]["a"] == ROW


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"models": []}'])
def test_a_report_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(DaeError, match=r"report\.json: expected .*delete it to have it written anew"):
        read_report(path)


def test_what_a_killed_write_left_goes_with_the_next(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = tmp_path / f".report.json.{int(dead.stdout)}.tmp"
    left.write_bytes(b"half of it")
    write_report(tmp_path / "report.json", {"models": {}})
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_row_that_is_no_object_is_named(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"models": {"none": 3}}')
    with pytest.raises(DaeError, match=r"report\.json: models\.none: expected an object; delete the file to have it"):
        read_report(path)
