"""What the codes know, and what comes of asking again, for the page of numbers: tables, and what may be said of them.

In:  the report and the models of the site.
Out: numbers as texts and keys of messages; nothing where nothing was measured. A sentence stands only where its numbers
     bear it.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from export.site.model import Model
from train.learn.knowledge import RANDOM, Answer, Asking, Interval, Knowledge
from train.learn.readers import PIXELS
from train.run.report import Report

HELPS = 0.9  # of the error from random weights, at most, where fine-tuning from a model's counts as better


@dataclass(frozen=True)
class KnownLine:
    """One line of a table: a model, or one of the two that are compared with."""

    key: str  # "pixels" or "random"; empty for a model
    model: Model | None
    cells: tuple[str, ...]


@dataclass(frozen=True)
class KnownTable:
    """Columns by number (labels a class, labels in all, steps), and lines."""

    columns: tuple[int, ...]
    tuned: tuple[int, ...]  # numbers of labels, of the columns after fine-tuning
    lines: tuple[KnownLine, ...]


@dataclass(frozen=True)
class Said:
    """A message with what fills it; models are named by the template."""

    key: str
    values: Mapping[str, str]
    models: Mapping[str, Model]


@dataclass(frozen=True)
class SiteKnowledge:
    """What the page shows."""

    reading: KnownTable | None
    asking: KnownTable | None
    digits: int  # test images whose halves were asked for, the fewest
    seeds: int  # and from how many seeds
    said: tuple[Said, ...]


def make_knowledge(report: Report, models: Sequence[Model]) -> SiteKnowledge | None:
    """What the report has of the models of the site; None where that is nothing."""
    by_name = {one.name: one for one in models}
    known = {name: one for name, one in report.knowledge.items() if name in (*by_name, PIXELS, RANDOM)}
    asked = [one for row in known.values() for one in row.asking.values()]
    found = SiteKnowledge(
        reading=_reading(known, by_name),
        asking=_asking(known, by_name),
        digits=min((one.digits for one in asked), default=0),
        seeds=min((len(row.asking) for row in known.values() if row.asking), default=0),
        said=(*_copier(report, known, by_name), *_tuned(known, by_name), *_again(known, by_name)),
    )
    return found if found.reading or found.asking else None


def _reading(known: Mapping[str, Knowledge], models: Mapping[str, Model]) -> KnownTable | None:
    rows = {name: one for name, one in known.items() if one.reading or one.tuning}
    few = tuple(sorted({count for one in rows.values() if one.reading for count in one.reading.few}))
    tuned = tuple(sorted({labels for one in rows.values() for errors in one.tuning.values() for labels in errors}))
    lines = tuple(_reading_line(name, one, few, tuned, models) for name, one in rows.items())
    return KnownTable(few, tuned, lines) if lines else None


def _reading_line(
    name: str, known: Knowledge, few: Sequence[int], tuned: Sequence[int], models: Mapping[str, Model]
) -> KnownLine:
    reading = known.reading
    cells = [_percent(reading.few.get(count) if reading else None) for count in few]
    cells += [_percent(reading.everything if reading else None), _percent(reading.neighbour if reading else None)]
    cells += [_number(_mean_tuned(known, labels)) for labels in tuned]
    return _line(name, cells, models)


def _asking(known: Mapping[str, Knowledge], models: Mapping[str, Model]) -> KnownTable | None:
    rows = {name: one for name, one in known.items() if one.asking}
    steps = tuple(sorted({step for row in rows.values() for one in row.asking.values() for step in one.steps}))
    lines = [_line(name, _asking_cells(list(row.asking.values()), steps), models) for name, row in rows.items()]
    return KnownTable(steps, (), tuple(lines)) if lines else None


def _asking_cells(seeds: Sequence[Asking], steps: Sequence[int]) -> list[str]:
    moments = [[one.steps[step] for one in seeds] for step in steps]
    return [_answers(answers) for answers in (*moments, [one.mean for one in seeds])]


def _line(name: str, cells: Sequence[str], models: Mapping[str, Model]) -> KnownLine:
    key = {PIXELS: "pixels", RANDOM: "random"}.get(name, "")
    return KnownLine(key, models.get(name), tuple(cells))


def _copier(report: Report, known: Mapping[str, Knowledge], models: Mapping[str, Model]) -> tuple[Said, ...]:
    """The best copier has not the best features for a reader: where the intervals of the two errors lie apart."""
    errors = {name: one.reading.everything for name, one in known.items() if name in models and one.reading}
    losses = {name: report.models[name].measures.test_loss_clean for name in errors if name in report.models}
    if len(losses) < 3:
        return ()
    copier, best = min(losses, key=losses.__getitem__), min(errors, key=lambda name: errors[name].value)
    if errors[copier].low <= errors[best].high:
        return ()
    values = {"copier_error": _number(errors[copier].value), "best_error": _number(errors[best].value)}
    return (Said("known.copier", values, {"copier": models[copier], "best": models[best]}),)


def _tuned(known: Mapping[str, Knowledge], models: Mapping[str, Model]) -> tuple[Said, ...]:
    """Whether beginning with a denoiser's weights helps where encoder and reader are trained on together."""
    if RANDOM not in known or not known[RANDOM].tuning:
        return ()
    labels = max(labels for errors in known[RANDOM].tuning.values() for labels in errors)
    found = {name: _mean_tuned(one, labels) for name, one in known.items() if name in models}
    errors = {name: error for name, error in found.items() if error is not None}
    start = _mean_tuned(known[RANDOM], labels)
    if not errors or start is None:
        return ()
    best = min(errors, key=errors.__getitem__)
    helps = errors[best] <= HELPS * start
    values = {"random_error": _number(start), "best_error": _number(errors[best]), "labels": f"{labels:,}"}
    return (Said("known.tuning_helps" if helps else "known.tuning_no_help", values, {"best": models[best]}),)


def _again(known: Mapping[str, Knowledge], models: Mapping[str, Model]) -> tuple[Said, ...]:
    """Whose halves are read most rightly after being asked again, beside what one answer gives."""
    asked = {name: list(one.asking.values()) for name, one in known.items() if name in models and one.asking}
    if not asked:
        return ()
    named = {name: statistics.mean(one.mean.named for one in seeds) for name, seeds in asked.items()}
    best = max(named, key=named.__getitem__)
    first = min(asked[best][0].steps.keys() - {0})
    once = statistics.mean(one.steps[first].named for one in asked[best])
    if named[best] <= once:
        return ()
    values = {
        "once": f"{100 * once:.0f}%",
        "again": f"{100 * named[best]:.0f}%",
        "once_restored": f"{100 * statistics.mean(one.steps[first].restored for one in asked[best]):.0f}%",
        "again_restored": f"{100 * statistics.mean(one.mean.restored for one in asked[best]):.0f}%",
    }
    return (Said("known.again", values, {"best": models[best]}),)


def _mean_tuned(known: Knowledge, labels: int) -> float | None:
    errors = [errors[labels] for errors in known.tuning.values() if labels in errors]
    return statistics.mean(errors) if errors else None


def _percent(found: Interval | None) -> str:
    if found is None:
        return "–"
    return f"{100 * found.value:.1f} ± {50 * (found.high - found.low):.1f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _answers(answers: Sequence[Answer]) -> str:
    restored, added, named = (
        statistics.mean(getattr(one, key) for one in answers) for key in ("restored", "added", "named")
    )
    return f"{100 * restored:.0f} / {100 * added:.0f} / {100 * named:.0f}"
