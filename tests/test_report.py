"""The report keeps the rows that are not new, gives the same bytes for the same rows, and is read as it was written."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from train.files import FileError
from train.run.report import (
    Curve,
    Report,
    ReportError,
    check_row,
    format_report,
    parse_report,
    read_report,
    report_so_far,
    row_of,
    updated,
    write_report,
)
from train.settings.config import ModelSpec
from train.settings.recipe import Recipe
from workshop.checkout import ROOT
from workshop.reports import make_measures

SPECS = [ModelSpec(name, "masking", level, "mnist", Recipe()) for name, level in (("a", 0.1), ("b", 0.2))]
MEASURES = make_measures({"a": 60.25, "b": 70.5}, restored=0.25, removed=1.0)
ROW = row_of(SPECS[0], MEASURES)
WHOLE = replace(ROW, curve=Curve((3.0, 2.0), (3.5, 2.5), 10, (3.25, 2.25)), seconds=1.5, seeds={2: 60.5, 11: 60.0})
REPORT = Report("mnist", {"jax": "1"}, ("a", "b"), {"a": WHOLE, "b": row_of(SPECS[1], MEASURES)}, {"a": 62.0})
Json = dict[str, object]


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report(path, REPORT)
    assert read_report(path) == REPORT
    assert format_report(read_report(path)) == path.read_bytes()


def test_the_committed_report_is_whole_and_written_by_us() -> None:
    path = ROOT / "weights" / "report.json"
    assert format_report(read_report(path)) == path.read_bytes()


def test_a_spread_is_in_the_file_where_it_is_known() -> None:
    known = replace(ROW, measures=replace(ROW.measures, test_loss_spread=0.07))
    text = format_report(replace(REPORT, models={"a": ROW, "b": known})).decode()
    assert text.count("test_loss_spread") == 1
    read = parse_report(text, "report").models
    assert (read["a"].measures.test_loss_spread, read["b"].measures.test_loss_spread) == (None, 0.07)


def test_a_row_says_in_the_file_what_the_model_is_and_what_was_measured() -> None:
    row = json.loads(format_report(REPORT))["models"]["a"]
    assert list(row)[:4] == ["noise", "level", "recipe", "fingerprint"]
    assert (row["noise"], row["level"], row["recipe"]["hidden"]) == ("masking", 0.1, 500)
    assert row["fingerprint"] == SPECS[0].fingerprint()
    assert row["curve"] == {
        "training": [3, 2],
        "validation": [3.5, 2.5],
        "held_out": 10,
        "companion_training": [3.25, 2.25],
    }
    assert row["test_loss_by_noise"] == {"a": 60.25, "b": 70.5}
    assert row["completion"] == {"restored": 0.25, "added": 0.1}
    assert list(row["seeds"].items()) == [("2", 60.5), ("11", 60.0)]


def test_other_rows_stay_and_the_order_is_that_of_the_config() -> None:
    first = replace(updated(Report(), "mnist", SPECS, ["a", "b"], {"b": ROW}), recipe_2015={"a": 3.0})
    second = updated(first, "mnist", SPECS, ["a", "b"], {"a": WHOLE})
    assert list(second.models.items()) == [("a", WHOLE), ("b", ROW)]
    assert second.recipe_2015 == {"a": 3.0}
    assert set(second.versions) == {"python", "jax", "jaxlib", "numpy", "optax"}


def test_rows_of_another_data_set_and_of_models_no_longer_listed_go() -> None:
    old = replace(REPORT, models={"a": ROW, "gone": ROW})
    assert list(updated(old, "mnist", SPECS, [], {}).models) == ["a"]
    other = updated(old, "kmnist", SPECS, [], {})
    assert (other.models, other.recipe_2015) == ({}, {})


def test_where_there_is_none_yet_it_is_empty_and_to_read_it_is_refused(tmp_path: Path) -> None:
    assert report_so_far(tmp_path / "report.json") == Report()
    with pytest.raises(FileError, match=r"report\.json: cannot read: no such file or folder"):
        read_report(tmp_path / "report.json")


def test_a_row_of_another_recipe_and_none_are_named() -> None:
    assert check_row(REPORT, SPECS[0], "here") == WHOLE
    other = replace(SPECS[0], recipe=Recipe(hidden=3))
    words = rf"^here: models\.a\.fingerprint: expected {other.fingerprint()}, got {SPECS[0].fingerprint()}: `python -m"
    with pytest.raises(ReportError, match=words):
        check_row(REPORT, other, "here")
    with pytest.raises(ReportError, match=r"^here: models\.a\.fingerprint: expected .*, got nothing: `python -m"):
        check_row(Report(), SPECS[0], "here")


def put(*path: str | object) -> Callable[[Json], None]:
    """Sets, or with `...` deletes, what stands at the end of a path."""
    *keys, last, value = path

    def change(found: Json) -> None:
        for key in keys:
            inner = found[str(key)]
            assert isinstance(inner, dict)
            found = inner
        found[str(last)] = value
        if value is ...:
            del found[str(last)]

    return change


A = ("models", "a")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("models", ...), "models: expected an object, got nothing"),
        (put("models", []), "models: expected an object, got []"),
        (put("noises", ...), "noises: expected a list, got nothing"),
        (put("noises", [3]), "noises[0]: expected a text, got 3"),
        (put("dataset", None), "dataset: expected a text, got nothing"),
        (put("versions", "jax", 1), "versions.jax: expected a text, got 1"),
        (put("recipe_2015", "a", True), "recipe_2015.a: expected a finite number above 0, got True"),
        (put(*A, 3), "models.a: expected an object, got 3"),
        (put(*A, "fingerprint", ...), "models.a.fingerprint: expected a text, got nothing"),
        (put(*A, "recipe", "hidden", ...), "models.a.recipe: expected all of hidden, epochs, "),
        (put(*A, "recipe", "copies", 8), "models.a.recipe: unknown key 'copies', expected one of hidden"),
        (put(*A, "recipe", "b1", 2), "models.a.recipe: b1: expected a number in [0, 1), got 2"),
        (put(*A, "curve", 3), "models.a.curve: expected an object, got 3"),
        (put(*A, "curve", "training", 3), "models.a.curve.training: expected a list, got 3"),
        *(
            (put(*A, "curve", "training", [2.0, bad]), "models.a.curve.training[1]: expected a finite number above 0, ")
            for bad in ("1", True, None, 0, -1, float("nan"), float("inf"))
        ),
        (put(*A, "curve", "held_out", -1), "models.a.curve.held_out: expected a whole number, 0 or more, got -1"),
        (put(*A, "seeds", {"x": 1.0}), "models.a.seeds.x: expected a seed, got 1.0"),
        (put(*A, "seeds", "2", "1"), "models.a.seeds.2: expected a finite number above 0, got '1'"),
        (put(*A, "test_loss", ...), "models.a.test_loss: expected a finite number above 0, got nothing"),
        (put(*A, "test_loss_by_noise", []), "models.a.test_loss_by_noise: expected an object, got []"),
        (put(*A, "completion", "added", ...), "models.a.completion.added: expected a finite number, got nothing"),
        (put(*A, "cleaning", "lost", "x" * 999), "models.a.cleaning.lost: expected a finite number, got 'xxx"),
    ],
)
def test_what_is_wrong_with_a_report_is_named(change: Callable[[Json], None], message: str) -> None:
    value = json.loads(format_report(REPORT))
    change(value)
    with pytest.raises(ReportError) as error:
        parse_report(json.dumps(value), "here.json")
    said = str(error.value)
    assert said.startswith(f"here.json: {message}")
    assert said.endswith("; delete the file to have it written anew")
    assert len(said) < 300


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"models": {"a": {"noise'])
def test_what_is_no_json_is_one_sentence(text: str) -> None:
    with pytest.raises(ReportError, match=r"^here\.json: expected JSON, got [^\n]*; delete the file"):
        parse_report(text, "here.json")


def test_what_only_a_training_knows_may_be_left_out() -> None:
    value = json.loads(format_report(REPORT))
    for key in ("curve", "seconds", "seeds"):
        del value["models"]["a"][key]
    assert parse_report(json.dumps(value), "here.json").models["a"] == ROW


def test_what_a_killed_write_left_goes_with_the_next(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = tmp_path / f".report.json.{int(dead.stdout)}.0123456789abcdef.tmp"
    left.write_bytes(b"half of it")
    write_report(tmp_path / "report.json", Report())
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
