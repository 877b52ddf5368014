"""Templates only print: short lines, and no word of a model by its name, as an owner may have others."""

import re
from pathlib import Path

import pytest

from workshop.checkout import ROOT

TEMPLATES = sorted((ROOT / "site_template").rglob("*.j2"))
LONGEST = 160  # letters of a line
# "none" is a noise, an ARIA value and a display, too: only where a model is called or asked for by it, it is a name.
NAME = re.compile(
    r"(masking|salt-and-pepper|gaussian)-\d+"
    r"|\bname\b[^{}%\"']{0,20}[\"']none[\"']|[\"']none[\"']\s*[!=]=\s*\w+\.name|model=none|\bnone\.safetensors"
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_lines_are_short_and_no_model_is_named(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST or NAME.search(line)] == []


@pytest.mark.parametrize(
    "claim", ['{% if model.name == "none" %}', "#model=none&draw", "weights/none.safetensors", "masking-80"]
)
def test_a_name_is_told_from_a_noise(claim: str) -> None:
    assert NAME.search(claim)
    assert not NAME.search(
        'rejectattr("noise", "equalto", "none") aria-live="none" display:none; model.noise != "none"'
    )
