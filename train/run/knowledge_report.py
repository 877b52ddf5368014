"""What a code knows, as it stands in the report: written, and read back checked.

In:  `Knowledge`, or a value of the file.  Out: plain JSON without what was not measured, or `Knowledge`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TypeVar

from train.learn.knowledge import Answer, Asking, Dream, Dreaming, Interval, Knowledge, Reading
from train.run.reading import Found

T = TypeVar("T")


def write_knowledge(known: Knowledge) -> dict[str, object]:
    """The value of the file."""
    return {key: value for key, value in asdict(known).items() if value or key == "weights"}


def read_knowledge(found: Found) -> Knowledge:
    """The same back."""
    return Knowledge(
        weights=found["weights"].text(),
        reading=_reading(found["reading"]) if "reading" in found else None,
        tuning=_numbered(found, "tuning", lambda one: _numbers(one, Found.number)),
        asking=_numbered(found, "asking", _asking),
        dreaming=_dreaming(found["dreaming"]) if "dreaming" in found else None,
    )


def _numbered(found: Found, key: str, read: Callable[[Found], T]) -> Mapping[int, T]:
    return _numbers(found[key], read) if key in found else {}


def _numbers(found: Found, read: Callable[[Found], T]) -> dict[int, T]:
    """An object whose keys are whole numbers."""
    for name, one in found.items().items():
        if not name.isdecimal():
            raise one.fault("a value under a whole number")
    return {int(name): read(one) for name, one in found.items().items()}


def _interval(found: Found) -> Interval:
    return Interval(*(found[key].number() for key in ("value", "low", "high")))


def _reading(found: Found) -> Reading:
    few = _numbers(found["few"], _interval)
    return Reading(few, _interval(found["everything"]), _interval(found["neighbour"]))


def _answer(found: Found) -> Answer:
    return Answer(*(found[key].number() for key in ("restored", "added", "named", "named_by_own")))


def _asking(found: Found) -> Asking:
    return Asking(found["digits"].whole(), _numbers(found["steps"], _answer), _answer(found["mean"]))


def _dream(found: Found) -> Dream:
    return Dream(*(found[key].number() for key in ("entropy", "confidence", "changed", "distance")))


def _dreaming(found: Found) -> Dreaming:
    test = (found[key].number() for key in ("test_entropy", "test_confidence", "test_distance"))
    return Dreaming(found["chains"].whole(), _numbers(found["steps"], _dream), *test)
