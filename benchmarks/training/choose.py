"""One recipe for all noises, chosen on held-out training images; writes candidates.json.

    python -m benchmarks.training.choose --data-dir MNIST [--out FILE]

In:  the training images of MNIST, the last 10,000 of them held out; the test images have no part in it.
Out: for each candidate and each model of models.toml the loss on the held-out images, the noise as trained, and the sum
     over all models of that loss divided by the recipe of 2015's. The candidate with the least sum is the one to take.

One model a core, as in training. What is in the file is not trained again: an interrupted run goes on where it stopped.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from train.data.dataset import load_dataset
from train.settings.config import ModelSpec
from train.settings.reader import read_config
from train.settings.recipe import Recipe

HERE = Path(__file__).resolve().parent
HELD_OUT = 10_000
OF_2015 = "2015"
CANDIDATES = {
    OF_2015: Recipe(epochs=25, learning_rate=1e-3, schedule="constant", warmup=0.0, b2=0.999),
    "rate 4e-3": Recipe(epochs=50, learning_rate=4e-3, b2=0.999),
    "rate 4e-3, 25 epochs": Recipe(epochs=25, learning_rate=4e-3, b2=0.999),
    "rate 4e-3, b2 0.99, 25 epochs": Recipe(epochs=25, learning_rate=4e-3, b2=0.99),
    "rate 6e-3, 25 epochs": Recipe(epochs=25, learning_rate=6e-3, b2=0.999),
}


def held_out_loss(data_dir: Path, spec: ModelSpec) -> float:
    """Train one model on one thread; its loss on the held-out images."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    from train.run.numbers import fix_numbers

    fix_numbers()
    import jax
    import jax.numpy as jnp

    from train.learn import training
    from train.learn.measure import mean_loss

    images = load_dataset("mnist", data_dir).train
    mesh = training.make_mesh(1, 1)
    run = training.make_epoch([spec], len(images) - HELD_OUT, mesh)
    states = training.stack([jax.device_get(training.initial_state(spec.recipe, images.shape[1]))], mesh)
    pixels, levels = jnp.asarray(images[:-HELD_OUT]), jnp.array([spec.level], jnp.float32)
    for epoch in range(spec.recipe.epochs):
        states, _ = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
    params = training.unstack(states, 1)[0].params
    return round(mean_loss(params, images[-HELD_OUT:], spec.noise, spec.level), 4)


def summary(losses: dict[str, dict[str, float]]) -> dict[str, float]:
    """For each candidate that is complete, the sum over all models of its loss divided by the recipe of 2015's."""
    base = losses.get(OF_2015, {})
    return {
        name: round(sum(row[model] / base[model] for model in base), 4)
        for name, row in losses.items()
        if base and row.keys() == base.keys()
    }


def write(path: Path, losses: dict[str, dict[str, float]]) -> None:
    """Write what has been found by now."""
    report = {
        "held_out": HELD_OUT,
        "recipes": {name: asdict(recipe) for name, recipe in CANDIDATES.items()},
        "losses": losses,
        "sum_of_ratios": summary(losses),
    }
    path.write_text(json.dumps(report, indent=1) + "\n")


def missing(losses: dict[str, dict[str, float]], specs: Sequence[ModelSpec]) -> list[tuple[str, ModelSpec]]:
    """Each candidate and model whose loss is not known; the models with the candidate's recipe."""
    return [
        (name, replace(spec, recipe=recipe))
        for name, recipe in CANDIDATES.items()
        for spec in specs
        if spec.name not in losses.get(name, {})
    ]


def main() -> None:
    """Train what the file lacks, and write it after each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE / "candidates.json")
    options = parser.parse_args()
    specs = read_config(HERE.parents[1] / "models.toml").models
    losses: dict[str, dict[str, float]] = json.loads(options.out.read_text())["losses"] if options.out.exists() else {}
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1) as pool:
        started = {
            pool.submit(held_out_loss, options.data_dir, spec): (name, spec.name)
            for name, spec in missing(losses, specs)
        }
        for future in concurrent.futures.as_completed(started):
            name, model = started[future]
            losses.setdefault(name, {})[model] = future.result()
            print(f"{name}: {model}: {future.result():.2f}", flush=True)
            write(options.out, losses)
    write(options.out, losses)
    print(json.dumps(summary(losses), indent=1))


if __name__ == "__main__":
    main()
