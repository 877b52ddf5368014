"""A reader is the logistic regression that another library fits, and its choices are made on images held out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from train.data.dataset import Labels
from train.learn.fit_reader import (
    PENALTIES,
    choose_penalty,
    error_of,
    fit_reader,
    mean_loss,
    probabilities,
    scaling_of,
)
from train.learn.non_digits import non_digits
from train.learn.params import Params
from train.learn.read_codes import choose_threshold, features_of, learn_reader
from train.learn.readers import Reader
from workshop import synthetic

IMAGES, LABELS = synthetic.digits(400, seed=5, side=12)
IMAGES = IMAGES.reshape(400, 144)
PIXELS = (IMAGES / 255).astype(np.float32)


@pytest.mark.parametrize("penalty", [1e-1, 1e-3])
def test_it_is_what_scikit_learn_fits(penalty: float) -> None:
    ours = fit_reader(PIXELS, LABELS, 10, penalty)
    scaling = scaling_of(PIXELS)
    theirs = LogisticRegression(C=1 / (len(PIXELS) * penalty), tol=1e-8, max_iter=5000)
    theirs.fit(scaling.apply(PIXELS).astype(np.float64), LABELS)
    shares = theirs.predict_proba(scaling.apply(PIXELS))
    assert np.abs(probabilities(ours, PIXELS) - shares).max() < 0.01
    got, best = (
        objective(probabilities(ours, PIXELS), ours, penalty, scaling.spread),
        theirs_objective(theirs, shares, penalty),
    )
    assert best - 1e-6 <= got < best + 1e-4


def objective(shares: np.ndarray, reader: Reader, penalty: float, spread: float) -> float:
    weight = np.asarray(reader.weight, np.float64) * spread
    return float(-np.log(shares[np.arange(400), LABELS]).mean() + penalty / 2 * (weight**2).sum())


def theirs_objective(fitted: LogisticRegression, shares: np.ndarray, penalty: float) -> float:
    return float(-np.log(shares[np.arange(400), LABELS]).mean() + penalty / 2 * (fitted.coef_**2).sum())


def test_the_penalty_is_the_one_that_loses_least_on_images_held_out() -> None:
    noisy = PIXELS + np.random.default_rng(0).normal(0, 1.0, PIXELS.shape).astype(np.float32)
    chosen = choose_penalty(noisy[:100], LABELS[:100], 10, noisy[100:], LABELS[100:])
    losses = {
        penalty: mean_loss(fit_reader(noisy[:100], LABELS[:100], 10, penalty), noisy[100:], LABELS[100:])
        for penalty in PENALTIES[:6]
    }
    assert chosen.penalty == min(losses, key=losses.__getitem__)
    assert PENALTIES[0] > chosen.penalty > PENALTIES[5]
    assert chosen.held_out_loss == pytest.approx(losses[chosen.penalty], abs=2e-3)


def test_mean_loss_and_error_are_those_of_a_reader_worked_by_hand() -> None:
    reader = Reader(np.array([[1, 0], [0, 1]], np.float32), np.zeros(2, np.float32))
    features = np.array([[2, 0], [0, 2], [1, 0]], np.float32)
    assert error_of(reader, features, np.array([0, 1, 1])) == pytest.approx(1 / 3)
    expected = np.mean([np.log1p(np.exp(-2)), np.log1p(np.exp(-2)), np.log1p(np.exp(1))])
    assert mean_loss(reader, features, np.array([0, 1, 1])) == pytest.approx(expected)
    assert probabilities(reader, features)[0] == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))])


def test_features_are_codes_or_the_pixels_themselves() -> None:
    random = np.random.default_rng(1)
    params = Params(*(random.normal(0, 0.1, shape).astype(np.float32) for shape in ((144, 7), (7,), (144,))))
    codes = features_of(params, IMAGES)
    expected = 1 / (1 + np.exp(-(PIXELS.astype(np.float64) @ params.weight + params.hidden_bias)))
    assert codes == pytest.approx(expected, abs=1e-6)
    assert features_of(None, IMAGES) == pytest.approx(PIXELS)


def test_a_reader_reads_digits_it_never_saw_and_knows_most_of_what_is_none() -> None:
    learned = learn_reader(None, IMAGES[:300], IMAGES[300:], Labels(LABELS[:300], LABELS[300:]))
    assert learned.test_error < 0.1
    assert learned.penalty in PENALTIES
    confident = probabilities(learned.reader, PIXELS[300:]).max(axis=1) >= learned.threshold
    others = probabilities(learned.reader, features_of(None, non_digits(IMAGES[300:]))).max(axis=1)
    assert confident.mean() > 0.8
    assert (others < learned.threshold).mean() > 0.4
    again = learn_reader(None, IMAGES[:300], IMAGES[300:], Labels(LABELS[:300], LABELS[300:]))
    assert np.array_equal(learned.reader.weight, again.reader.weight)


def test_the_threshold_parts_digits_from_others() -> None:
    digits, others = (np.array(values, np.float32) for values in ((0.9, 0.8, 0.7, 0.3), (0.2, 0.4, 0.5, 0.75)))
    assert choose_threshold(digits, others) == pytest.approx(0.51)


def test_non_digits_are_of_four_kinds_with_as_much_ink_as_the_images_have() -> None:
    made = non_digits(IMAGES)
    assert made.shape == IMAGES.shape
    patches, pixels, overlaid, scribbles = np.split(made, 4)
    for kind, of in ((patches, IMAGES[:100]), (pixels, IMAGES[100:200])):
        assert np.array_equal(np.sort(kind, axis=1), np.sort(of, axis=1))
        assert not (kind == of).all(axis=1).any()
    assert (overlaid >= IMAGES[200:300][:, ::-1].min()).all()
    assert overlaid.sum() > 1.3 * IMAGES[200:300].sum()
    assert 0.3 < scribbles.mean() / IMAGES.mean() < 3
    assert len(np.unique(scribbles, axis=0)) == 100
    assert np.array_equal(made, non_digits(IMAGES))
