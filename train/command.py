"""`train` trains the models of models.toml whose weights are missing or of another recipe; `figures` draws them.

This is the composition root: it alone in `train` knows what the export makes of a trained model.

In:  the options (see train.options).
Out: weights, golden vectors and the report; or figures, whose paths are printed.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from export.assets import default_config, folder_of, template_folder
from export.command_places import folder_beside, weights_folder, whole_folder
from export.weights.kept import as_trained, refuse_loss
from export.weights.models import images_digest, weights_path, why_train
from export.weights.studies import Studies
from export.weights.trained import Outcome, unmeasured, unread
from export.weights.weights_file import read_weights
from train.command_end import CtrlC, end, require
from train.data.dataset import Dataset, load_dataset
from train.data.doubts import doubts
from train.errors import DaeError, TrainingError, typed
from train.learn.params import Params
from train.options import FIGURES_HELP, TRAIN_HELP, add_figures_options, add_train_options, check_train_options
from train.run.report import Row, check_row, read_report, report_path, report_so_far
from train.settings.config import Config, ModelSpec, with_epochs, with_seed
from train.settings.reader import read_config

KEPT = "Every finished epoch is kept"
NOTHING_LEFT = "Nothing is left to train; --force trains again what is there."


class Interrupted(CtrlC):
    """Ctrl-C while the models `names` were trained; `left` are those that are not done."""

    def __init__(self, names: Sequence[str], left: Sequence[str]) -> None:
        super().__init__(f"Stopped. {KEPT}: the same command goes on from there.")
        self.names = list(names)
        self.left = list(left)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `python -m train` or `python -m train figures` (or `report`, as it was called first); the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    draws = words[:1] in (["figures"], ["report"])

    def run() -> None:
        if draws:
            parser = argparse.ArgumentParser(prog="python -m train figures", description=FIGURES_HELP)
            add_figures_options(parser)
            draw_figures(parser.parse_args(words[1:]))
        else:
            parser = argparse.ArgumentParser(
                prog="python -m train",
                description=TRAIN_HELP,
                epilog="`python -m train figures --out DIR` draws learning curves, filters and reconstructions.",
            )
            add_train_options(parser)
            train(parser.parse_args(words), ["python", "-m", "train", *words])

    return end(run, unread="" if draws else f"{KEPT}.")


def train(options: argparse.Namespace, typed: Sequence[str]) -> None:
    """Train what is asked for; `typed` are the words of the command, to say how it goes on after Ctrl-C."""
    check_train_options(options)
    try:
        _train(options)
    except Interrupted as interrupted:
        words = list(typed)
        if "--force" in words:  # without names it would begin with the finished ones again
            words = [word for word in words if word not in interrupted.names] + interrupted.left
        raise CtrlC(f"Stopped. {KEPT}: `{shlex.join(words)}` goes on from there.") from None


def _train(options: argparse.Namespace) -> None:
    config = read_config(options.config or default_config())
    checkpoints = _checkpoints(config, options)
    if options.epochs is not None:
        config = with_epochs(config, options.epochs)
    weights = weights_folder(config, options.weights)
    if weights.exists() and not weights.is_dir():
        raise DaeError(f"--weights: expected a folder, got the file {weights}")
    if options.measure:
        measure_models(config, weights, options.data_dir, checkpoints, options.workers, options.digits)
        return
    specs = _chosen(config, options.names)
    companion = options.held_out > 0 or options.seed is not None
    if not options.force:
        specs = _left(config, specs, weights, options)
    beside = folder_beside(config, options.weights)
    whole = not unmeasured(config, beside) and not unread(config, beside)
    if not specs and (companion or weights != beside or whole):
        print(NOTHING_LEFT)
        return
    if not companion and not options.force:
        refuse_loss(specs, beside, [] if options.epochs is None else ["--epochs", str(options.epochs)])
    if weights != beside:
        weights = whole_folder(config, options.weights)
    train_models(
        config,
        specs,
        weights,
        options.data_dir,
        checkpoints_folder=checkpoints,
        workers=options.workers,
        held_out=options.held_out,
        seed=options.seed,
        mesh=options.mesh,
        distributed=options.distributed,
    )


def _checkpoints(config: Config, options: argparse.Namespace) -> Path:
    """Where checkpoints go: those of `--epochs` apart, unless the run of models.toml goes on by them."""
    folder: Path = options.checkpoints or folder_of(config.path) / "checkpoints"
    if options.epochs is None:
        return folder
    recipes = [spec.recipe for spec in config.models]
    goes_on = all(recipe.goes_on and recipe.epochs <= options.epochs for recipe in recipes)
    return folder if goes_on else folder / f"epochs-{options.epochs}"


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
        rows = report_so_far(report_path(weights)).models
        reasons = {spec.name: _why_beside(spec, rows.get(spec.name), options.held_out, options.seed) for spec in specs}
    else:
        there = "up to date"
        images = images_digest(config, options.data_dir)
        reasons = {spec.name: why_train(spec, weights, images) for spec in specs}
    for name, reason in reasons.items():
        print(f"{name}: {reason or there}")
    return [spec for spec in specs if reasons[spec.name]]


def _why_beside(spec: ModelSpec, row: Row | None, held_out: int, seed: int | None) -> str:
    """Why a run beside the trained model is needed; empty where its row in the report has what such a run finds."""
    if row is None or not row.is_of(spec):
        return "not trained yet"  # which train_models refuses
    if seed is not None:
        return "" if seed in row.seeds else f"seed {seed} is not in the report"
    return "" if row.curve.held_out == held_out else f"{held_out} held-out images are not in the report"


def train_models(
    config: Config,
    specs: Sequence[ModelSpec],
    weights_folder: Path,
    data_dir: Path | None = None,
    *,
    checkpoints_folder: Path | None = None,
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
    require("training", "jax", "optax", "jaxtyping", "scipy", "tqdm")
    from train.run import pool
    from train.run.progress import Progress

    dataset = load_dataset(config.dataset, data_dir)  # before any worker starts: a fault is told once
    for doubt in doubts(dataset):
        print(f"warning: {doubt}", file=sys.stderr, flush=True)
    _check(config, specs, dataset, held_out)
    companion = held_out > 0 or seed is not None
    if companion:
        _check_trained(specs, report_path(weights_folder))
    if seed is not None:
        specs = with_seed(specs, seed)
    places = weights_folder, checkpoints_folder or folder_of(config.path) / "checkpoints"
    outcome = Outcome(config, *places, template_folder() / "samples.json", dataset, held_out, seed)
    tasks = [outcome.task(spec, data_dir) for spec in specs]
    workers = workers or _cores()
    progress = Progress(sys.stdout, specs, workers if mesh is None else len(specs))
    writes = True
    try:
        if mesh is None:
            failed = pool.run(
                tasks, workers, progress, outcome.take, lambda: () if companion else outcome.unread(data_dir)
            )
        else:
            from train.learn.hosts import is_first_host
            from train.run import mesh as over_mesh  # only here does this process need JAX

            failed = over_mesh.run(tasks, mesh, progress, outcome.take, distributed=distributed)
            writes = is_first_host()
    except KeyboardInterrupt:
        names = [spec.name for spec in specs]
        raise Interrupted(names, [name for name in names if name not in outcome.done]) from None
    if not companion and writes:
        again = outcome.unmeasured(data_dir)
        failed |= pool.run(again, workers, Progress(sys.stdout), outcome.take)
        readers = outcome.unread(data_dir)
        failed |= pool.run(readers, workers, Progress(sys.stdout), outcome.take)
        if not tasks and not again and not readers:
            print(NOTHING_LEFT)
    progress.table(outcome.done)
    if failed:
        raise TrainingError("\n".join(dict.fromkeys(failed.values())))  # one that ended several models is said once


def measure_models(
    config: Config,
    weights_folder: Path,
    data_dir: Path | None,
    checkpoints: Path,
    workers: int | None = None,
    digits: int | None = None,
) -> None:
    """Measure what the codes of the trained models know, and what comes of asking again; the report is the outcome.

    What is in the report of these very weights already is not measured again.
    """
    require("measuring", "jax", "optax", "jaxtyping", "scipy", "tqdm")
    from train.run import pool
    from train.run.progress import Progress

    dataset = load_dataset(config.dataset, data_dir)
    if dataset.labels is None:
        raise DaeError(f"data set {config.dataset!r}: expected images with labels to measure by, got images alone")
    workers, progress = workers or _cores(), Progress(sys.stdout)
    outcome = Outcome(config, weights_folder, checkpoints, template_folder() / "samples.json", dataset, 0, None)
    failed = pool.run(outcome.unread(data_dir), workers, progress, outcome.take)
    studies = Studies(
        config, weights_folder, _random_params(config, dataset), min(digits or len(dataset.test), len(dataset.test))
    )
    tasks = [] if failed else studies.tasks(data_dir)
    if not tasks and not failed:
        print("Nothing is left to measure.")
    try:
        failed |= pool.run(tasks, workers, progress, studies.take)
    except KeyboardInterrupt:
        raise CtrlC(
            f"Stopped. What was measured is kept: `{typed('train', '--measure')}` goes on from there."
        ) from None
    if failed:
        raise TrainingError("\n".join(dict.fromkeys(failed.values())))


def _random_params(config: Config, dataset: Dataset) -> Params:
    """The units that training begins with, as numpy arrays."""
    from train.run.numbers import fix_numbers

    fix_numbers()
    import jax

    from train.learn.training import initial_state

    state = initial_state(config.models[0].recipe, dataset.train.shape[1])
    return Params(*(np.asarray(one) for one in jax.device_get(state.params)))


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
    report = report_so_far(path)
    for spec in specs:
        check_row(report, spec, f"{path}")


def draw_figures(options: argparse.Namespace) -> None:
    """Draw learning curves, filters and reconstructions of the models whose weights are there."""
    require("drawing figures", "matplotlib", "jax")
    config = read_config(options.config or default_config())
    weights = weights_folder(config, options.weights)
    if options.weights:
        config, notes = as_trained(config, weights)
        for note in notes:
            print(note, file=sys.stderr)
    from train.run import figures

    specs = _chosen(config, ())
    missing = {spec.name: reason for spec in specs if (reason := why_train(spec, weights))}
    for name, reason in missing.items():
        print(f"{name} is left out: {reason}: `{typed('train', name)}` trains it", file=sys.stderr)
    params = {spec.name: read_weights(weights_path(spec, weights)).params for spec in specs if spec.name not in missing}
    if not params:
        raise DaeError(f"{weights}: expected the weights of a model of {config.path}, got none: run `{typed('train')}`")
    report = read_report(report_path(weights))
    dataset = load_dataset(config.dataset, options.data_dir)
    drawn = figures.draw_all(report, config.models, params, dataset, options.out, report_path(weights))
    for path in [*drawn]:  # before anything is said, which after `| head` nobody reads
        print(path)
