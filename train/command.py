"""`python -m train`: trains the models of models.toml whose weights are missing or of another recipe. `report` draws
figures.

This is the composition root: it alone in `train` knows what the export makes of a trained model.
"""

import argparse
import importlib.util
import io
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from export.assets import default_config
from export.models import images_digest, weights_path, why_train
from export.trained import Outcome, unmeasured
from export.weights import read_weights
from train import pool
from train.config import Config, ModelSpec, read_config, with_epochs, with_seed
from train.dataset import Dataset, load_dataset
from train.errors import DaeError, TrainingError
from train.options import report_options, train_options
from train.progress import Progress
from train.report import read_report, report_path

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
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter that the terminal has not must not end a training
    try:
        if words[:1] == ["report"]:
            return _report(words[1:])
        return _train(words)
    except DaeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who read what is said has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still writes at its end
        print("Stopped: nobody reads what it says. Every finished epoch is kept.", file=sys.stderr)
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
        specs = _left(config, specs, weights, options)
    if not specs and (companion or not unmeasured(config, weights)):
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


def _left(config: Config, specs: Sequence[ModelSpec], weights: Path, options: argparse.Namespace) -> list[ModelSpec]:
    """The models of which not all that was asked for is there; says of each what is, or what is not and why."""
    if options.held_out or options.seed is not None:
        there = (
            f"its test loss from seed {options.seed} is in the report"
            if options.seed is not None
            else f"its loss on {options.held_out} held-out images is in the report"
        )
        rows = read_report(report_path(weights))["models"]
        reasons = {
            spec.name: _why_beside(spec, rows.get(spec.name, {}), options.held_out, options.seed) for spec in specs
        }
    else:
        there = "up to date"
        images = images_digest(config, options.data_dir)
        reasons = {spec.name: why_train(spec, weights, images) for spec in specs}
    for name, reason in reasons.items():
        print(f"{name}: {reason or there}")
    return [spec for spec in specs if reasons[spec.name]]


def _why_beside(spec: ModelSpec, row: Mapping[str, Any], held_out: int, seed: int | None) -> str:
    """Why a run beside the trained model is needed; empty where its row in the report has what such a run finds."""
    if row.get("fingerprint") != spec.fingerprint():
        return "not trained yet"  # which train_models refuses
    if seed is not None:
        return "" if str(seed) in row.get("seeds", {}) else f"seed {seed} is not in the report"
    return "" if row["curve"].get("held_out") == held_out else f"{held_out} held-out images are not in the report"


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
    outcome = Outcome(config, *places, dataset, held_out, seed)
    tasks = [outcome.task(spec, data_dir) for spec in specs]
    epochs = {spec.name: spec.recipe.epochs for spec in specs}
    workers = workers or _cores()
    cores = workers if mesh is None else len(specs)
    costs = {spec.name: spec.recipe.epoch_cost for spec in specs}
    threads = {spec.name: spec.recipe.threads for spec in specs} if mesh is None else {}
    progress = Progress(sys.stdout, epochs, costs, cores, threads)
    writes = True
    try:
        if mesh is None:
            failed = pool.run(tasks, workers, progress, outcome.take)
        else:
            from train import mesh as over_mesh  # only here does this process need JAX
            from train.hosts import is_first_host

            failed = over_mesh.run(tasks, mesh, progress, outcome.take, distributed=distributed)
            writes = is_first_host()
    except KeyboardInterrupt:
        raise Interrupted(list(epochs), [name for name in epochs if name not in outcome.rows]) from None
    if not companion and writes:
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


def _report(words: Sequence[str]) -> int:
    options = report_options(words)
    config = read_config(options.config or default_config())
    weights = options.weights or config.path.parent / "weights"
    if importlib.util.find_spec("matplotlib") is None:
        raise DaeError("the figures need the Python package matplotlib: run `pip install 'dae-site[train]'`")
    from train import figures

    specs = _chosen(config, ())
    missing = {spec.name: reason for spec in specs if (reason := why_train(spec, weights))}
    for name, reason in missing.items():
        print(f"{name} is left out: {reason}: `python -m train {name}` trains it", file=sys.stderr)
    params = {spec.name: read_weights(weights_path(spec, weights)).params for spec in specs if spec.name not in missing}
    if not params:
        raise DaeError(f"{weights}: expected the weights of a model of {config.path}, got none: run `python -m train`")
    report = read_report(report_path(weights))
    dataset = load_dataset(config.dataset, options.data_dir)
    for path in figures.draw_all(report, config.models, params, dataset, options.out, report_path(weights)):
        print(path)
    return 0
