"""The article's three findings hold for the committed weights, on the drawings that the page opens with."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.draw.strokes import read_samples, render
from export.site.tries import DOTTED, HALVED, make_tries
from export.site.verdict import measure, word
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
TRIES = {one.name: one.pixels for one in make_tries(SAMPLES, "mnist", 28)}
PLAIN, MASKING, SALT, GAUSSIAN = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")

Pixels = NDArray[np.float64]


def answer(model: str, pixels: Pixels) -> Pixels:
    return reconstruct(read_weights(Path(ROOT / "weights" / f"{model}.safetensors")).params, pixels)


def whole(digit: int) -> Pixels:
    return render(list(SAMPLES[digit].strokes), 28).astype(np.float64)


def restored(model: str) -> float:
    """Of *half a 2*: the share of the missing ink that the model's answer has where it is missing."""
    missing = np.maximum(whole(HALVED) - TRIES["half"], 0)
    new = np.maximum(answer(model, TRIES["half"]) - TRIES["half"], 0)
    return float(np.minimum(new, missing).sum() / missing.sum())


def removed(model: str) -> float:
    """Of *dots around a 5*: the share of the dots' ink that is gone."""
    dots = np.maximum(TRIES["dots"] - whole(DOTTED), 0)
    left = np.minimum(answer(model, TRIES["dots"]), TRIES["dots"])[dots > 0].sum()
    return float(1 - left / TRIES["dots"][dots > 0].sum())


def test_masking_completes_salt_and_pepper_does_not_and_gaussian_does_a_little() -> None:
    shares = {model: restored(model) for model in (MASKING, SALT, GAUSSIAN)}
    assert shares[MASKING] >= 0.3, shares
    assert shares[SALT] < 0.02, shares
    assert shares[SALT] < shares[GAUSSIAN] < shares[MASKING], shares


def test_salt_and_pepper_removes_specks_and_masking_does_not() -> None:
    assert removed(SALT) > 0.95
    assert removed(MASKING) < 0.5
    assert removed(MASKING) < removed(GAUSSIAN)


@pytest.mark.parametrize("name", TRIES)
def test_every_pair_of_answers_differs_enough_to_be_seen(name: str) -> None:
    answers = np.array([answer(model, TRIES[name]) for model in (PLAIN, MASKING, SALT, GAUSSIAN)])
    differing = np.ptp(answers, axis=0) > 0.02  # pixels where any of them differ
    pairs = [(one, other) for one in range(4) for other in range(one)]
    for one, other in pairs:
        assert np.abs(answers[one] - answers[other])[differing].mean() > 0.05, (one, other)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("half", ("copies", "completes", "thins", "both")),
        ("dots", ("copies", "fills", "cleans", "both")),
        ("both", ("copies", "fills", "cleans", "both")),
    ],
)
def test_the_words_hold_with_a_margin(name: str, words: tuple[str, ...]) -> None:
    """A fifth more or less ink added, taken away or gone changes none of them."""
    for model, expected in zip((PLAIN, MASKING, SALT, GAUSSIAN), words, strict=True):
        ink = measure(TRIES[name], answer(model, TRIES[name]))
        for added, removed, gone in product((0.8, 1, 1.2), repeat=3):
            nearly = replace(ink, added=added * ink.added, removed=removed * ink.removed, gone=gone * ink.gone)
            assert word(nearly) == expected, (model, nearly)
