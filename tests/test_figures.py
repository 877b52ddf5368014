"""Figures are drawn from any report, and are pictures of the right size."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import synthetic
from train import figures
from train.config import ModelSpec, Recipe
from train.dataset import load_dataset
from train.errors import DaeError
from train.params import Params

SPEC = ModelSpec("masking-50", "masking", 0.5, "custom", Recipe())
CURVE = {"training": [3.0, 2.0], "validation": []}
REPORT = {"noises": ["masking-50"], "models": {SPEC.name: {"curve": CURVE, "test_loss_by_noise": {SPEC.name: 2.5}}}}


def params(visible: int, hidden: int = 7) -> Params:
    random = np.random.default_rng(0)
    weight = random.normal(size=(visible, hidden)).astype(np.float32)
    return Params(weight, np.zeros(hidden, np.float32), np.zeros(visible, np.float32))


def test_every_figure_is_written_and_readable(tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    paths = list(figures.draw_all(REPORT, [SPEC], {SPEC.name: params(144)}, dataset, tmp_path / "new" / "figures"))
    assert [path.name for path in paths] == [
        "learning-curves.png",
        "noise-by-noise.png",
        "filters-masking-50.png",
        "reconstructions-masking-50.png",
    ]
    for path in paths:
        with Image.open(path) as image:
            assert min(image.size) > 50
            assert np.asarray(image.convert("L")).std() > 5  # something is drawn


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    with pytest.raises(DaeError, match="cannot be made a folder"):
        list(figures.draw_all(REPORT, [], {}, dataset, tmp_path / "file" / "figures"))


def test_a_sheet_has_a_gap_of_one_pixel_between_images() -> None:
    figure = figures._sheet(np.ones((3, 16), np.float32), 2, "gray", 0.0, 1.0)
    shown: Any = figure.axes[0].images[0].get_array()
    sheet = shown.filled(np.nan)
    assert sheet.shape == (10, 10)
    assert np.isnan(sheet[4]).all()
    assert np.isnan(sheet[5:9, 5:9]).all()  # there is no fourth image
    assert (sheet[:4, 5:9] == 1).all()
