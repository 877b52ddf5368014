"""Digits out of pure noise: chains (see train.learn.measure_asking) in which nothing is held.

In:  params, a model's noise, training and test images, the reader of the model's own code.
Out: `Dreaming`: after the STEPS what the reader sees in the answers of CHAINS chains that began as uniform noise, and
     how far the first NEAR of them are from the nearest training image, beside the same of as many test images.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from train.learn.fit_reader import probabilities
from train.learn.knowledge import Dream, Dreaming
from train.learn.measure import MEASURE_SEED
from train.learn.measure_asking import Batch, Images, step
from train.learn.model import RandomKey, Scalar
from train.learn.params import Params
from train.learn.read_codes import encoded
from train.learn.readers import Reader

STEPS = (1, 2, 5, 10, 30, 60)
CHAINS, NEAR = 1000, 100

Single = NDArray[np.float32]  # [count, visible]


def measure_dreaming(params: Params, noise: tuple[str, float], train: Images, test: Images, reader: Reader) -> Dreaming:
    """All of it, from one seed."""
    near, known = test[:NEAR].astype(np.float32) / np.float32(255), train.astype(np.float32) / np.float32(255)
    key = jax.random.key(MEASURE_SEED, impl="threefry2x32")
    state = jax.random.uniform(jax.random.fold_in(key, STEPS[-1]), (CHAINS, known.shape[1]))
    found: dict[int, Dream] = {}
    seen: NDArray[np.intp] | None = None
    for number in range(STEPS[-1]):
        answer, state = _step(noise[0])(params, jnp.float32(noise[1]), state, jax.random.fold_in(key, number))
        shares = probabilities(reader, encoded(params, np.asarray(answer)))
        before, seen = seen, shares.argmax(axis=1)
        if number + 1 in STEPS:
            found[number + 1] = Dream(
                entropy=_entropy(seen),
                confidence=_rounded(shares.max(axis=1).mean()),
                changed=_rounded(0.0 if before is None else (seen != before).mean()),
                distance=_distance(np.asarray(answer[:NEAR]), known),
            )
    of_test = probabilities(reader, encoded(params, test[:CHAINS].astype(np.float32) / np.float32(255)))
    return Dreaming(
        chains=CHAINS,
        steps=found,
        test_entropy=_entropy(of_test.argmax(axis=1)),
        test_confidence=_rounded(of_test.max(axis=1).mean()),
        test_distance=_distance(near, known),
    )


@functools.cache
def _step(kind: str) -> Callable[[Params, Scalar, Batch, RandomKey], tuple[Batch, Batch]]:
    @jax.jit
    def run(params: Params, level: Scalar, state: Batch, key: RandomKey) -> tuple[Batch, Batch]:
        return step(params, kind, level, state, key)

    return run


def _entropy(classes: NDArray[np.intp]) -> float:
    """Nats."""
    shares = np.bincount(classes) / len(classes)
    return _rounded(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _distance(answers: Single, known: Single) -> float:
    """The mean distance of pictures to the nearest of those known."""
    squares = (known**2).sum(axis=1) - 2 * answers @ known.T
    nearest = squares.min(axis=1) + (answers**2).sum(axis=1)
    return _rounded(np.sqrt(np.maximum(nearest, 0)).mean())


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 4) + 0.0  # never -0.0
