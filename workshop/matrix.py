"""What repeats a test for one case more, and so runs in the matrix alone (`python -m pytest -m matrix`)."""

from collections.abc import Iterable

import pytest


def in_matrix(cases: Iterable[object]) -> list[object]:
    """The parameters of such cases; of each case that is a tuple several."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.matrix) for case in cases]
