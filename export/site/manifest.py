"""The manifest of a site: every file's path, length and SHA-256, in `manifest.<hash>.json` at the site's top.

In:  files as bytes by path, or a built folder.  Out: a name and JSON bytes, or entries by path; `ManifestError`.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from train.errors import DaeError, quote, strangers
from train.files import read_file, refusals

HASH_DIGITS = 8  # of a file's SHA-256, in its name
_NAME = re.compile(rf"manifest\.[0-9a-f]{{{HASH_DIGITS}}}\.json")
_SIZE_LIMIT = 1 << 22  # bytes of a manifest


class ManifestError(DaeError):
    """A folder's manifest is missing, or does not say what a manifest should."""


@dataclass(frozen=True)
class Entry:
    """What the manifest says of one file."""

    bytes: int
    sha256: str  # 64 hex digits
    owner: bool = False  # a file of the owner's, of whatever kind


def sha256(data: bytes) -> str:
    """The SHA-256 of `data` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def hashed_name(name: str, data: bytes) -> str:
    """`style.css` becomes `style.01234567.css`: another content has another name."""
    stem, dot, extension = name.rpartition(".")
    return f"{stem}.{sha256(data)[:HASH_DIGITS]}{dot}{extension}"


def make_manifest(files: Mapping[str, bytes], owner: Collection[str] = ()) -> tuple[str, bytes]:
    """Name and bytes of the manifest of `files`, of which some are the owner's."""
    entries = {
        path: {"bytes": len(data), "sha256": sha256(data)} | ({"owner": True} if path in owner else {})
        for path, data in sorted(files.items())
    }
    data = (json.dumps(entries, indent=1) + "\n").encode()
    return hashed_name("manifest.json", data), data


def is_manifest(name: str) -> bool:
    """Whether a file's name is that of a manifest."""
    return bool(_NAME.fullmatch(name))


def find_manifest(folder: Path) -> Path:
    """The one manifest of a built folder."""
    with refusals("read", folder):
        found = sorted(path for path in folder.iterdir() if is_manifest(path.name))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise ManifestError(f"{folder}: expected one manifest.<hash>.json, got {names}")
    return found[0]


def read_manifest(path: Path) -> dict[str, Entry]:
    """The entries of a manifest, each of them checked; its name must be that of its content."""
    data = read_file(path, _SIZE_LIMIT)
    expected = hashed_name("manifest.json", data)
    if path.name != expected:
        raise ManifestError(f"{path}: expected the name {expected} for this content")
    with strangers(str(path), "JSON", ManifestError):
        entries = json.loads(data)
    if not isinstance(entries, dict):
        raise ManifestError(f"{path}: expected entries by path, got {type(entries).__name__}")
    return {name: _entry(f"{path}: {name!r}", name, entry) for name, entry in entries.items()}


def _entry(where: str, name: str, entry: object) -> Entry:
    if not is_inside(name):
        raise ManifestError(f"{where}: expected a path inside the site")
    keys = set(entry) - {"owner"} if isinstance(entry, dict) else set()
    if not isinstance(entry, dict) or keys != {"bytes", "sha256"} or entry.get("owner", True) is not True:
        raise ManifestError(f"{where}: expected bytes and sha256, got {quote(entry)}")
    length, digest = entry["bytes"], entry["sha256"]
    if type(length) is not int or length < 0:
        raise ManifestError(f"{where}: bytes: expected a whole number, got {quote(length)}")
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ManifestError(f"{where}: sha256: expected 64 hexadecimal digits, got {quote(digest)}")
    return Entry(length, digest, "owner" in entry)


def is_inside(name: str) -> bool:
    """Whether a relative path stays inside its folder, written the one way that a URL writes it."""
    path = PurePosixPath(name)
    plain = str(path) == name and "\\" not in name and ":" not in name and "\0" not in name
    return plain and not path.is_absolute() and ".." not in path.parts and name != "."
