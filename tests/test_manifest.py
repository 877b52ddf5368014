"""The manifest: one line for each file, and no path that leaves the folder."""

import json
from pathlib import Path

import pytest

from export.site.manifest import (
    Entry,
    ManifestError,
    find_manifest,
    hashed_name,
    is_inside,
    make_manifest,
    read_manifest,
    sha256,
)

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def write(folder: Path, content: object) -> Path:
    data = (content if isinstance(content, str) else json.dumps(content)).encode()
    path = folder / hashed_name("manifest.json", data)
    path.write_bytes(data)
    return path


def test_a_hashed_name_holds_the_first_ten_digits_of_the_sha256() -> None:
    assert hashed_name("masking-80.safetensors", b"") == f"masking-80.{EMPTY[:8]}.safetensors"


def test_what_is_made_is_what_is_read(tmp_path: Path) -> None:
    name, data = make_manifest({"b/c.js": b"1", "a.html": b""})
    (tmp_path / name).write_bytes(data)
    expected = {"a.html": Entry(0, EMPTY), "b/c.js": Entry(1, sha256(b"1"))}
    assert read_manifest(find_manifest(tmp_path)) == expected


def test_the_order_of_the_files_changes_nothing() -> None:
    assert make_manifest({"a": b"1", "b": b"2"}) == make_manifest({"b": b"2", "a": b"1"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected JSON"),
        ([], "expected entries by path, got list"),
        ({"../a": {"bytes": 0, "sha256": EMPTY}}, "expected a path inside the site"),
        ({"a": {"bytes": 0}}, "expected bytes and sha256"),
        ({"a": {"bytes": -1, "sha256": EMPTY}}, "bytes: expected a whole number, got -1"),
        ({"a": {"bytes": True, "sha256": EMPTY}}, "bytes: expected a whole number, got True"),
        ({"a": {"bytes": 0, "sha256": "e3"}}, "sha256: expected 64 hexadecimal digits, got 'e3'"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        read_manifest(write(tmp_path, content))


def test_an_altered_manifest_does_not_fit_its_name(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    path.write_text('{"a":1}')
    with pytest.raises(ManifestError, match=r"expected the name manifest\.[0-9a-f]{8}\.json"):
        read_manifest(path)


def test_a_folder_has_exactly_one_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="got none"):
        find_manifest(tmp_path)
    write(tmp_path, {})
    write(tmp_path, {"a": {"bytes": 0, "sha256": EMPTY}})
    with pytest.raises(ManifestError, match=r"expected one manifest\.<hash>\.json, got manifest"):
        find_manifest(tmp_path)


@pytest.mark.parametrize("path", ["a", "a/b.js", ".nojekyll", "a.b/c"])
def test_a_path_inside(path: str) -> None:
    assert is_inside(path)


@pytest.mark.parametrize("path", ["", ".", "..", "../a", "a/../b", "/a", "a//b", "a/", "./a", "a\\b", "c:a", "a\0b"])
def test_a_path_that_is_outside_or_ambiguous(path: str) -> None:
    assert not is_inside(path)
