"""A folder replaced in one step: nothing that is not ours is removed, and no failure leaves half a site."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import export.swap
from export.manifest import make_manifest
from export.swap import SwapError, check_replaceable, replace_folder
from train.files import FileError

ROOT = Path(__file__).resolve().parent.parent


def site(text: bytes) -> dict[str, bytes]:
    files = {"index.html": text, "ja/index.html": text, ".nojekyll": b""}
    name, data = make_manifest(files)
    return files | {name: data}


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["exchange", "renames"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "renames":
        monkeypatch.setattr(export.swap, "_exchange", lambda first, second: False)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_the_new_site_replaces_the_old_one_and_nothing_else_stays(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "_site"
    for text in (b"one", b"two"):
        replace_folder(out, site(text))
        assert read(out) == site(text)
    assert [path.name for path in out.parent.iterdir()] == ["_site"]


def test_an_empty_folder_and_a_link_to_a_folder_are_filled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "_site").symlink_to(tmp_path / "real")
    replace_folder(tmp_path / "_site", site(b"one"))
    assert (tmp_path / "_site").is_symlink()
    assert read(tmp_path / "real") == site(b"one")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.txt", "expected an empty folder or a site built here; move it away, or choose another folder"),
        ("manifest.01234567.json", "expected an empty folder or a site built here"),
    ],
)
def test_a_folder_of_others_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(SwapError, match=message):
        replace_folder(tmp_path, site(b"one"))
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_of_others_in_our_site_is_refused_by_name(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    (out / ".DS_Store").write_bytes(b"")
    check_replaceable(out)
    (out / "CNAME").write_text("example.org")
    with pytest.raises(SwapError, match=r"CNAME: expected only files of the site; move it away"):
        replace_folder(out, site(b"two"))
    assert (out / "CNAME").read_text() == "example.org"


@pytest.mark.parametrize("place", ["_site", "_site/inner"])
def test_a_file_where_a_folder_should_be_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "_site").write_text("mine")
    with pytest.raises(FileError, match=r"cannot write: expected a folder, got a file$"):
        replace_folder(tmp_path / place, site(b"one"))
    assert (tmp_path / "_site").read_text() == "mine"


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space is left on the device"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "permission denied"),
    ],
)
def test_a_refusing_disk_leaves_the_old_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))

    def refuse(path: Path, data: bytes) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(export.swap, "write_synced", refuse)
    with pytest.raises(FileError, match=f"_site: cannot write: {message}$"):
        replace_folder(out, site(b"two"))
    assert read(out) == site(b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


@pytest.mark.parametrize("half", ["written", "renamed"])
def test_what_a_killed_build_left_is_undone(tmp_path: Path, half: str) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    if half == "renamed":
        out.rename(tmp_path / "._site.old")
    (tmp_path / "._site.new").mkdir()
    (tmp_path / "._site.new" / "index.html").write_text("half")
    replace_folder(out, site(b"two"))
    assert read(out) == site(b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


def test_without_exchange_a_failed_second_rename_brings_the_old_site_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(export.swap, "_exchange", lambda first, second: False)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(FileError, match="Input/output error"):
        replace_folder(out, site(b"two"))
    assert read(out) == site(b"one")


WRITER = """
import sys
from pathlib import Path
from tests.test_swap import site
from export.swap import replace_folder
print("ready", flush=True)
while True:
    replace_folder(Path(sys.argv[1]), site(sys.argv[2].encode() * 9999))
"""


def start_writer(out: Path, text: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(out), text], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_builds_at_once_and_a_reader_see_only_whole_sites(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"a" * 9999))
    whole = {tuple(sorted(site(text * 9999).items())) for text in (b"a", b"b")}
    writers = [start_writer(out, text) for text in "ab"]
    try:
        for _ in range(200):
            assert (out / "index.html").read_bytes() in {b"a" * 9999, b"b" * 9999}
        assert [writer.poll() for writer in writers] == [None, None]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert tuple(sorted(read(out).items())) in whole


def test_killed_at_random_moments_the_site_is_whole_and_the_next_build_cleans_up(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    whole = {tuple(sorted(site(text * 9999).items())) for text in (b"a", b"b")}
    replace_folder(out, site(b"a" * 9999))
    for moment in range(5):
        writer = start_writer(out, "ab"[moment % 2])
        time.sleep(0.003 * moment)
        writer.kill()
        writer.communicate()
        assert tuple(sorted(read(out).items())) in whole
    replace_folder(out, site(b"a" * 9999))
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    seen: list[int] = []
    for text in (b"one", b"two"):
        files = {"index.html": text, "assets/same": b"same"}
        name, data = make_manifest(files)
        replace_folder(out, files | {name: data})
        assert read(out) == files | {name: data}
        seen.append((out / "assets" / "same").stat().st_ino)
    assert seen[0] == seen[1]
    assert (out / "assets" / "same").stat().st_nlink == 1
