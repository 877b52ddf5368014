"""The words of the page: one catalogue of messages for each language, from `locale/<language>/*.toml`.

Nested tables become dotted keys: `[pad] clear = "Clear"` is `pad.clear`. A message is plain text; `{name}` in it is a
placeholder. All languages have the same keys, and each message the same placeholders in every language. What the images
of the data set show, a language says in the table `subject.<data set>`; where its messages have these names as
placeholders, they are filled when they are read.

In:  the folder `locale`, and the data set.  Out: messages by key by language, the default language first;
     `CatalogueError`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from train.errors import DaeError, quote, strangers
from train.files import is_plain, is_source, read_text, refusals

DEFAULT = "en"  # the language of the site's top page
TAKEN = frozenset({"assets", "lab", "numbers", "use"})  # folders that the site has itself
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

Messages = Mapping[str, str]
_SUBJECT = "subject."
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # BCP 47, as far as its form goes
# Scripts that are written from right to left, by ISO 15924, and languages that are unless their tag has another script.
_RTL_SCRIPTS = re.compile("adlm|arab|aran|hebr|mand|mend|nkoo|rohg|samr|syrc|thaa|yezi")
_RTL_LANGUAGES = re.compile("ar|arc|arz|ckb|dv|fa|he|iw|ji|ks|lrc|mzn|nqo|pnb|prs|ps|sd|syr|ug|ur|yi")


class CatalogueError(DaeError):
    """A message is missing, is there twice, or does not fit its twin in the other language."""


def read_catalogues(folder: Path, dataset: str) -> dict[str, Messages]:
    """All messages by language, for a site with models of a data set, checked against each other."""
    names = _languages(folder)
    if DEFAULT not in names:
        raise CatalogueError(f"{folder}: expected a folder {DEFAULT}, got {', '.join(names) or 'none'}")
    names.sort(key=lambda name: name != DEFAULT)
    catalogues = {name: _about(dataset, folder / name, _read_language(folder / name)) for name in names}
    for name in names[1:]:
        _compare(folder, catalogues[DEFAULT], name, catalogues[name])
    return catalogues


def _languages(folder: Path) -> list[str]:
    """The names of the folders, each the tag of a language, which becomes that of a folder of the site."""
    with refusals("read", folder):
        names = sorted(path.name for path in folder.iterdir() if path.is_dir() and is_plain(path.name))
    for name in names:
        if not _TAG.fullmatch(name) or name.lower() in TAKEN:
            raise CatalogueError(
                f"{folder / name}: expected a folder named by the tag of a language, such as ja or pt-BR, and none of "
                f"{', '.join(sorted(TAKEN))}, which the site has itself"
            )
    if len({name.lower() for name in names}) < len(names):
        raise CatalogueError(f"{folder}: expected names that differ in more than capitals, got {', '.join(names)}")
    return names


def direction(language: str) -> str:
    """Which way a language is written, "ltr" or "rtl", by its script where its tag has one."""
    first, *more = language.lower().split("-")
    scripts = [part for part in more if len(part) == 4 and part.isalpha()]
    turned = _RTL_SCRIPTS.fullmatch(scripts[0]) if scripts else _RTL_LANGUAGES.fullmatch(first)
    return "rtl" if turned else "ltr"


def fill(text: str, values: Mapping[str, object]) -> str:
    """Put values in the placeholders of a message: every one needs a value, every value a placeholder."""
    expected = set(PLACEHOLDER.findall(text))
    if expected != set(values):
        raise CatalogueError(f"expected values for {sorted(expected)}, got {sorted(values)}")
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)


def _read_language(folder: Path) -> Messages:
    messages: dict[str, str] = {}
    for path in sorted(path for path in folder.glob("*.toml") if is_source(path)):
        text = read_text(path)
        with strangers(str(path), "TOML", CatalogueError):
            tables = tomllib.loads(text)
        for key, text in _flatten(path, "", tables):
            if key in messages:
                raise CatalogueError(f"{path}: {key}: expected each message once, got it in two files")
            messages[key] = text
    return messages


def _about(dataset: str, folder: Path, messages: Messages) -> Messages:
    """The messages with the words for what the images of the data set show."""
    prefix = f"{_SUBJECT}{dataset}."
    words = {key.removeprefix(prefix): text for key, text in messages.items() if key.startswith(prefix)}
    if not words and any(key.startswith(_SUBJECT) for key in messages):
        raise CatalogueError(f"{folder}: expected a table [{prefix[:-1]}], got none")
    return {
        key: PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), text)
        for key, text in messages.items()
        if not key.startswith(_SUBJECT)
    }


def _flatten(path: Path, prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(path, f"{prefix}{key}.", value)
        elif isinstance(value, str) and value.strip():
            yield prefix + key, value.strip()
        else:
            raise CatalogueError(f"{path}: {prefix}{key}: expected a text, got {quote(value)}")


def _compare(folder: Path, default: Messages, name: str, messages: Messages) -> None:
    for keys, place, other in (
        (default.keys() - messages.keys(), name, DEFAULT),
        (messages.keys() - default.keys(), DEFAULT, name),
    ):
        if keys:
            raise CatalogueError(f"{folder / place}: missing {', '.join(sorted(keys))}, which {folder / other} has")
    for key, text in default.items():
        expected, got = set(PLACEHOLDER.findall(text)), set(PLACEHOLDER.findall(messages[key]))
        if expected != got:
            raise CatalogueError(
                f"{folder / name}: {key}: expected the placeholders {sorted(expected)}, as in {DEFAULT}, "
                f"got {sorted(got)}"
            )
