"""`python -m train`: trains the models of models.toml whose weights are missing or of another recipe. `report` draws
figures.

This is the composition root: it alone in `train` knows how weights and golden vectors are written.
"""

import argparse
import importlib.util
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from export.assets import default_config, template_folder
from export.golden import golden_pixels, write_golden, write_golden_pixels
from export.models import images_digest, weights_path, why_train
from export.strokes import read_samples
from export.weights import format_weights, parse_weights, read_weights, write_weights
from train import checkpoint, pool
from train.config import Config, ModelSpec, Recipe, model_name, read_config, with_epochs, with_seed
from train.dataset import Dataset, load_dataset
from train.errors import DaeError, TrainingError
from train.options import report_options, train_options
from train.progress import Progress
from train.report import read_report, report_path, row, updated, write_report
from train.worker import Task

INTERRUPTED = 130  # exit status after Ctrl-C, as shells have it


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while the models `names` were trained; `left` are those that are not done."""

    def __init__(self, names: Sequence[str], left: Sequence[str]) -> None:
        super().__init__()
        self.names = list(names)
        self.left = list(left)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["report"]:
            return _report(words[1:])
        return _train(words)
    except DaeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Interrupted as interrupted:
        if "--force" in words:  # without names it would begin with the finished ones again
            words = [word for word in words if word not in interrupted.names] + interrupted.left
        command = shlex.join(["python", "-m", "train", *words])
        print(f"\nStopped. Every finished epoch is kept: `{command}` goes on from there.", file=sys.stderr)
        return INTERRUPTED
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED


def _train(words: Sequence[str]) -> int:
    options = train_options(words)
    config = read_config(options.config or default_config())
    if options.epochs is not None:
        config = with_epochs(config, options.epochs)
    weights = options.weights or config.path.parent / "weights"
    if weights.exists() and not weights.is_dir():
        raise DaeError(f"--weights: expected a folder, got the file {weights}")
    specs = _chosen(config, options.names)
    companion = options.held_out > 0 or options.seed is not None
    if not options.force:
        specs = [spec for spec in specs if _why(config, spec, weights, options)]
    if not specs and (companion or not _unmeasured(config, weights)):
        print("Nothing is left to train; --force trains again what is there.")
        return 0
    train_models(
        config,
        specs,
        weights,
        options.data_dir,
        checkpoints_dir=options.checkpoints,
        workers=options.workers,
        held_out=options.held_out,
        seed=options.seed,
        mesh=options.mesh,
        distributed=options.distributed,
    )
    return 0


def _chosen(config: Config, names: Sequence[str]) -> list[ModelSpec]:
    """The models asked for, all where none is named; never those that were trained elsewhere."""
    known = {spec.name: spec for spec in config.models if spec.weights_file is None}
    for name in names:
        if name not in known:
            raise DaeError(f"{config.path}: no model to train is called {name!r}, expected one of {', '.join(known)}")
    return [spec for name, spec in known.items() if not names or name in names]


def _why(config: Config, spec: ModelSpec, weights: Path, options: argparse.Namespace) -> str:
    """Why a model is to be trained, which is also printed; empty where all that was asked for is there."""
    reason = why_train(spec, weights, images_digest(config, options.data_dir))
    there = "up to date"
    if options.held_out or options.seed is not None:
        found = read_report(report_path(weights))["models"].get(spec.name, {})
        if reason or found.get("fingerprint") != spec.fingerprint():
            return "not trained itself yet"  # which train_models refuses, with a sentence
        if options.seed is not None:
            there = f"its test loss from seed {options.seed} is in the report"
            reason = "" if str(options.seed) in found.get("seeds", {}) else f"with seed {options.seed}"
        else:
            there = f"its loss on {options.held_out} held-out images is in the report"
            reason = "" if found["curve"].get("held_out") == options.held_out else f"without {options.held_out} images"
    print(f"{spec.name}: {reason or there}")
    return reason


def _unmeasured(config: Config, weights: Path) -> list[ModelSpec]:
    """The models whose weights are there, and whose row in the report is not, or lacks the loss on a noise."""
    specs = [spec for spec in config.models if spec.weights_file is None]
    noises = {model_name(spec.noise, spec.level) for spec in specs}
    rows = read_report(report_path(weights))["models"]

    def is_measured(spec: ModelSpec) -> bool:
        found = rows.get(spec.name, {})
        return found.get("fingerprint") == spec.fingerprint() and set(found.get("test_loss_by_noise", {})) == noises

    return [spec for spec in specs if not is_measured(spec) and not why_train(spec, weights)]


def train_models(
    config: Config,
    specs: Sequence[ModelSpec],
    weights_dir: Path,
    data_dir: Path | None = None,
    *,
    checkpoints_dir: Path | None = None,
    workers: int | None = None,
    held_out: int = 0,
    seed: int | None = None,
    mesh: tuple[int, int] | None = None,
    distributed: bool = False,
) -> None:
    """Train `specs` of `config`; write weights, golden vectors and the report as each model is done.

    With `held_out` > 0 the last so many training images are not trained on, and only the report's curves are written;
    with a `seed` it takes the place of the recipes', and only the test losses are.
    """
    for package in ("jax", "optax", "jaxtyping"):
        if importlib.util.find_spec(package) is None:
            raise TrainingError(f"training needs the Python package {package}: run `pip install 'dae-site[train]'`")
    dataset = load_dataset(config.dataset, data_dir)  # before any worker starts: a fault is told once
    _check(config, specs, dataset, held_out)
    companion = held_out > 0 or seed is not None
    if companion:
        _check_trained(specs, report_path(weights_dir))
    if seed is not None:
        specs = with_seed(specs, seed)
    places = weights_dir, checkpoints_dir or config.path.parent / "checkpoints"
    outcome = _Outcome(config, *places, dataset, held_out, seed)
    tasks = [outcome.task(spec, data_dir) for spec in specs]
    epochs = {spec.name: spec.recipe.epochs for spec in specs}
    workers = workers or _cores()
    at_once = workers if mesh is None else len(specs)
    progress = Progress(sys.stdout, epochs, {spec.name: spec.recipe.epoch_cost for spec in specs}, at_once)
    is_first_host = True
    try:
        if mesh is None:
            failed = pool.run(tasks, workers, progress, outcome.take)
        else:
            from train import mesh as over_mesh  # only here does this process need JAX

            failed = over_mesh.run(tasks, mesh, progress, outcome.take, distributed=distributed)
            is_first_host = over_mesh.is_first_host()
    except KeyboardInterrupt:
        raise Interrupted(list(epochs), [name for name in epochs if name not in outcome.rows]) from None
    if not companion and is_first_host:
        again = outcome.unmeasured(data_dir)
        failed |= pool.run(again, workers, Progress(sys.stdout, {}), outcome.take_measures)
    progress.table(outcome.rows)
    if failed:
        raise TrainingError("\n".join(dict.fromkeys(failed.values())))  # one that ended several models is said once


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(config: Config, specs: Sequence[ModelSpec], dataset: Dataset, held_out: int) -> None:
    left = len(dataset.train) - held_out
    for spec in specs:
        if not 0 <= held_out < len(dataset.train):
            raise DaeError(
                f"--held-out: expected a number below the {len(dataset.train)} training images, got {held_out}"
            )
        if spec.recipe.batch > left:
            batch = spec.recipe.batch
            raise DaeError(
                f"{config.path}: {spec.name}: batch: expected at most the {left} training images, got {batch}"
            )


def _check_trained(specs: Sequence[ModelSpec], path: Path) -> None:
    """What companion runs found is added to the rows of models that are trained already."""
    rows = read_report(path)["models"]
    for spec in specs:
        expected, got = spec.fingerprint(), rows.get(spec.name, {}).get("fingerprint", "nothing")
        if got != expected:
            where = f"{path}: models.{spec.name}.fingerprint"
            raise DaeError(f"{where}: expected {expected}, got {got}: train the model first")


class _Outcome:
    """Where the results of a sweep go, one model at a time."""

    def __init__(
        self,
        config: Config,
        weights_dir: Path,
        checkpoints_dir: Path,
        dataset: Dataset,
        held_out: int,
        seed: int | None,
    ) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self._config = config
        self._weights = weights_dir
        of_companion = f"held-out-{held_out}" if held_out else "" if seed is None else f"seed-{seed}"
        self._checkpoints = checkpoints_dir / of_companion
        self._held_out = held_out
        self._seed = seed
        self._specs = [spec for spec in config.models if spec.weights_file is None]
        self._noises = {model_name(spec.noise, spec.level): (spec.noise, spec.level) for spec in self._specs}
        self._golden = golden_pixels(read_samples(template_folder() / "samples.json"), dataset.side)
        self._images = {"images": dataset.digest()} if config.dataset == "custom" else {}

    def task(self, spec: ModelSpec, data_dir: Path | None) -> Task:
        """The whole training of one model."""
        return Task(spec, data_dir, self._checkpoints, self._noises, self._golden, self._held_out)

    def unmeasured(self, data_dir: Path | None) -> list[Task]:
        """The tasks that only measure: of models that are trained, and whose row in the report is not whole."""
        tasks = []
        for spec in _unmeasured(self._config, self._weights):
            params = read_weights(weights_path(spec, self._weights)).params
            tasks.append(Task(spec, data_dir, self._checkpoints, self._noises, self._golden, 0, params))
        return tasks

    def take(self, spec: ModelSpec, event: Mapping[str, Any]) -> None:
        """A model is trained: save all that came of it, then forget its checkpoints.

        The weights come last: until they are there the model counts as not trained, and the next call finishes from
        its checkpoint what this one could not.
        """
        before = read_report(report_path(self._weights))["models"].get(spec.name, {})
        fresh = dict(event["row"])
        if self._held_out or self._seed is not None:
            self._write_row(spec, before | self._found(before, fresh))
        else:
            if before.get("fingerprint") == spec.fingerprint():  # trained anew: what companions found holds
                fresh["curve"] = before["curve"] | {"training": fresh["curve"]["training"]}
                fresh |= {"seeds": before["seeds"]} if "seeds" in before else {}
            path, golden = weights_path(spec, self._weights), self._weights / "golden"
            metadata = _metadata(spec, fresh["test_loss"], self._images)
            sha256 = parse_weights(format_weights(event["params"], metadata), spec.name, str(path)).sha256
            write_golden_pixels(golden, self._golden)
            write_golden(golden, spec.name, event["golden"], self._golden, sha256)
            self._write_row(spec, row(spec, fresh))
            write_weights(path, event["params"], metadata)
        checkpoint.remove(self._checkpoints, spec.name)
        self.rows[spec.name] = fresh

    def _found(self, before: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Any]:
        """What a companion run adds to the row of a model."""
        if self._seed is None:
            return {"curve": before["curve"] | _companion(fresh, self._held_out)}
        losses = before.get("seeds", {}) | {str(self._seed): fresh["test_loss"]}
        return {"seeds": {seed: losses[seed] for seed in sorted(losses, key=int)}}

    def take_measures(self, spec: ModelSpec, event: Mapping[str, Any]) -> None:
        """A model that was not trained is measured."""
        before = read_report(report_path(self._weights))["models"].get(spec.name, {})
        if before.get("fingerprint") != spec.fingerprint():
            before = {}  # of other weights
        unknown = {"curve": {"training": [], "validation": []}, "seconds": 0.0}
        self._write_row(spec, row(spec, unknown | before | dict(event["row"])))

    def _write_row(self, spec: ModelSpec, new: Mapping[str, Any]) -> None:
        path = report_path(self._weights)
        report = updated(read_report(path), self._config.dataset, self._specs, self._noises, {spec.name: new})
        write_report(path, report)


def _companion(fresh: Mapping[str, Any], held_out: int) -> dict[str, Any]:
    curve = fresh["curve"]
    return {"validation": curve["validation"], "held_out": held_out, "companion_training": curve["training"]}


def _metadata(spec: ModelSpec, test_loss: float, images: Mapping[str, str]) -> dict[str, str]:
    recipe: Recipe = spec.recipe
    return {
        **images,
        "noise": spec.noise,
        "level": str(spec.level).removesuffix(".0"),  # every digit: it is held against that of models.toml
        "dataset": spec.dataset,
        "epochs": str(recipe.epochs),
        "seed": str(recipe.seed),
        "recipe": spec.fingerprint(),
        "test_loss": f"{test_loss:.4f}",
    }


def _report(words: Sequence[str]) -> int:
    options = report_options(words)
    config = read_config(options.config or default_config())
    weights = options.weights or config.path.parent / "weights"
    if importlib.util.find_spec("matplotlib") is None:
        raise DaeError("the figures need the Python package matplotlib: run `pip install 'dae-site[train]'`")
    from train import figures

    params = {spec.name: read_weights(weights_path(spec, weights)).params for spec in _chosen(config, ())}
    report = read_report(report_path(weights))
    dataset = load_dataset(config.dataset, options.data_dir)
    for path in figures.draw_all(report, config.models, params, dataset, options.out, report_path(weights)):
        print(path)
    return 0
