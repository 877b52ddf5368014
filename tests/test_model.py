"""The model against a net worked out by hand and against finite differences in float64."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from train.learn.model import cross_entropy, decode, encode, initial_params, loss, reconstruct
from train.learn.params import Params

# Three pixels, two hidden units; every number below follows from these by hand.
HAND = Params(jnp.array([[1.0, -1.0], [0.5, 0.0], [0.0, 2.0]]), jnp.array([0.0, -1.0]), jnp.array([0.1, -0.2, 0.3]))
PIXELS = jnp.array([1.0, 0.0, 0.5])
TOLERANCE = 1e-6


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_the_3_2_net_gives_what_was_worked_out_by_hand() -> None:
    code = [sigmoid(1.0), sigmoid(-1.0)]  # 1 - 0 + 0;  -1 + 1 - 1
    np.testing.assert_allclose(encode(HAND, PIXELS), code, atol=TOLERANCE)
    logits = [code[0] - code[1] + 0.1, 0.5 * code[0] - 0.2, 2 * code[1] + 0.3]
    np.testing.assert_allclose(reconstruct(HAND, PIXELS), [sigmoid(value) for value in logits], atol=TOLERANCE)
    p = [sigmoid(value) for value in logits]
    by_hand = -math.log(p[0]) - math.log(1 - p[1]) - 0.5 * math.log(p[2]) - 0.5 * math.log(1 - p[2])
    assert loss(HAND, PIXELS, PIXELS) == pytest.approx(by_hand, abs=TOLERANCE)


def test_decode_is_the_second_half_of_reconstruct() -> None:
    np.testing.assert_array_equal(decode(HAND, encode(HAND, PIXELS)), reconstruct(HAND, PIXELS))


def float64_loss(params: Params, corrupted: np.ndarray, clean: np.ndarray) -> float:
    """The loss as in the paper, in float64 and numpy, without any trick."""
    code = 1 / (1 + np.exp(-(corrupted @ params.weight + params.hidden_bias)))
    made = 1 / (1 + np.exp(-(params.weight @ code + params.visible_bias)))
    return float(-(clean * np.log(made) + (1 - clean) * np.log(1 - made)).sum())


@pytest.mark.parametrize("which", Params._fields)
def test_the_gradient_of_each_array_agrees_with_finite_differences(which: str) -> None:
    random = np.random.default_rng(0)
    params = Params(random.normal(0, 0.5, (7, 4)), random.normal(0, 0.5, 4), random.normal(0, 0.5, 7))
    corrupted, clean = random.random(7), random.random(7)
    single = Params(*(jnp.asarray(array, jnp.float32) for array in params))
    inputs = jnp.asarray(corrupted, jnp.float32), jnp.asarray(clean, jnp.float32)
    got = getattr(jax.grad(loss)(single, *inputs), which)
    step = 1e-6
    expected = np.zeros(got.shape)
    for at in np.ndindex(*got.shape):
        up, down = (Params(*(array.copy() for array in params)) for _ in range(2))
        getattr(up, which)[at] += step
        getattr(down, which)[at] -= step
        expected[at] = (float64_loss(up, corrupted, clean) - float64_loss(down, corrupted, clean)) / (2 * step)
    np.testing.assert_allclose(got, expected, atol=2e-5)


@pytest.mark.parametrize("logit", [-200.0, -1e4, 200.0, 1e4])
def test_the_loss_and_its_gradient_are_finite_for_any_logit(logit: float) -> None:
    value, gradient = jax.value_and_grad(cross_entropy)(jnp.array([logit]), jnp.array([0.25]))
    assert value == pytest.approx(abs(logit) * (0.75 if logit > 0 else 0.25))
    assert np.isfinite(gradient).all()


def test_the_initial_weight_has_variance_one_over_visible_and_biases_are_0() -> None:
    params = initial_params(jax.random.key(0), 784, 500)
    assert params.weight.shape == (784, 500)
    assert params.weight.var() == pytest.approx(1 / 784, rel=0.01)
    assert not params.hidden_bias.any()
    assert not params.visible_bias.any()
