"""weights/report.json: what was trained, how, and how well; one row a model, kept up row by row.

In:  the rows of freshly trained models.
Out: the file, with the rows of the other models as they were. Same rows, same bytes.

    dataset        the data set's name
    versions       of Python, JAX and the libraries that decide the numbers
    noises         the columns of the noise x noise table, in order
    models         {name: {noise, level, recipe, fingerprint, curve, seconds, test_loss, test_loss_clean,
                   test_loss_by_noise, completion, cleaning}}
                   curve.training: mean loss of each epoch of the run whose weights these are
                   curve.validation: loss on images that were held out, from a run of the same recipe without them
                   (curve.held_out of the training images; curve.companion_training is that run's own training loss);
                   empty where there was none
                   seeds: {seed: test loss} of the same recipe from other seeds (`python -m train --seed N`)
    recipe_2015    {name: test loss} of the recipe of 2015 on the same test images and noise
"""

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from train.config import ModelSpec
from train.errors import DaeError
from train.files import read_text, replace_file

LIBRARIES = ("jax", "jaxlib", "numpy", "optax")


def report_path(weights_dir: Path) -> Path:
    """Where the report of the weights in a folder is."""
    return weights_dir / "report.json"


def read_report(path: Path) -> dict[str, Any]:
    """The report, or an empty one where there is none yet."""
    if not path.exists():
        return {"models": {}, "recipe_2015": {}}
    try:
        report = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DaeError(f"{path}: expected JSON, got {error}; delete it to have it written anew") from error
    if not isinstance(report, dict) or not isinstance(report.get("models"), dict):
        raise DaeError(f"{path}: expected an object with the key models; delete it to have it written anew")
    for name, found in report["models"].items():
        if not isinstance(found, dict):
            raise DaeError(f"{path}: models.{name}: expected an object; delete the file to have it written anew")
    return report


def row(spec: ModelSpec, measured: Mapping[str, Any]) -> dict[str, Any]:
    """A model's row: what it is, then what was measured."""
    facts = {"noise": spec.noise, "level": spec.level, "recipe": asdict(spec.recipe), "fingerprint": spec.fingerprint()}
    return facts | dict(measured)


def updated(
    report: Mapping[str, Any],
    dataset: str,
    specs: Sequence[ModelSpec],
    noises: Iterable[str],
    rows: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The report with new rows; rows of models that are no longer listed are dropped, the order is that of `specs`."""
    same = report.get("dataset") == dataset
    old = report["models"] if same else {}
    merged = {**old, **rows}
    return {
        "dataset": dataset,
        "versions": versions(),
        "noises": list(noises),
        "models": {spec.name: merged[spec.name] for spec in specs if spec.name in merged},
        "recipe_2015": report.get("recipe_2015", {}) if same else {},
    }


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write the report in one step."""
    replace_file(path, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())


def versions() -> dict[str, str]:
    """The versions of all that decides the numbers."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}
