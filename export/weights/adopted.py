"""Weights that are there already, in another folder: taken from it instead of being trained once more.

In:  a `Config`, the folder beside its models.toml, and the one that the project itself has.
Out: the folder to read all weights from. The project's is only ever read.
"""

from dataclasses import replace
from pathlib import Path

from export.weights.golden import golden_path, inputs_path
from export.weights.models import missing, weights_path, why_train
from export.weights.reader_file import golden_reader_path, reader_path
from train.files import read_file, replace_file
from train.learn.readers import PIXELS
from train.run.report import report_path, report_so_far, write_report
from train.settings.config import Config

LIMIT = 1 << 30  # bytes of a file that is copied


def choose_folder(config: Config, beside: Path, project: Path) -> Path:
    """The project's folder where it has all that `beside` lacks and nothing is of `beside` alone; else `beside`.

    Into the latter what only the project has is copied first: a folder is whole, and can be committed and moved.
    """
    lacking = missing(config, beside)
    if beside.resolve() == project.resolve() or not lacking:
        return beside
    if not missing(config, project) and all(spec.weights_file is None for spec in config.models):
        return project
    adopt(config, beside, project)
    return beside


def adopt(config: Config, beside: Path, project: Path) -> None:
    """Copy into `beside` the models that it lacks and the project has: weights last, in case of a kill between two."""
    trained = [spec for spec in config.models if spec.weights_file is None]
    found = [spec for spec in trained if why_train(spec, beside) and not why_train(spec, project)]
    if not found:
        return
    golden = Path("golden")
    copied = [inputs_path(golden), *(golden_path(golden, spec.name) for spec in found)]
    for reader in (*(spec.name for spec in found), PIXELS):
        copied += [golden_reader_path(reader, Path()), reader_path(reader, Path())]
    for name in copied:
        if (project / name).exists():
            replace_file(beside / name, read_file(project / name, LIMIT))
    theirs, ours = (report_so_far(report_path(folder)) for folder in (project, beside))
    if ours.dataset != theirs.dataset:
        ours = theirs
    rows = {**ours.models, **{spec.name: theirs.models[spec.name] for spec in found if spec.name in theirs.models}}
    listed = {spec.name: rows[spec.name] for spec in trained if spec.name in rows}
    write_report(report_path(beside), replace(ours, models=listed))
    for spec in found:
        replace_file(weights_path(spec, beside), read_file(weights_path(spec, project), LIMIT))
