"""The optimiser of a recipe, for one model or, by numbers of each model's own, for several that are trained at once.

In:  recipes, and how many steps there are in all.
Out: Adam (Kingma and Ba 2015) with a linear warm-up and half a cosine (Loshchilov and Hutter 2017), where asked for
     with decoupled weight decay (the same, 2019), by optax.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from train.config import CENTRINGS, ModelSpec, Recipe
from train.params import Params


class Own(NamedTuple):
    """Of a recipe, the numbers in which models that are trained together may differ: floats, or arrays [models]."""

    learning_rate: Any
    b1: Any
    b2: Any
    weight_decay: Any
    inputs_centred: Any  # 1 where centring is "input" or "both", else 0
    codes_centred: Any  # 1 where it is "both", else 0


def own(recipe: Recipe) -> Own:
    """A model's own part of its recipe."""
    at = CENTRINGS.index(recipe.centring)
    return Own(recipe.learning_rate, recipe.b1, recipe.b2, recipe.weight_decay, float(at > 0), float(at > 1))


def shared(recipe: Recipe) -> Recipe:
    """The recipe less the part of it that is a model's own: models for which this is equal can be trained together.

    That leaves what decides shapes, loops and draws. The initial bias is a model's own too: it is only in its start.
    """
    free = ("learning_rate", "b1", "b2", "weight_decay", "centring", "initial_bias")
    return replace(recipe, **{key: getattr(Recipe, key) for key in free})


def common(specs: Sequence[ModelSpec]) -> Recipe:
    """A recipe with every part that one of these models needs: decay and centring, where any has them."""
    recipes = [spec.recipe for spec in specs]
    return replace(
        recipes[0],
        weight_decay=max(recipe.weight_decay for recipe in recipes),
        centring=max((recipe.centring for recipe in recipes), key=CENTRINGS.index),
    )


def make_optimizer(recipe: Recipe, steps: int, numbers: Own | None = None) -> optax.GradientTransformation:
    """Adam with the recipe's schedule over `steps` steps in all; `numbers`, if given, take the place of its own."""
    numbers = numbers or own(recipe)
    peak, rise = numbers.learning_rate, round(recipe.warmup * steps)
    rate = peak
    if recipe.schedule == "cosine":
        rise = min(rise, max(steps, 2) - 1)  # at least one step is left for the way down
        fall = optax.cosine_decay_schedule(peak, max(steps, 2) - rise)
        rate = optax.join_schedules([optax.linear_schedule(0.0, peak, rise), fall], [rise])
    elif recipe.warmup > 0:
        rate = optax.linear_schedule(0.0, peak, max(rise, 1))  # over 0 steps optax would stay at 0 for ever
    if recipe.weight_decay == 0:
        return optax.adam(rate, b1=numbers.b1, b2=numbers.b2)
    weight_only = Params(weight=True, hidden_bias=False, visible_bias=False)
    return optax.adamw(rate, b1=numbers.b1, b2=numbers.b2, weight_decay=numbers.weight_decay, mask=weight_only)


def stack_own(recipes: Sequence[Recipe]) -> Own:
    """The models' own parts as arrays [models]."""
    return Own(*(jnp.array(column, jnp.float32) for column in zip(*map(own, recipes), strict=True)))
