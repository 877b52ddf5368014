"""The optimiser is the published one: its schedule and Adam."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.test_training import RECIPE
from train.learn.optimizer import PerModel, make_optimizer
from train.settings.recipe import HYPERPARAMETERS, Recipe


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    def rates(recipe: Recipe, steps: int) -> list[float]:
        """The lengths of Adam's steps for a gradient that never changes: they are the rate itself."""
        optimizer = make_optimizer(recipe, steps)
        state = optimizer.init(jnp.ones(()))
        lengths = []
        for _ in range(steps):
            change, state = optimizer.update(jnp.ones(()), state)
            lengths.append(-float(change))
        return lengths

    cosine = rates(replace(RECIPE, warmup=0.1), 100)
    assert cosine[0] == 0
    assert int(np.argmax(cosine)) == 10
    assert max(cosine) == pytest.approx(4e-3, rel=1e-4)
    assert cosine[55] == pytest.approx(2e-3, rel=0.01)
    assert cosine[99] < 1e-5
    short = rates(replace(RECIPE, warmup=0.96), 10)  # of which 0.96 is all of them, rounded
    assert short == pytest.approx([4e-3 * step / 9 for step in range(10)], rel=1e-4)
    assert rates(replace(RECIPE, schedule="constant"), 5)[1:] == pytest.approx([4e-3] * 4, rel=1e-4)
    assert rates(replace(RECIPE, schedule="constant", warmup=0.0), 5) == pytest.approx([4e-3] * 5, rel=1e-4)


def test_adam_is_the_published_one() -> None:
    optimizer = make_optimizer(replace(RECIPE, schedule="constant", warmup=0.0, learning_rate=0.1), 10)
    gradients = [jnp.array(1.0), jnp.array(-2.0)]
    state: optax.OptState = optimizer.init(gradients[0])
    mean = square = 0.0
    for step, gradient in enumerate(gradients, 1):
        change, state = optimizer.update(gradient, state)
        mean = 0.9 * mean + 0.1 * float(gradient)
        square = 0.999 * square + 0.001 * float(gradient) ** 2
        expected = -0.1 * (mean / (1 - 0.9**step)) / ((square / (1 - 0.999**step)) ** 0.5 + 1e-8)
        assert float(change) == pytest.approx(expected, rel=1e-4)


def test_models_trained_together_may_differ_in_what_the_table_of_hyperparameters_says() -> None:
    assert set(PerModel._fields) == {key for key, facts in HYPERPARAMETERS.items() if facts.per_model}
