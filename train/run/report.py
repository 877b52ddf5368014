"""weights/report.json: what was trained, how, and how well; one row a model, kept up row by row.

In:  the rows of freshly trained models, or the file.
Out: the file, with the rows of the other models as they were, or a `Report`. Same rows, same bytes. `ReportError` says
     what is wrong with a file, where, what was expected and what was got.

    dataset        the data set's name
    versions       of Python, JAX and the libraries that decide the numbers
    noises         the columns of the noise x noise table, in order
    models         {name: row}, see `Row`
    recipe_2015    {name: test loss} of the recipe of 2015 on the same test images and noise
    knowledge      {name: what its code knows, and what comes of asking again}, see train.learn.knowledge
"""

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from train.errors import ConfigError, DaeError, strangers, told, typed
from train.files import read_text, replace_file
from train.learn.knowledge import Knowledge
from train.learn.measures import Cleaning, Completion, Measures
from train.run.knowledge_report import read_knowledge, write_knowledge
from train.run.reading import Found
from train.settings.config import ModelSpec
from train.settings.reader import check_recipe
from train.settings.recipe import HYPERPARAMETERS, Recipe

LIBRARIES = ("jax", "jaxlib", "numpy", "optax")
SPREAD = "test_loss_spread"  # which older reports lack
REMEDY = "delete the file to have it written anew"


class ReportError(DaeError):
    """The report is missing, is none, or speaks of other models."""


@dataclass(frozen=True)
class Curve:
    """Losses by epoch, in nats an image."""

    training: tuple[float, ...] = ()  # mean of each epoch of the run whose weights these are; empty where not known
    validation: tuple[float, ...] = ()  # on images held out, in a companion run of the same recipe without them
    held_out: int = 0  # of the training images, in that run; 0 where there was none
    companion_training: tuple[float, ...] = ()  # that run's own


@dataclass(frozen=True)
class Row:
    """One model: what it is, how it was trained, and what was measured of it."""

    noise: str
    level: float
    recipe: Recipe
    fingerprint: str  # of all that decides the numbers
    measures: Measures
    curve: Curve = Curve()
    seconds: float = 0.0  # of training; 0 where not known
    seeds: Mapping[int, float] = field(default_factory=dict)  # test loss of the same recipe from other seeds

    def is_of(self, spec: ModelSpec) -> bool:
        """Whether it speaks of this model as models.toml has it."""
        return self.fingerprint == spec.fingerprint()


@dataclass(frozen=True)
class Report:
    """The whole file; empty where nothing was trained yet."""

    dataset: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    noises: tuple[str, ...] = ()
    models: Mapping[str, Row] = field(default_factory=dict)
    recipe_2015: Mapping[str, float] = field(default_factory=dict)
    knowledge: Mapping[str, Knowledge] = field(default_factory=dict)  # by model, and of bare pixels and random units


def report_path(weights_folder: Path) -> Path:
    """Where the report of the weights in a folder is."""
    return weights_folder / "report.json"


def report_so_far(path: Path) -> Report:
    """The report, or an empty one where there is none yet."""
    return read_report(path) if path.exists() else Report()


def read_report(path: Path) -> Report:
    """The report, checked; raises ReportError, FileError where it cannot be read."""
    return parse_report(read_text(path), f"{path}")


def parse_report(text: str, where: str) -> Report:
    """The same from a text; `where` opens every message."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{where}: expected JSON, got {told(error)}; {REMEDY}") from None
    with strangers(where, "a report of ours", ReportError):
        try:
            return _report(Found(value, where, REMEDY))
        except DaeError as error:
            raise ReportError(str(error)) from None


def row_of(spec: ModelSpec, measures: Measures) -> Row:
    """A model's row of which nothing is known but what it is and what was measured."""
    return Row(spec.noise, spec.level, spec.recipe, spec.fingerprint(), measures)


def check_row(report: Report, spec: ModelSpec, where: str) -> Row:
    """The model's row, which must be of the very recipe; `where` opens the message."""
    row = report.models.get(spec.name)
    if row is not None and row.is_of(spec):
        return row
    raise ReportError(
        f"{where}: models.{spec.name}.fingerprint: expected {spec.fingerprint()}, got "
        f"{row.fingerprint if row else 'nothing'}: `{typed('train', spec.name)}` trains the model"
    )


