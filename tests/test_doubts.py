"""Images that can hardly be meant as they are draw a sentence of what was seen and what says otherwise."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from train.data.dataset import Dataset
from train.data.doubts import doubts
from workshop import synthetic
from workshop.projects import call

DIGITS = synthetic.digits(300, seed=1, side=16)[0]


def dataset(images: NDArray[np.generic], name: str = "custom") -> Dataset:
    rows = images.astype(np.uint8).reshape(len(images), -1)
    return Dataset(name, rows, rows[:50])


@pytest.mark.parametrize(
    ("images", "seen", "otherwise"),
    [
        (DIGITS > 127, "the brightest pixel is 1, where 255 is ink", "(images * (255 / 1)).round()"),
        (DIGITS // 16, "the brightest pixel is 15, where 255 is ink", "(images * (255 / 15)).round()"),
        (255 - DIGITS, "most of each picture is bright", "save `255 - images` instead"),
        (DIGITS.transpose(0, 2, 1), "wider than tall", "save `images.transpose(0, 2, 1)` instead"),
        (DIGITS * 0, "every pixel is 0", "0 is paper, 255 is ink"),
    ],
)
def test_what_cannot_be_meant_is_doubted_once_for_each_part(
    images: NDArray[np.generic], seen: str, otherwise: str
) -> None:
    found = doubts(dataset(images))
    assert [doubt.split(":")[0] for doubt in found] == ["the training images", "the test images"]
    assert all(seen in doubt and otherwise in doubt for doubt in found)


def test_several_doubts_are_told_together() -> None:
    found = doubts(dataset((DIGITS < 128).transpose(0, 2, 1)))
    assert len(found) == 6


@pytest.mark.parametrize("images", [DIGITS, DIGITS // 2 + 30 * (DIGITS > 127), np.clip(DIGITS * 3, 0, 255)])
def test_drawings_in_white_on_black_are_not_doubted(images: NDArray[np.generic]) -> None:
    assert doubts(dataset(images)) == []


def test_official_images_are_what_they_are() -> None:
    assert doubts(dataset(255 - DIGITS, "mnist")) == []


def test_what_the_doubt_advises_takes_it_away() -> None:
    images = (DIGITS // 16).astype(np.uint8)
    assert doubts(dataset((images * (255 / 15)).round())) == []


def test_the_training_says_what_it_doubts_and_trains_all_the_same(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", train=(DIGITS[:40] > 127).astype(np.uint8), test=DIGITS[40:50])
    (tmp_path / "models.toml").write_text(
        '[dataset]\nname = "custom"\n[defaults]\nhidden = 2\nepochs = 1\nbatch = 20\n[[model]]\nnoise = "none"\n'
    )
    ran = call(tmp_path, data_dir=tmp_path / "own.npz")
    assert ran.returncode == 0
    warnings = [line for line in ran.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "the training images: the brightest pixel is 1" in warnings[0]
