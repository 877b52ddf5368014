"""What the codes of trained models know, and what comes of asking again: what is left to measure, and where it goes.

In:  a `Config`, its weights folder with the readers, and what the workers found.
Out: tasks in the order of their worth; the report, written after each of them.

Row by row of the report's `knowledge`: the models whose weights are there, the bare pixels, and as many random units
as the first model has, those that training began with.
"""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from export.weights.models import read_model, why_train
from export.weights.reader_file import read_reader
from export.weights.weights_file import Weights
from train.learn.knowledge import RANDOM, Asking, Dreaming, Knowledge, Reading
from train.learn.params import Params
from train.learn.readers import PIXELS, Reader
from train.run.events import Result, Studied
from train.run.report import Report, report_path, report_so_far, write_report
from train.run.task import Part, StudyTask
from train.settings.config import Config, ModelSpec
from train.settings.recipe import Recipe

T = TypeVar("T")

SEEDS = (0, 1, 2)
ORDER: tuple[tuple[Part, int], ...] = (
    ("asking", 0),
    ("reading", 0),
    ("dreaming", 0),
    ("tuning", 0),
    *((part, seed) for seed in SEEDS[1:] for part in ("asking", "tuning")),
)


class Studies:
    """What is measured of the models of one folder; `random_params` are the units before training.

    Halves of the first `digits` test images are asked for; fewer than that in the report are measured again.
    """

    def __init__(self, config: Config, folder: Path, random_params: Params, digits: int) -> None:
        self._config, self._folder, self._digits = config, folder, digits
        found = [spec for spec in config.models if not why_train(spec, folder)]
        self._weights = {spec.name: read_model(spec, folder) for spec in found}
        blank = ModelSpec(PIXELS, "none", 0.0, config.dataset, Recipe())
        self._specs = {spec.name: spec for spec in (*found, blank, replace(blank, name=RANDOM))}
        self._random = random_params

    def tasks(self, data_dir: Path | None) -> list[StudyTask]:
        """What is not in the report yet, the most telling first."""
        known = {name: self._known(name) for name in self._specs}
        return [
            self._task(name, part, seed, data_dir)
            for part, seed in ORDER
            for name in self._specs
            if part in self._parts(name) and not self._is_known(known[name], part, seed)
        ]

    def take(self, event: Result) -> None:
        """Add to the report what was measured."""
        assert isinstance(event, Studied)
        name, known = event.spec.name, self._known(event.spec.name)
        report = self._report()
        rows = {**report.knowledge, name: _added(known, event)}
        rows = {one: rows[one] for one in self._specs if one in rows}
        write_report(report_path(self._folder), replace(report, dataset=self._config.dataset, knowledge=rows))

    def _report(self) -> Report:
        report = report_so_far(report_path(self._folder))
        return report if report.dataset in ("", self._config.dataset) else Report()

    def _known(self, name: str) -> Knowledge:
        """What the report has of these very weights."""
        weights = self._weights.get(name)
        fresh = Knowledge("" if weights is None else weights.sha256)
        known = self._report().knowledge.get(name, fresh)
        return known if known.weights == fresh.weights else fresh

    def _parts(self, name: str) -> tuple[Part, ...]:
        if name == PIXELS:
            return ("reading",)
        if name == RANDOM:
            return ("reading", "tuning")
        return (
            ("reading", "tuning") if self._specs[name].noise == "none" else ("reading", "tuning", "asking", "dreaming")
        )

    def _task(self, name: str, part: Part, seed: int, data_dir: Path | None) -> StudyTask:
        weights = self._weights.get(name)
        params = self._random if name == RANDOM else None if weights is None else weights.params
        reader = None if name == RANDOM else self._reader(name, weights)
        return StudyTask(
            self._specs[name], data_dir, part, seed, params, reader, self._reader(PIXELS, None), self._digits
        )

    def _is_known(self, known: Knowledge, part: Part, seed: int) -> bool:
        if part == "asking":
            return seed in known.asking and known.asking[seed].digits >= self._digits
        return seed in known.tuning if part == "tuning" else getattr(known, part) is not None

    def _reader(self, name: str, weights: Weights | None) -> Reader | None:
        file = read_reader(name, self._folder, weights, self._config.dataset)
        return None if file is None else file.reader


def _added(known: Knowledge, event: Studied) -> Knowledge:
    match event.result:
        case Reading():
            return replace(known, reading=event.result)
        case Dreaming():
            return replace(known, dreaming=event.result)
        case Asking():
            return replace(known, asking=_sorted({**known.asking, event.seed: event.result}))
        case errors:
            return replace(known, tuning=_sorted({**known.tuning, event.seed: errors}))


def _sorted(by_seed: dict[int, T]) -> dict[int, T]:
    return dict(sorted(by_seed.items()))
