"""What the codes know, and what comes of asking again, as tables of the documents: from `weights/report.json`.

In:  the report.  Out: Markdown.
"""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from train.learn.knowledge import RANDOM, Answer, Asking, Interval, Knowledge
from train.learn.readers import PIXELS
from train.run.report import read_report

NAMES = {PIXELS: "bare pixels", RANDOM: "random units"}
NOT_YET = "Not measured yet."


def reading(path: Path) -> str:
    """One row per code: the error of its readers by labels, of the nearest neighbour, and after fine-tuning."""
    known = read_report(path).knowledge
    few = sorted({count for one in known.values() if one.reading for count in one.reading.few})
    tuned = sorted({labels for one in known.values() for errors in one.tuning.values() for labels in errors})
    if not few and not tuned:
        return NOT_YET
    words = ["test error, %", *(f"{count} a class" for count in few), "all labels", "nearest of 100 a class"]
    words += [f"fine-tuned, {labels:,} labels" for labels in tuned]
    rows = [_line(words), "|---|" + "---:|" * (len(words) - 1)]
    for name, one in known.items():
        found = one.reading
        cells = [_interval(found.few.get(count)) if found else "–" for count in few]
        cells += [_interval(found.everything), _interval(found.neighbour)] if found else ["–", "–"]
        cells += [_tuned(one, labels) for labels in tuned]
        rows.append(_line([_name(name), *cells]))
    return "\n".join(rows)


def asking(path: Path) -> str:
    """One row per model: halves after one answer, after the last, and in the mean of the later answers."""
    known = read_report(path).knowledge
    asked = {name: one.asking for name, one in known.items() if one.asking}
    if not asked:
        return NOT_YET
    steps = sorted({step for seeds in asked.values() for one in seeds.values() for step in one.steps})
    words = ["restored / added / read rightly, %", *map(_moment, steps), f"mean of {steps[-1] // 2 + 1}–{steps[-1]}"]
    rows = [_line(words), "|---|" + "---:|" * (len(words) - 1)]
    for name, seeds in asked.items():
        moments = [[one.steps[step] for one in seeds.values()] for step in steps]
        moments.append([one.mean for one in seeds.values()])
        rows.append(_line([_name(name), *map(_answers, moments)]))
    return "\n".join([*rows, "", _measured_on(asked)])


def dreaming(path: Path) -> str:
    """One row per model: what its own reader sees in chains that began as noise."""
    known = {name: one.dreaming for name, one in read_report(path).knowledge.items() if one.dreaming}
    if not known:
        return NOT_YET
    steps = sorted({step for one in known.values() for step in one.steps})
    words = ["entropy / confidence / changed / distance", *(f"step {step}" for step in steps), "test images"]
    rows = [_line(words), "|---|" + "---:|" * (len(words) - 1)]
    for name, one in known.items():
        cells = [
            f"{it.entropy + 0.0:.2f} / {it.confidence:.2f} / {it.changed:.2f} / {it.distance:.1f}"
            for it in (one.steps[step] for step in steps)
        ]
        cells.append(f"{one.test_entropy:.2f} / {one.test_confidence:.2f} / – / {one.test_distance:.1f}")
        rows.append(_line([_name(name), *cells]))
    return "\n".join(rows)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _name(name: str) -> str:
    return NAMES.get(name, f"`{name}`")


def _interval(found: Interval | None) -> str:
    return "–" if found is None else f"{100 * found.value:.2f} ({100 * found.low:.2f}–{100 * found.high:.2f})"


def _tuned(known: Knowledge, labels: int) -> str:
    errors = [100 * one[labels] for one in known.tuning.values() if labels in one]
    if not errors:
        return "–"
    spread = f" ± {statistics.stdev(errors):.2f}" if len(errors) > 1 else ""
    return f"{statistics.mean(errors):.2f}{spread}"


def _moment(step: int) -> str:
    return f"{step} step{'' if step == 1 else 's'}" if step else "the half alone"


def _answers(answers: Sequence[Answer]) -> str:
    keys = ("restored", "added", "named", "named_by_own")
    restored, added, named, own = (statistics.mean(getattr(one, key) for one in answers) for key in keys)
    return f"{restored:.2f} / {added:.2f} / {100 * named:.0f}, {100 * own:.0f}"


def _measured_on(asked: Mapping[str, Mapping[int, Asking]]) -> str:
    digits = sorted({one.digits for seeds in asked.values() for one in seeds.values()})
    seeds = sorted({len(one) for one in asked.values()})
    drawn = f"{_range(seeds)} seed{'s' if seeds != [1] else ''}"
    return (
        f"Four halves each of {_range(digits)} test images, {drawn}; read by the reader of bare pixels, and by the "
        "model's own."
    )


def _range(values: Sequence[int]) -> str:
    return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"
