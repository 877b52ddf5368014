"""Where the IDX files of a data set lie in a folder, under the names and in the wrappings that people have them in.

Beside the official names: dots or spaces for dashes, other sets' prefixes ("emnist-digits-train-images-idx3-ubyte"),
"test" for "t10k", each in a folder of its own name, both in a folder or two below (torchvision's MNIST/raw), the second
copy of a browser ("… (1).gz"). Hidden files and what an archiver leaves (`._x`, `__MACOSX`) are not looked at.

In:  a folder.  Out: pairs of paths, the best first, and the labels that belong to one; what the folder has, in words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from train.data.sources import LABEL_STEMS, STEMS
from train.errors import quote

DEPTH = 2  # folders below the one that is given
LISTED = 6  # names in a sentence
_KINDS = {
    kind: re.compile(
        rf"(?P<prefix>.*?)(?P<role>train|t10k|test)[-._ ]{words}[-._ ]ubyte(?: ?\(\d+\))?(?:\.(?:gz|idx|bin))*", re.I
    )
    for kind, words in (("images", "images[-._ ]idx3"), ("labels", "labels[-._ ]idx1"))
}
_ROLES = {"train": "train", "t10k": "test", "test": "test"}


@dataclass(frozen=True)
class Candidate:
    """A file whose name says that it has images, or labels."""

    path: Path
    role: str  # "train" or "test"
    home: Path  # the folder that it shares with its other half
    prefix: str  # of another data set, else empty
    kind: str  # "images" or "labels"

    @property
    def rank(self) -> tuple[int, str]:
        """How far the name is from the official one."""
        stem = (STEMS if self.kind == "images" else LABEL_STEMS)[self.role]
        official = [f"{stem}.gz", stem]
        name = self.path.name
        return (official.index(name) if name in official else len(official)), str(self.path)


def find_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Training and test images that belong together; those in the folder itself, under the official names, first."""
    found = _candidates(folder, "images")
    groups: dict[tuple[Path, str], dict[str, Path]] = {}
    for one in found:
        groups.setdefault((one.home, one.prefix), {}).setdefault(one.role, one.path)
    whole = {key: group for key, group in groups.items() if len(group) == 2}
    if not whole and sorted(one.role for one in found) == ["test", "train"]:  # each in a place of its own
        return [(found[0].path, found[1].path) if found[0].role == "train" else (found[1].path, found[0].path)]
    order = sorted(whole, key=lambda key: (len(key[0].parts), key[1], str(key[0])))
    return [(whole[key]["train"], whole[key]["test"]) for key in order]


def find_labels(folder: Path, pair: tuple[Path, Path]) -> list[Path | None]:
    """The labels of training and of test images: beside them, under a name of the same set; None where there are none.

    Where each file lies in a place of its own, the only file of labels of that role is meant.
    """
    images = {one.path: one for one in _candidates(folder, "images")}
    labels = _candidates(folder, "labels")
    return [_labels_of(images[path], labels) for path in pair]


def _labels_of(images: Candidate, labels: list[Candidate]) -> Path | None:
    same = [one for one in labels if one.role == images.role]
    beside = [one for one in same if (one.home, one.prefix) == (images.home, images.prefix)]
    found = beside or (same if len(same) == 1 and same[0].prefix == images.prefix else [])
    return found[0].path if found else None


def find_role(folder: Path, role: str) -> list[Path]:
    """The files that by their names have training images ("train"), or test images ("test")."""
    return [candidate.path for candidate in _candidates(folder, "images") if candidate.role == role]


def what_is_in(folder: Path) -> str:
    """What a folder has, for a sentence about what it has not; empty where it is empty, or none."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not names:
        return ""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f", which has {', '.join(quote(name)[1:-1] for name in names[:LISTED])}{more}"


def _candidates(folder: Path, kind: str) -> list[Candidate]:
    """The files of a kind, those whose names are nearest to the official ones first."""
    name = _KINDS[kind]
    found: list[Candidate] = []
    for path in _files(folder, DEPTH):
        match = name.fullmatch(path.name)
        if match:
            parent = path.parent
            home = parent.parent if parent != folder and name.fullmatch(parent.name) else parent
            found.append(Candidate(path, _ROLES[match["role"].lower()], home, match["prefix"].lower(), kind))
    return sorted(found, key=lambda candidate: candidate.rank)


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith((".", "__MACOSX")):
            continue
        if path.is_file():
            yield path
        elif depth and path.is_dir():
            try:
                yield from _files(path, depth - 1)
            except PermissionError:
                continue  # what nobody may look into is not meant
