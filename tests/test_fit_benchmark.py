"""What Fit does to MNIST's digits, as `python -m benchmarks.fit` measured it: halves stay, the displaced gain."""

import json

from benchmarks.fit import RESULTS

POINTS = 0.03


def test_each_half_of_a_digit_is_completed_as_well_as_if_it_were_left_alone() -> None:
    measured = json.loads(RESULTS.read_text())
    assert measured["digits"] == 1000
    assert set(measured["halves"]) == {"upper", "lower", "left", "right"}
    for name, half in measured["halves"].items():
        assert abs(half["fitted"] - half["as_drawn"]) <= POINTS, name


def test_digits_off_the_box_gain() -> None:
    for name, moved in json.loads(RESULTS.read_text())["moved"].items():
        for model in ("plain", "masking"):
            assert moved[f"{model}_fitted"] > moved[f"{model}_as_drawn"], name
            assert moved[f"{model}_fitted"] > 0.9, name
