"""The optimiser of a recipe, for one model or, by numbers of each model's own, for several that are trained at once.

In:  recipes, and how many steps there are in all.
Out: Adam (Kingma and Ba 2015) with a linear warm-up and half a cosine (Loshchilov and Hutter 2017), by optax.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from train.settings.recipe import HYPERPARAMETERS, Recipe

Number = float | Float[Array, "*models"]


class PerModel(NamedTuple):
    """Of a recipe, the numbers in which models that are trained together may differ: floats, or arrays [models]."""

    learning_rate: Number
    b1: Number
    b2: Number


def per_model(recipe: Recipe) -> PerModel:
    """A model's own part of its recipe."""
    return PerModel(recipe.learning_rate, recipe.b1, recipe.b2)


def shared(recipe: Recipe) -> Recipe:
    """The recipe less the part of it that is a model's own: models for which this is equal can be trained together.

    That leaves what decides shapes, loops and draws.
    """
    return replace(recipe, **{key: getattr(Recipe, key) for key, one in HYPERPARAMETERS.items() if one.per_model})


def make_optimizer(recipe: Recipe, steps: int, numbers: PerModel | None = None) -> optax.GradientTransformation:
    """Adam with the recipe's schedule over `steps` steps in all; `numbers`, if given, take the place of its own."""
    numbers = numbers or per_model(recipe)
    peak, rise = numbers.learning_rate, round(recipe.warmup * steps)
    rate = peak
    if recipe.schedule == "cosine":
        rise = min(rise, max(steps, 2) - 1)  # at least one step is left for the way down
        fall = optax.cosine_decay_schedule(peak, max(steps, 2) - rise)
        rate = optax.join_schedules([optax.linear_schedule(0.0, peak, rise), fall], [rise])
    elif recipe.warmup > 0:
        rate = optax.linear_schedule(0.0, peak, max(rise, 1))  # over 0 steps optax would stay at 0 for ever
    return optax.adam(rate, b1=numbers.b1, b2=numbers.b2)


def stack_per_model(recipes: Sequence[Recipe]) -> PerModel:
    """The models' own parts as arrays [models]."""
    return PerModel(*(jnp.array(column, jnp.float32) for column in zip(*map(per_model, recipes), strict=True)))
