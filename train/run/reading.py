"""JSON that is not to be believed before it is checked: values taken out by type, and faults as sentences.

In:  what `json.loads` gave, and where it stands.
Out: numbers, texts and objects; a `DaeError` that says where, what was expected and what was got.
"""

from collections.abc import Mapping

from train.errors import DaeError, quote

LARGEST = 1e300  # of a number; what is larger may not even be a float


class Found:
    """A value of a JSON file, and the path to it, which opens every sentence; `remedy` ends it."""

    def __init__(self, value: object, where: str, remedy: str, *, inside: bool = False) -> None:
        self.value = value
        self.where = where
        self._remedy = remedy
        self._inside = inside  # another value of the file

    def fault(self, expected: str) -> DaeError:
        """What is wrong here, as an error to be raised."""
        got = "nothing" if self.value is None else quote(self.value)
        return DaeError(f"{self.where}: expected {expected}, got {got}; {self._remedy}")

    def __getitem__(self, key: str) -> "Found":
        """What an object has under a key; nothing where it has none."""
        joint = "." if self._inside else ": "
        return Found(self._mapping().get(key), f"{self.where}{joint}{key}", self._remedy, inside=True)

    def __contains__(self, key: str) -> bool:
        return key in self._mapping()

    def items(self) -> dict[str, "Found"]:
        """The values of an object by their keys."""
        return {key: self[key] for key in self._mapping()}

    def list(self) -> list["Found"]:
        """The values of a list."""
        if not isinstance(self.value, list):
            raise self.fault("a list")
        return [Found(one, f"{self.where}[{at}]", self._remedy, inside=True) for at, one in enumerate(self.value)]

    def text(self) -> str:
        """A text."""
        if not isinstance(self.value, str):
            raise self.fault("a text")
        return self.value

    def whole(self) -> int:
        """A whole number, 0 or more."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.fault("a whole number, 0 or more")
        return self.value

    def number(self) -> float:
        """A finite number."""
        if not isinstance(self.value, int | float) or isinstance(self.value, bool) or not abs(self.value) <= LARGEST:
            raise self.fault("a finite number")
        return float(self.value)

    def above_0(self) -> float:
        """A finite number above 0."""
        if not isinstance(self.value, int | float) or isinstance(self.value, bool) or not 0 < self.value <= LARGEST:
            raise self.fault("a finite number above 0")
        return float(self.value)

    def _mapping(self) -> Mapping[str, object]:
        if not isinstance(self.value, dict):
            raise self.fault("an object")
        return self.value
