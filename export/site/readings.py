"""What readers make of the walk's first try, and how well they read new images: pictures and claims of chapter 4.

In:  the models that stand on the walk, their weights and readers, that of the bare pixels, the first try; the report.
Out: `ReaderAnswer` for each reader, bare pixels last; `Misread` and `Errors` where the report has them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.site.model import Model
from export.weights.reader_file import ReaderFile, shares_of
from train.learn.knowledge import RANDOM, Interval
from train.learn.params import Params
from train.learn.readers import PIXELS
from train.run.report import Report

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class ReaderAnswer:
    """One reader's answer."""

    model: Model | None  # None: of the bare pixels
    shares: tuple[float, ...]  # of belief, by class
    chosen: int | None  # the class; None where the reader is not sure enough


@dataclass(frozen=True)
class Misread:
    """Shares of the test images that readers misread which had all labels."""

    plain: float
    best: Model  # of the models on the walk
    best_error: float
    pixels: float
    holds: bool  # the plain autoencoder's is worse, beyond what chance explains


@dataclass(frozen=True)
class ErrorLine:
    """How many test images readers of one code misread."""

    key: str  # "pixels" or "random"; empty for a model
    model: Model | None
    errors: tuple[Interval, ...]  # one for each of the columns


@dataclass(frozen=True)
class Errors:
    """The same of all codes, by the number of labels that their readers had."""

    labels: tuple[int, ...]  # a class; a last column, with all labels, comes after them
    lines: tuple[ErrorLine, ...]
    most: float  # the end of the scale


def make_readings(
    models: Sequence[Model], params: Mapping[str, Params], readers: Mapping[str, ReaderFile], given: Pixels
) -> tuple[ReaderAnswer, ...]:
    """What each reader there is makes of pixels [visible]; empty where no model has one."""
    known = [model for model in models if model.name in readers]
    lines = [_read(model, readers[model.name], params[model.name], given) for model in known]
    if lines and PIXELS in readers:
        lines.append(_read(None, readers[PIXELS], None, given))
    return tuple(lines)


def _read(model: Model | None, file: ReaderFile, params: Params | None, given: Pixels) -> ReaderAnswer:
    (shares,) = shares_of(file.reader, params, given[None])
    chosen = int(shares.argmax())
    return ReaderAnswer(model, tuple(shares.tolist()), chosen if shares[chosen] >= file.threshold else None)


def make_misread(report: Report, models: Sequence[Model]) -> Misread | None:
    """What the report has of the models on the walk; None without a plain autoencoder, another model and the pixels."""
    known = {name: one.reading.everything for name, one in report.knowledge.items() if one.reading}
    plain = [model.name for model in models if model.noise == "none" and model.name in known]
    others = [model for model in models if model.noise != "none" and model.name in known]
    if not plain or not others or PIXELS not in known:
        return None
    best = min(others, key=lambda model: known[model.name].value)
    copier, error = known[plain[0]], known[best.name]
    return Misread(copier.value, best, error.value, known[PIXELS].value, holds=copier.low > error.high)


def make_errors(report: Report, models: Sequence[Model]) -> Errors | None:
    """What the report has of the models of the site and of what they are compared with; None without any model."""
    names = {model.name: model for model in models} | {PIXELS: None, RANDOM: None}
    keys = {PIXELS: "pixels", RANDOM: "random"}
    known = {name: report.knowledge[name].reading for name in names if name in report.knowledge}
    readings = {name: one for name, one in known.items() if one}
    if not readings.keys() & {model.name for model in models}:
        return None
    labels = tuple(sorted(set.intersection(*(set(one.few) for one in readings.values()))))
    lines = [
        ErrorLine(keys.get(name, ""), names[name], (*(one.few[count] for count in labels), one.everything))
        for name, one in readings.items()
    ]
    most = max(error.high for line in lines for error in line.errors)
    return Errors(labels, tuple(lines), math.ceil(100 * most) / 100)
