"""What each part of the recipe gives, and what was left out of it, on held-out images; writes recipes.json.

    python -m benchmarks.training.recipes --data-dir MNIST [--epochs 8] [--out FILE] [MODEL ...]

In:  the training images of MNIST, the last 10,000 of them held out; the test images have no part in it.
Out: for each variant and each of the article's three models the loss on the held-out images, the noise as trained, and
     the completion (see train.measure), after a few epochs; for one model and what was left out also after all of them;
     and for the models that take several copies of each image, what these give. Where models are named, only theirs are
     measured, and the file's other numbers stay.

Every variant changes one thing of the one it names; with one copy of each image also rate and batch, to the best for
it. One model a core, as in training. What was left out lives here:

    hidden bias   every hidden bias starts at -2, so that few units are active at first
    centring      (Montavon and Müller 2012) Adam's steps are those of the same network written as
                  reconstruction = sigmoid(weight @ (code - 1/2) + offset), in which a change of the weight no longer
                  shifts all of a pixel's logits at once
    independent   the noise of an image's copies is drawn for each by itself
    bfloat16      the inputs of every product are rounded to 8 bits of precision
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.training.bfloat16 import round_products
from train.config import ModelSpec, Recipe, read_config
from train.dataset import load_dataset
from train.noise import NOISES, Noise

HERE = Path(__file__).resolve().parent
MODELS = ("masking-80", "salt-and-pepper-50", "gaussian-075")
WHOLE = "salt-and-pepper-50"  # the one that is also trained for all epochs
COPIED = ("masking-25", "masking-50", "salt-and-pepper-75")  # those that take several copies of each image
HELD_OUT = 10_000
OURS = "**models.toml**"
OLD = Recipe(learning_rate=1e-3, schedule="constant", warmup=0.0, b2=0.999)


@dataclass(frozen=True)
class Variant:
    """A recipe, and what recipes cannot say."""

    recipe: Recipe
    hidden_bias: float = 0.0
    centre: float = 0.0
    averaged: int = 1  # epochs at the end whose weights are averaged
    independent: bool = False  # the noise of an image's copies
    bfloat16: bool = False  # the inputs of every product


class IndependentNoise(Noise):
    """A noise whose draws for the copies of an image have nothing to do with each other."""

    def stratified_draws(self, key: Any, shape: tuple[int, ...], orders: Any) -> Any:
        """Draws [copies, *shape], as many as `orders` [many, copies] is for."""
        return self.draws(key, (orders.shape[1], *shape))


def variants(ours: Recipe) -> dict[str, Variant]:
    """What is compared after a few epochs, each with the words for it."""
    return {
        "the recipe of 2015": Variant(OLD),
        "… with warm-up and cosine": Variant(replace(OLD, schedule="cosine", warmup=0.05)),
        OURS: Variant(ours),
        "… at half the rate": Variant(replace(ours, learning_rate=ours.learning_rate / 2)),
        "… at twice the rate": Variant(replace(ours, learning_rate=ours.learning_rate * 2)),
        "… with b2 0.99": Variant(replace(ours, b2=0.99)),
        "… with batches of 200": Variant(replace(ours, batch=200)),
        "… averaged over the last 3 epochs": Variant(ours, averaged=3),
        "… with hidden biases from -2": Variant(ours, hidden_bias=-2.0),
        "… with centring": Variant(ours, centre=0.5),
    }


def copied(ours: Recipe) -> dict[str, Variant]:
    """What is compared after a few epochs where a recipe takes several copies of each image."""
    one = replace(ours, copies=1, learning_rate=8e-3 if ours.centring == "none" else 4e-3, batch=OLD.batch)
    compared = {
        "the recipe of 2015": Variant(OLD),
        OURS: Variant(ours),
        "… with copies whose noise is independent": Variant(ours, independent=True),
        "… with one copy of each image": Variant(one),
    }
    if ours.weight_decay > 0:
        compared["… without weight decay"] = Variant(replace(ours, weight_decay=0.0))
    if ours.centring == "both":
        compared["… without centring its codes"] = Variant(replace(ours, centring="input"))
    if ours.centring != "none":  # at the best rate for it
        alone = replace(one, centring="none", learning_rate=2e-3)
        compared["… with one copy of each image, and without centring"] = Variant(alone)
    return compared


def whole(ours: Recipe) -> dict[str, Variant]:
    """What is compared after all epochs."""
    left_out = Variant(replace(ours, b2=0.99), hidden_bias=-2.0, centre=0.5)
    return {
        OURS: Variant(ours),
        "… with bfloat16 products": Variant(ours, bfloat16=True),
        "… with hidden biases from -2, b2 0.99 and centring": left_out,
    }


def measure(data_dir: Path, spec: ModelSpec, variant: Variant) -> dict[str, float]:
    """Train one model on one thread; its loss and its completion on the held-out images."""
    os.environ["NPROC"] = "1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp
    import numpy as np

    from train import training
    from train.measure import completion, mean_loss

    images = load_dataset("mnist", data_dir).train
    if variant.centre:
        _centre(variant.centre)
    if variant.bfloat16:
        round_products()
    if variant.independent:
        NOISES[spec.noise] = IndependentNoise(**vars(NOISES[spec.noise]))
    mesh = training.make_mesh(1, 1)
    run = training.make_epoch([spec], len(images) - HELD_OUT, mesh)
    state = jax.device_get(training.initial_state(spec.recipe, images.shape[1]))
    params = state.params._replace(hidden_bias=state.params.hidden_bias + np.float32(variant.hidden_bias))
    states = training.stack([state._replace(params=params)], mesh)
    pixels, levels = jnp.asarray(images[:-HELD_OUT]), jnp.array([spec.level], jnp.float32)
    last: list[Any] = []
    for epoch in range(spec.recipe.epochs):
        states, _ = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
        last = [*last, training.unstack(states, 1)[0].params][-variant.averaged :]
    params = jax.tree.map(lambda *leaves: np.mean(leaves, axis=0), *last)
    held_out = images[-HELD_OUT:]
    loss = mean_loss(params, held_out, spec.noise, spec.level)
    return {"loss": round(loss, 2), "completion": completion(params, held_out)["restored"]}


def _centre(centre: float) -> None:
    """Let Adam work on (weight, hidden_bias, offset), where offset = visible_bias + centre * weight.sum(axis=1)."""
    import optax

    from train.optimizer import make_optimizer as adam

    def to_offset(gradient: Any, _: Any) -> Any:
        return gradient._replace(weight=gradient.weight - centre * gradient.visible_bias[:, None])

    def from_offset(change: Any, _: Any) -> Any:
        return change._replace(visible_bias=change.visible_bias - centre * change.weight.sum(axis=1))

    def make_optimizer(recipe: Recipe, steps: int, numbers: Any = None) -> optax.GradientTransformation:
        return optax.chain(optax.stateless(to_offset), adam(recipe, steps, numbers), optax.stateless(from_offset))

    patch("train.training.make_optimizer", make_optimizer).start()


def main() -> None:
    """Train every variant and write recipes.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=HERE / "recipes.json")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS + COPIED)} (default: all)")
    options = parser.parse_args()
    chosen = options.models or MODELS + COPIED
    specs = {spec.name: spec for spec in read_config(HERE.parents[1] / "models.toml").models}
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1) as pool:

        def start(spec: ModelSpec, variant: Variant, epochs: int) -> concurrent.futures.Future[dict[str, float]]:
            recipe = replace(variant.recipe, epochs=epochs)
            return pool.submit(measure, options.data_dir, replace(spec, recipe=recipe), variant)

        started: dict[str, dict[str, dict[str, Any]]] = {"few": {}, "all": {}}
        for name in (name for name in MODELS + COPIED if name in chosen):
            spec = specs[name]
            for words, variant in (variants if name in MODELS else copied)(spec.recipe).items():
                if variant == Variant(spec.recipe) and words != OURS:
                    continue  # what it would change is so already
                started["few"].setdefault(words, {})[name] = start(spec, variant, options.epochs)
            for words, variant in whole(spec.recipe).items() if name == WHOLE else ():
                started["all"].setdefault(words, {})[name] = start(spec, variant, spec.recipe.epochs)
        results: dict[str, Any] = {
            "held_out": HELD_OUT,
            "epochs": {"few": options.epochs, "all": specs[MODELS[0]].recipe.epochs},
        }
        before = json.loads(options.out.read_text()) if options.models else {}
        for which, rows in started.items():
            merged: dict[str, dict[str, Any]] = {
                words: {name: found for name, found in row.items() if name not in chosen}
                for words, row in before.get(which, {}).items()
            }
            for words, row in rows.items():
                merged.setdefault(words, {}).update({name: future.result() for name, future in row.items()})
            results[which] = {
                words: {name: row[name] for name in MODELS + COPIED if name in row}
                for words, row in merged.items()
                if row
            }
    options.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(options.out)


if __name__ == "__main__":
    main()
