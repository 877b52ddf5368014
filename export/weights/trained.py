"""What comes of a training: weights, golden vectors, readers and the report, written as each model is done.

In:  the last event of each trained or measured model (see train.run.events).
Out: the files in the weights folder, in an order in which a kill between any two of them loses nothing.
"""

from dataclasses import replace
from pathlib import Path

from export.draw.strokes import read_samples
from export.weights.golden import golden_pixels, write_golden, write_golden_pixels
from export.weights.models import read_model, weights_path, why_train
from export.weights.reader_file import make_reader, read_reader, write_reader
from export.weights.weights_file import Facts, Weights, make_weights, read_weights
from train.data.dataset import Dataset
from train.files import replace_file
from train.learn.readers import PIXELS
from train.run import checkpoint
from train.run.events import Done, Measured, Read, Result
from train.run.report import Curve, Row, report_path, report_so_far, row_of, updated, write_report
from train.run.task import ReaderTask, Task
from train.settings.config import Config, ModelSpec, model_name
from train.settings.recipe import Recipe


def unmeasured(config: Config, weights: Path) -> list[ModelSpec]:
    """The models whose weights are there, and whose row in the report is not, or lacks a loss or its spread."""
    specs = [spec for spec in config.models if spec.weights_file is None]
    noises = {model_name(spec.noise, spec.level) for spec in specs}
    rows = report_so_far(report_path(weights)).models

    def is_measured(spec: ModelSpec) -> bool:
        row = rows.get(spec.name)
        if row is None or not row.is_of(spec) or row.measures.test_loss_spread is None:
            return False
        return set(row.measures.test_loss_by_noise) == noises

    return [spec for spec in specs if not is_measured(spec) and not why_train(spec, weights)]


def unread(config: Config, weights: Path) -> list[str]:
    """What has no reader yet, or one of other weights: the models whose weights are there, and the bare pixels."""
    found: dict[str, Weights | None] = {PIXELS: None}
    found |= {spec.name: read_model(spec, weights) for spec in config.models if not why_train(spec, weights)}
    return [name for name, one in found.items() if read_reader(name, weights, one, config.dataset) is None]


class Outcome:
    """Where the results of a sweep go, one model at a time."""

    def __init__(
        self,
        config: Config,
        weights_folder: Path,
        checkpoints_folder: Path,
        samples: Path,
        dataset: Dataset,
        held_out: int,
        seed: int | None,
    ) -> None:
        self.done: dict[str, Done] = {}  # by the model's name
        self._config = config
        self._weights = weights_folder
        of_companion = f"held-out-{held_out}" if held_out else "" if seed is None else f"seed-{seed}"
        self._checkpoints = checkpoints_folder / of_companion
        self._held_out = held_out
        self._seed = seed
        self._specs = [spec for spec in config.models if spec.weights_file is None]
        self._noises = {model_name(spec.noise, spec.level): (spec.noise, spec.level) for spec in self._specs}
        self._dataset = dataset
        self._golden = golden_pixels(read_samples(samples), dataset.side)
        self._images = dataset.digest() if config.dataset == "custom" else None

    def task(self, spec: ModelSpec, data_dir: Path | None) -> Task:
        """The whole training of one model."""
        return Task(spec, data_dir, self._checkpoints, self._noises, self._golden, self._held_out)

    def unmeasured(self, data_dir: Path | None) -> list[Task]:
        """The tasks that only measure: of models that are trained, and whose row in the report is not whole."""
        tasks = []
        for spec in unmeasured(self._config, self._weights):
            params = read_weights(weights_path(spec, self._weights)).params
            tasks.append(Task(spec, data_dir, self._checkpoints, self._noises, self._golden, 0, params))
        return tasks

    def unread(self, data_dir: Path | None) -> list[ReaderTask]:
        """The readers that can be learned and are not there; none of images without labels."""
        if self._dataset.labels is None:
            return []
        specs = {spec.name: spec for spec in self._config.models}
        tasks = []
        for name in unread(self._config, self._weights):
            spec = specs.get(name) or ModelSpec(PIXELS, "none", 0.0, self._config.dataset, Recipe())
            params = None if name == PIXELS else read_model(spec, self._weights).params
            tasks.append(ReaderTask(spec, data_dir, self._golden, params))
        return tasks

    def take(self, event: Result) -> None:
        """A model is trained or measured, or a reader learned: save all that came of it."""
        if isinstance(event, Read):
            self._take_reader(event)
        elif isinstance(event, Measured):
            before = self._row(event.spec) or row_of(event.spec, event.measures)
            self._write_row(event.spec, replace(before, measures=event.measures))
        elif isinstance(event, Done):
            self._take_trained(event)

    def _take_trained(self, event: Done) -> None:
        """Save a trained model, then forget its checkpoints, unless a longer run goes on by them.

        The weights come last: until they are there the model counts as not trained, and the next call finishes from
        its checkpoint what this one could not.
        """
        spec = event.spec
        if self._held_out or self._seed is not None:
            self._take_companion(event)
        else:
            path, golden = weights_path(spec, self._weights), self._weights / "golden"
            weights = make_weights(path, event.params, self._facts(event))
            write_golden_pixels(golden, self._golden)
            write_golden(golden, spec.name, event.golden, self._golden, weights.sha256)
            self._write_row(spec, self._trained_row(event))
            replace_file(path, weights.data)
        if not spec.recipe.goes_on:
            checkpoint.remove(self._checkpoints, spec.name)
        self.done[spec.name] = event

    def _take_reader(self, event: Read) -> None:
        specs = {spec.name: spec for spec in self._config.models}
        name = event.spec.name
        weights = None if name == PIXELS else read_model(specs[name], self._weights)
        file = make_reader(name, event.learned, self._config.dataset, weights)
        write_reader(self._weights, file, event.golden)

    def _trained_row(self, event: Done) -> Row:
        """The row of a trained model; where it was trained anew, what companions found holds."""
        before = self._row(event.spec) or row_of(event.spec, event.measures)
        curve = replace(before.curve, training=tuple(event.training))
        return replace(before, measures=event.measures, curve=curve, seconds=event.seconds)

    def _take_companion(self, event: Done) -> None:
        """What a run beside the trained model found, added to the model's row."""
        name = event.spec.name
        row = report_so_far(report_path(self._weights)).models[name]  # which the command has looked for
        if self._seed is not None:
            row = replace(row, seeds={**row.seeds, self._seed: event.measures.test_loss})
        else:
            companion = tuple(event.validation), self._held_out, tuple(event.training)
            row = replace(row, curve=Curve(row.curve.training, *companion))
        self._write_row(event.spec, row)

    def _row(self, spec: ModelSpec) -> Row | None:
        """The row of a model in the report so far, if it is of the same recipe."""
        row = report_so_far(report_path(self._weights)).models.get(spec.name)
        return row if row is not None and row.is_of(spec) else None

    def _write_row(self, spec: ModelSpec, row: Row) -> None:
        path = report_path(self._weights)
        report = updated(report_so_far(path), self._config.dataset, self._specs, self._noises, {spec.name: row})
        write_report(path, report)

    def _facts(self, event: Done) -> Facts:
        spec = event.spec
        return Facts(
            noise=spec.noise,
            level=spec.level,
            dataset=spec.dataset,
            epochs=spec.recipe.epochs,
            seed=spec.recipe.seed,
            recipe=spec.fingerprint(),
            test_loss=event.measures.test_loss,
            images=self._images,
        )
