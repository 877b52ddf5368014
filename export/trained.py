"""What comes of a training: weights, golden vectors and the report, written as each model is done.

In:  the last event of each trained or measured model (see train.worker).
Out: the files in the weights folder, in an order in which a kill between any two of them loses nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.assets import template_folder
from export.golden import golden_pixels, write_golden, write_golden_pixels
from export.models import weights_path, why_train
from export.strokes import read_samples
from export.weights import make_weights, read_weights
from train import checkpoint
from train.config import Config, ModelSpec, Recipe, model_name
from train.dataset import Dataset
from train.files import replace_file
from train.report import read_report, report_path, row, updated, write_report
from train.worker import Task


def unmeasured(config: Config, weights: Path) -> list[ModelSpec]:
    """The models whose weights are there, and whose row in the report is not, or lacks the loss on a noise."""
    specs = [spec for spec in config.models if spec.weights_file is None]
    noises = {model_name(spec.noise, spec.level) for spec in specs}
    rows = read_report(report_path(weights))["models"]

    def is_measured(spec: ModelSpec) -> bool:
        found = rows.get(spec.name, {})
        return found.get("fingerprint") == spec.fingerprint() and set(found.get("test_loss_by_noise", {})) == noises

    return [spec for spec in specs if not is_measured(spec) and not why_train(spec, weights)]


class Outcome:
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
        for spec in unmeasured(self._config, self._weights):
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
            weights = make_weights(path, event["params"], metadata)
            write_golden_pixels(golden, self._golden)
            write_golden(golden, spec.name, event["golden"], self._golden, weights.sha256)
            self._write_row(spec, row(spec, fresh))
            replace_file(path, weights.data)
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
