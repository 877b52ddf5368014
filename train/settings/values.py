"""What a value in `models.toml` may be: its check, its words, and the same as a JSON Schema (draft 4).

In:  a value that a TOML reader gave.  Out: the value as the type asked for, or a `ConfigError` of one sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from train.errors import ConfigError, quote

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True)
class Whole:
    """A whole number from `minimum` to `maximum`."""

    minimum: int
    maximum: int

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        return f"a whole number from {self.minimum} to {self.maximum}"

    def schema(self) -> dict[str, Json]:
        """The same as a schema."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}

    def check(self, where: str, value: object) -> int:
        """The value, if it is allowed; `where` opens the sentence otherwise."""
        if isinstance(value, int) and not isinstance(value, bool) and self.minimum <= value <= self.maximum:
            return value
        raise _refusal(where, self.words, value)


@dataclass(frozen=True)
class Number:
    """A number from `minimum` to `maximum`, either of which may be left out (`above`, `below`)."""

    minimum: float
    maximum: float
    above: bool = False  # the minimum itself is not allowed
    below: bool = False  # nor the maximum

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        left, right = "(" if self.above else "[", ")" if self.below else "]"
        return f"a number in {left}{self.minimum:g}, {self.maximum:g}{right}"

    def schema(self) -> dict[str, Json]:
        """The same as a schema; "not a number", which TOML has, is what a schema cannot forbid."""
        bounds: dict[str, Json] = {"type": "number", "minimum": self.minimum, "maximum": self.maximum}
        exclusive: dict[str, Json] = {"exclusiveMinimum": self.above, "exclusiveMaximum": self.below}
        return bounds | {key: True for key, value in exclusive.items() if value}

    def holds(self, value: float) -> bool:
        """Whether the value is in the range."""
        low = self.minimum < value if self.above else self.minimum <= value
        return low and (value < self.maximum if self.below else value <= self.maximum)

    def check(self, where: str, value: object) -> float:
        """The value as a float, if it is allowed; -0.0 becomes 0.0."""
        if isinstance(value, int | float) and not isinstance(value, bool) and self.holds(value):
            return float(value) + 0.0
        raise _refusal(where, self.words, value)


@dataclass(frozen=True)
class Word:
    """One of a few words."""

    allowed: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        quoted = [f'"{word}"' for word in self.allowed]
        return " or ".join(quoted) if len(quoted) <= 2 else "one of " + ", ".join(quoted)

    def schema(self) -> dict[str, Json]:
        """The same as a schema."""
        return {"enum": list(self.allowed)}

    def check(self, where: str, value: object) -> str:
        """The value, if it is allowed."""
        if isinstance(value, str) and value in self.allowed:
            return value
        raise _refusal(where, self.words, value)


@dataclass(frozen=True)
class Text:
    """Text that is not empty, without NUL, which no path may have; `what` it is."""

    what: str

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        return self.what

    def schema(self) -> dict[str, Json]:
        """The same as a schema."""
        return {"type": "string", "minLength": 1, "pattern": "^[^\\u0000]*$"}

    def check(self, where: str, value: object) -> str:
        """The value, if it is allowed."""
        if isinstance(value, str) and value and "\0" not in value:
            return value
        raise _refusal(where, self.words, value)


# What Windows takes for devices, with any extension, and our linear readers ("<name>.reader.safetensors").
_SLUG = r"^(?!(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$))(?!.*\.reader$)[a-z0-9][a-z0-9.-]*$"


@dataclass(frozen=True)
class Slug:
    """A name that can be that of a file on any system and part of an address."""

    longest: int  # letters

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        return (
            f"small letters, digits, '.' and '-', at most {self.longest}, no '.reader' at the end and no name of a "
            "device, such as 'con'"
        )

    def schema(self) -> dict[str, Json]:
        """The same as a schema."""
        return {"type": "string", "pattern": _SLUG, "maxLength": self.longest}

    def check(self, where: str, value: object) -> str:
        """The value, if it is allowed."""
        if isinstance(value, str) and len(value) <= self.longest and "\n" not in value and re.match(_SLUG, value):
            return value
        raise _refusal(where, self.words, value)


@dataclass(frozen=True)
class Truth:
    """True or false."""

    words = "true or false"

    def schema(self) -> dict[str, Json]:
        """The same as a schema."""
        return {"type": "boolean"}

    def check(self, where: str, value: object) -> bool:
        """The value, if it is allowed."""
        if isinstance(value, bool):
            return value
        raise _refusal(where, self.words, value)


def table(where: str, value: object) -> Mapping[str, object]:
    """The value as a table of TOML."""
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: expected a table, got {quote(value)}")
    return value


def refuse_unknown(where: str, found: Mapping[str, object], allowed: tuple[str, ...]) -> None:
    """Every key is one of those allowed."""
    for key in found:
        if key not in allowed:
            raise ConfigError(f"{where}: unknown key {quote(key)}, expected one of {', '.join(allowed)}")


def _refusal(where: str, words: str, value: object) -> ConfigError:
    return ConfigError(f"{where}: expected {words}, got {quote(value)}")
