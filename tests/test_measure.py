"""The measurements mean what they say: against models whose answers are known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from train.learn import measure
from train.learn.measures import Cleaning, Completion
from train.learn.model import initial_params
from train.learn.params import Params
from workshop import synthetic

IMAGES = synthetic.digits(30, seed=5)[0].reshape(30, 784)


def constant(logit: float) -> Params:
    """A model that answers sigmoid(logit) at every pixel, whatever it is shown."""
    return Params(jnp.zeros((784, 3)), jnp.zeros(3), jnp.full(784, logit))


def test_the_loss_of_a_constant_answer_is_known() -> None:
    assert measure.mean_loss(constant(0.0), IMAGES, "masking", 0.5) == pytest.approx(784 * np.log(2), rel=1e-5)
    p, ink = 1 / (1 + np.exp(3.0)), IMAGES.sum() / 255 / len(IMAGES)
    expected = -ink * np.log(p) - (784 - ink) * np.log(1 - p)
    assert measure.mean_loss(constant(-3.0), IMAGES, "none", 0.0) == pytest.approx(expected, rel=1e-5)


def test_the_loss_is_measured_on_the_same_noise_every_time() -> None:
    params = initial_params(jax.random.key(1), 784, 20)
    first, again = (measure.mean_loss(params, IMAGES, "gaussian", 0.5) for _ in range(2))
    assert first == again


def test_the_spread_is_that_of_a_mean_over_images_under_other_draws() -> None:
    params = initial_params(jax.random.key(1), 784, 20)._replace(visible_bias=jnp.full(784, -2.0))
    losses = [measure.mean_loss(params, image[None], "gaussian", 1.0, seed) for image in IMAGES for seed in range(12)]
    expected = np.sqrt(np.reshape(losses, (len(IMAGES), 12)).var(axis=1, ddof=1).mean() / len(IMAGES))
    assert measure.loss_spread(params, IMAGES, "gaussian", 1.0) == pytest.approx(expected, rel=0.7)
    assert measure.loss_spread(params, IMAGES, "none", 0.0) == 0.0
    assert measure.loss_spread(constant(1.0), IMAGES, "masking", 0.5) == pytest.approx(0.0, abs=1e-3)


def test_losses_by_noise_has_a_number_for_each_noise() -> None:
    noises = [("none", 0.0), ("masking", 0.8)]
    got = measure.losses_by_noise(constant(0.0), IMAGES, noises)
    assert got == {noise: pytest.approx(543.4274, abs=1e-3) for noise in noises}


def test_a_black_answer_restores_nothing_and_removes_all_specks() -> None:
    assert measure.completion(constant(-40.0), IMAGES) == Completion(restored=0.0, added=0.0)
    assert measure.cleaning(constant(-40.0), IMAGES) == Cleaning(removed=1.0, lost=1.0)


def test_a_white_answer_restores_all_and_keeps_all_specks() -> None:
    completion = measure.completion(constant(40.0), IMAGES)
    assert completion.restored == 1.0
    assert completion.added > 1
    assert measure.cleaning(constant(40.0), IMAGES) == Cleaning(removed=0.0, lost=0.0)


def test_the_lower_half_begins_in_the_middle_of_the_ink() -> None:
    image = np.zeros((1, 8, 8), np.float32)
    image[0, 2:6, 3] = 1  # ink in rows 2 to 5: its middle is between rows 3 and 4
    lower = measure.lower_half(image.reshape(1, 64)).reshape(8, 8)
    assert lower.all(axis=1).tolist() == [False] * 4 + [True] * 4


def test_specks_keep_their_distance_from_the_ink() -> None:
    clean = (IMAGES / 255).astype(np.float32)
    specks = measure.place_specks(clean)
    assert (specks.sum(axis=1) == measure.SPECKS).all()
    padded = np.pad(clean.reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2)))
    for image, y, x in np.argwhere(specks.reshape(-1, 28, 28)):
        assert not padded[image, y : y + 5, x : x + 5].any()


def test_an_image_that_is_all_ink_gets_no_specks() -> None:
    assert not measure.place_specks(np.full((2, 64), 1).astype(np.float32)).any()
