"""The code of docs/python.md, run as one program: it loads, corrupts, encodes and trains as it says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workshop.checkout import ROOT
from workshop.documents import code_blocks, code_of_the_documents
from workshop.synthetic import write_idx


def test_the_code_loads_corrupts_encodes_and_trains(
    mnist: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = code_blocks()
    assert len(blocks) == 4
    assert all(len(block.splitlines()) <= 10 for block in blocks)
    monkeypatch.chdir(ROOT)
    scope: dict[str, Any] = {}
    folder = mnist or write_idx(tmp_path, train=2000, test=100)
    exec(code_of_the_documents("mnist" if mnist else "custom", folder), scope)
    clean, masked = scope["clean"], np.asarray(scope["masked"])
    inked = clean > 0.5
    assert 0.17 < (masked[inked] > 0).mean() < 0.23  # masking 80 % leaves a fifth
    assert scope["codes"].shape == (100, 500)
    answers = np.asarray(scope["answers"])
    assert np.abs(answers - clean).mean() < np.abs(masked - clean).mean()
    plogp = clean * np.log(answers) + (1 - clean) * np.log1p(-answers)
    assert float(scope["nats"]) == pytest.approx(-plogp.sum(axis=1).mean(), rel=1e-3)
    assert scope["mine"].weight.shape == (784, 100)
    assert float(scope["losses"][0]) < 784 * np.log(2)  # of an answer that knows nothing
