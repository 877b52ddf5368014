"""JSON that stands in a page for its scripts, taken to pieces with every kind of value checked.

In:  a page as it was read.  Out: objects, lists, texts and whole numbers; `TypeError` where something else stands.
"""

import json
from collections.abc import Iterator

from export.site.urls import ReadPage
from train.errors import quote

Block = dict[str, object]  # a JSON object


def read_block(page: ReadPage, kind: str, identifier: str) -> Block:
    """The JSON object of an inline script; empty where there is none."""
    for block in page.scripts:
        if block[:2] == (kind, identifier):
            try:
                value = json.loads(block[2])
            except (ValueError, RecursionError):
                return {}
            return value if isinstance(value, dict) else {}
    return {}


def file_entries(value: object) -> Iterator[Block]:
    """Everything in the site's data that names a file."""
    if isinstance(value, dict):
        if "file" in value:
            yield value
        for inner in value.values():
            yield from file_entries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from file_entries(inner)


def as_object(value: object) -> Block:
    """The value, which has to be a JSON object."""
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {quote(value)}")
    return value


def as_list(value: object) -> list[object]:
    """The value, which has to be a list."""
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {quote(value)}")
    return value


def as_text(value: object) -> str:
    """The value, which has to be a text."""
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {quote(value)}")
    return value


def as_whole(value: object) -> int:
    """The value, which has to be a whole number."""
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number, got {quote(value)}")
    return value
