"""What rounding may do to a reconstruction is foreseen: never less than it does, and not much more."""

import numpy as np
import pytest

from export.weights.reference import reconstruct, rounding
from train.learn.params import Params


def random_params(visible: int, hidden: int, scale: float) -> Params:
    random = np.random.default_rng(3)
    shapes = ((visible, hidden), (hidden,), (visible,))
    return Params(*(random.normal(0, scale, shape).astype(np.float32) for shape in shapes))


@pytest.mark.parametrize(("visible", "hidden", "scale"), [(784, 500, 0.2), (784, 4000, 0.2), (4096, 500, 0.2)])
def test_rounded_weights_answer_within_what_is_foreseen(visible: int, hidden: int, scale: float) -> None:
    params = random_params(visible, hidden, scale)
    pixels = np.random.default_rng(4).random((20, visible))
    halves = Params(*(array.astype(np.float16) for array in params))
    error = np.abs(reconstruct(params, pixels) - reconstruct(halves, pixels)).max()
    foreseen = rounding(params, pixels, 2.0**-11)
    assert foreseen.shape == (20, visible)
    assert error < foreseen.max() < 30 * error


def test_a_model_of_one_unit_is_off_by_what_hand_and_paper_give() -> None:
    params = Params(np.ones((1, 1)), np.zeros(1), np.zeros(1))
    # code = s(1) = 0.731059, slope 0.196612; answer s(0.731059), slope 0.219362 (times 4 standard errors)
    into_answer = 1e-6 * np.hypot(0.196612, 0.731059)
    np.testing.assert_allclose(rounding(params, np.ones(1), 1e-6), [4 * into_answer * 0.219362], rtol=1e-4)
