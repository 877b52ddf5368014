"""The noises do what their definitions say: statistics on large samples, and exact values at the ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from train.data.noise import NOISES

SHAPE = (400, 784)
CLEAN = np.tile(np.linspace(0.1, 0.9, 784, dtype=np.float32), (400, 1))  # neither 0 nor 1 anywhere
SPREAD = 5 / (SHAPE[0] * SHAPE[1]) ** 0.5  # five standard deviations of a mean of as many numbers of variance 1


def corrupt(kind: str, level: float, seed: int = 0) -> np.ndarray:
    return np.asarray(NOISES[kind].corrupt(jax.random.key(seed), jnp.asarray(CLEAN), level))


@pytest.mark.parametrize("level", [0.25, 0.5, 0.8])
def test_masking_zeroes_the_stated_fraction_and_nothing_else(level: float) -> None:
    corrupted = corrupt("masking", level)
    zero = corrupted == 0
    assert abs(zero.mean() - level) < SPREAD
    assert np.array_equal(corrupted[~zero], CLEAN[~zero])


@pytest.mark.parametrize("level", [0.25, 0.5, 0.75])
def test_salt_and_pepper_sets_half_of_its_pixels_white_and_half_black(level: float) -> None:
    corrupted = corrupt("salt-and-pepper", level)
    assert abs((corrupted == 0).mean() - level / 2) < SPREAD
    assert abs((corrupted == 1).mean() - level / 2) < SPREAD
    kept = (corrupted != 0) & (corrupted != 1)
    assert np.array_equal(corrupted[kept], CLEAN[kept])


@pytest.mark.parametrize("level", [0.25, 0.75, 1.0])
def test_the_gaussian_level_is_the_variance(level: float) -> None:
    added = corrupt("gaussian", level) - CLEAN
    assert abs(added.mean()) < SPREAD * level**0.5
    assert abs(added.var() - level) < 2 * SPREAD * level
    assert added.min() < -2 * level**0.5  # not clipped to [0, 1]


@pytest.mark.parametrize("kind", list(NOISES))
def test_level_0_is_the_identity(kind: str) -> None:
    assert np.array_equal(corrupt(kind, 0.0), CLEAN)


def test_full_masking_gives_zeros_and_full_salt_and_pepper_keeps_nothing() -> None:
    assert not corrupt("masking", 1.0).any()
    assert np.isin(corrupt("salt-and-pepper", 1.0), [0, 1]).all()


@pytest.mark.parametrize("kind", [kind for kind, noise in NOISES.items() if noise.draw])
def test_the_same_key_gives_the_same_noise_and_another_key_another(kind: str) -> None:
    assert np.array_equal(corrupt(kind, 0.5), corrupt(kind, 0.5))
    assert not np.array_equal(corrupt(kind, 0.5), corrupt(kind, 0.5, seed=1))


@pytest.mark.parametrize("kind", list(NOISES))
def test_numpy_and_jax_corrupt_alike_from_the_same_draws(kind: str) -> None:
    noise = NOISES[kind]
    draws = noise.draws(jax.random.key(3), SHAPE)
    by_jax = noise.apply(jnp.asarray(CLEAN), 0.5, draws)
    by_numpy = noise.apply(CLEAN, 0.5, np.asarray(draws))
    np.testing.assert_allclose(by_numpy, by_jax, atol=1e-6)
    assert by_numpy.dtype == by_jax.dtype == np.float32


@pytest.mark.parametrize(
    ("draw", "expected"), [(0.0, 0.0), (0.249, 0.0), (0.25, 1.0), (0.499, 1.0), (0.5, 0.3), (0.999, 0.3)]
)
def test_salt_and_pepper_draws_fall_on_pepper_then_salt_then_nothing(draw: float, expected: float) -> None:
    pixels = np.array([0.3], np.float32)
    got = NOISES["salt-and-pepper"].apply(pixels, 0.5, np.array([draw], np.float32))
    assert got[0] == np.float32(expected)


@pytest.mark.parametrize(
    ("kind", "level", "name"),
    [
        ("masking", 0.8, "80"),
        ("masking", 0.05, "05"),
        ("masking", 1.0, "100"),
        ("masking", 0.125, "12.5"),
        ("gaussian", 0.75, "075"),
        ("gaussian", 1.0, "100"),
        ("gaussian", 12.5, "1250"),
        ("none", 0.0, ""),
    ],
)
def test_a_level_becomes_part_of_a_name(kind: str, level: float, name: str) -> None:
    assert NOISES[kind].level_name(level) == name