def updated(
    report: Report, dataset: str, specs: Sequence[ModelSpec], noises: Iterable[str], rows: Mapping[str, Row]
) -> Report:
    """The report with new rows; rows of models that are no longer listed are dropped, the order is that of `specs`."""
    same = report.dataset == dataset
    merged = {**report.models, **rows} if same else rows
    return Report(
        dataset=dataset,
        versions=versions(),
        noises=tuple(noises),
        models={spec.name: merged[spec.name] for spec in specs if spec.name in merged},
        recipe_2015=report.recipe_2015 if same else {},
        knowledge=report.knowledge if same else {},
    )


def write_report(path: Path, report: Report) -> None:
    """Write the report in one step."""
    replace_file(path, format_report(report))


def format_report(report: Report) -> bytes:
    """The bytes of the file."""
    value = asdict(report) | {"models": {name: _written(row) for name, row in report.models.items()}}
    value["knowledge"] = {name: write_knowledge(one) for name, one in report.knowledge.items()}
    if not report.knowledge:
        del value["knowledge"]
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def versions() -> dict[str, str]:
    """The versions of all that decides the numbers."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}


def _written(row: Row) -> dict[str, object]:
    """A row as it stands in the file: the measures beside the rest, and no companion or seed where there was none."""
    curve: dict[str, object] = {"training": row.curve.training, "validation": row.curve.validation}
    if row.curve.held_out:
        curve |= {"held_out": row.curve.held_out, "companion_training": row.curve.companion_training}
    written: dict[str, object] = {
        "noise": row.noise,
        "level": row.level,
        "recipe": asdict(row.recipe),
        "fingerprint": row.fingerprint,
        "curve": curve,
        "seconds": row.seconds,
        **{key: value for key, value in asdict(row.measures).items() if value is not None},
    }
    seeds = {str(seed): row.seeds[seed] for seed in sorted(row.seeds)}
    return written | ({"seeds": seeds} if seeds else {})


def _report(found: Found) -> Report:
    return Report(
        dataset=found["dataset"].text(),
        versions={name: one.text() for name, one in found["versions"].items().items()},
        noises=tuple(one.text() for one in found["noises"].list()),
        models={name: _row(one) for name, one in found["models"].items().items()},
        recipe_2015={name: one.above_0() for name, one in found["recipe_2015"].items().items()},
        knowledge={name: read_knowledge(one) for name, one in found["knowledge"].items().items()}
        if "knowledge" in found
        else {},
    )


def _row(found: Found) -> Row:
    return Row(
        noise=found["noise"].text(),
        level=found["level"].number(),
        recipe=_recipe(found["recipe"]),
        fingerprint=found["fingerprint"].text(),
        measures=Measures(
            test_loss=found["test_loss"].above_0(),
            test_loss_clean=found["test_loss_clean"].above_0(),
            test_loss_by_noise={name: one.above_0() for name, one in found["test_loss_by_noise"].items().items()},
            completion=Completion(**{key: found["completion"][key].number() for key in ("restored", "added")}),
            cleaning=Cleaning(**{key: found["cleaning"][key].number() for key in ("removed", "lost")}),
            test_loss_spread=found[SPREAD].number() if SPREAD in found else None,
        ),
        curve=_curve(found["curve"]) if "curve" in found else Curve(),
        seconds=found["seconds"].number() if "seconds" in found else 0.0,
        seeds=_seeds(found["seeds"]) if "seeds" in found else {},
    )


def _recipe(found: Found) -> Recipe:
    missing = [key for key in HYPERPARAMETERS if key not in found]
    if missing:
        raise found.fault(f"all of {', '.join(HYPERPARAMETERS)}")
    try:
        return check_recipe(found.where, found.value, Recipe())
    except ConfigError as error:
        raise ReportError(f"{error}; {REMEDY}") from None


def _curve(found: Found) -> Curve:
    def losses(key: str) -> tuple[float, ...]:
        return tuple(one.above_0() for one in found[key].list()) if key in found else ()

    held_out = found["held_out"].whole() if "held_out" in found else 0
    return Curve(losses("training"), losses("validation"), held_out, losses("companion_training"))


def _seeds(found: Found) -> dict[int, float]:
    for name, one in found.items().items():
        if not name.isdecimal():
            raise one.fault("a seed")
    return {int(name): one.above_0() for name, one in found.items().items()}
