"""A folder replaced in one step or, where that cannot be, file by file: nothing that is not ours is ever touched."""

import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import export.site.stage
import export.site.swap
from export.site.manifest import make_manifest
from export.site.ours import SwapError, check_replaceable
from export.site.swap import replace_folder
from train.files import FileError, write_synced

ROOT = Path(__file__).resolve().parent.parent


def site(text: bytes) -> dict[str, bytes]:
    files = {"index.html": text, "ja/index.html": text, ".nojekyll": b""}
    name, data = make_manifest(files)
    return files | {name: data}


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["exchange", "filled"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "filled":
        monkeypatch.setattr(export.site.swap, "_exchange", lambda first, second: False)
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

    for module in (export.site.swap, export.site.stage):
        monkeypatch.setattr(module, "write_synced", refuse)
    with pytest.raises(FileError, match=f"_site: cannot write: {message}$"):
        replace_folder(out, site(b"two"))
    assert read(out) == site(b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


def stages(folder: Path) -> list[Path]:
    return sorted(folder.rglob(".*.dae"))


class Killed(BaseException):
    """Nothing that runs after a kill runs after this: what would clean up is switched off."""


def kill_at(monkeypatch: pytest.MonkeyPatch, out: Path, files: dict[str, bytes], moment: int) -> bool:
    """Replace the folder, and be killed at a write, a rename or a removal; False where it came through before."""
    count = 0

    def count_down(real: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count > moment:
                raise Killed
            return real(*arguments, **named)

        return act

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "mkdir", "hardlink_to", "rmdir"):
            patch.setattr(Path, name, count_down(getattr(Path, name)))
        for module in ("swap", "stage"):
            patch.setattr(f"export.site.{module}.write_synced", count_down(write_synced))
        try:
            replace_folder(out, files)
        except Killed:
            return True
    return False


@pytest.mark.usefixtures("way")
def test_killed_between_any_two_steps_the_next_build_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0
    killed = True
    while killed:
        out = tmp_path / str(moment) / "_site"
        replace_folder(out, site(b"one"))
        killed = kill_at(monkeypatch, out, site(b"two"), moment)
        for name in ("index.html", "ja/index.html"):  # there is always a site
            assert (out / name).read_bytes() in (b"one", b"two")
        assert replace_folder(out, site(b"three")) == ()
        assert read(out) == site(b"three")
        assert [path.name for path in out.parent.iterdir()] == ["_site"]
        moment += 1
    assert moment > 12


def test_what_others_called_like_leftovers_is_never_touched(tmp_path: Path) -> None:
    theirs = ["._site.old", "._site.new", "._site.tmp", "._site.0123456789abcdef.dae"]
    for name in theirs:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis").write_text("precious")
    for text in (b"one", b"two"):
        assert replace_folder(tmp_path / "_site", site(text)) == ()
    assert {path.name for path in tmp_path.iterdir()} == {"_site", *theirs}
    assert all((tmp_path / name / "thesis").read_text() == "precious" for name in theirs)


@pytest.mark.usefixtures("way")
def test_a_page_that_was_edited_since_is_its_owners(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    (out / "ja" / "index.html").write_bytes(b"edited")
    with pytest.raises(SwapError, match=r"ja/index\.html: expected it as it was built, got it changed since; move it"):
        replace_folder(out, site(b"two"))
    assert read(out) == site(b"one") | {"ja/index.html": b"edited"}


def test_a_file_that_comes_while_a_build_writes_is_carried_over_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    exchange = export.site.swap._exchange

    def late(first: Path, second: Path) -> bool:
        (out / "CNAME").write_text("example.org")
        (out / "ja" / ".DS_Store").write_text("")
        (out / "index.html").write_text("edited")
        return exchange(first, second)

    monkeypatch.setattr(export.site.swap, "_exchange", late)
    came, left = replace_folder(out, site(b"two"))
    assert came == f"{out / 'CNAME'} came while the site was built, and is not of it"
    (stage,) = stages(tmp_path)
    assert left == f"{stage} is left of an earlier site, as it has what no build made: index.html"
    assert (stage / "index.html").read_text() == "edited"
    assert read(out) == site(b"two") | {"CNAME": b"example.org", "ja/.DS_Store": b""}


def test_what_systems_and_editors_leave_in_the_folder_stays_and_is_no_hindrance(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    (out / "lost+found").mkdir()
    left = {".DS_Store": b"1", "ja/._index.html": b"2", "ja/index.html~": b"3", "lost+found/#12": b"4"}
    for name, data in left.items():
        (out / name).write_bytes(data)
    (out / "empty").mkdir()
    assert replace_folder(out, site(b"two")) == ()
    assert read(out) == site(b"two") | left
    assert (out / "empty").is_dir()


def test_an_old_site_that_cannot_be_removed_is_told_and_is_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    unlink = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.name == "index.html":
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    for text in (b"two", b"three"):
        notes = replace_folder(out, site(text))
        assert read(out) == site(text)
        assert all("is left of an earlier site, and cannot be removed: permission denied" in note for note in notes)
        assert sorted(note.split(" is left")[0] for note in notes) == [str(stage) for stage in stages(tmp_path)]
    monkeypatch.undo()
    assert replace_folder(out, site(b"four")) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]


@pytest.mark.parametrize("inside", [".", "ja"])
def test_the_current_folder_stays_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    replace_folder(tmp_path, site(b"one"))
    monkeypatch.chdir(tmp_path / inside)
    before = tmp_path.stat().st_ino
    replace_folder(tmp_path, site(b"two"))
    assert tmp_path.stat().st_ino == before
    assert read(Path.cwd())["index.html"] == b"two"


def test_a_folder_whose_parent_may_not_be_written_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "_site"
    replace_folder(out, site(b"one"))
    mkdir = Path.mkdir

    def refuse(self: Path, *arguments: Any, **named: Any) -> None:
        if self.parent == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied")
        mkdir(self, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", refuse)
    before = out.stat().st_ino
    replace_folder(out, site(b"two"))
    assert (read(out), out.stat().st_ino) == (site(b"two"), before)


def test_a_link_to_nowhere_is_led_somewhere_and_one_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_site").symlink_to("elsewhere/site")
    replace_folder(tmp_path / "_site", site(b"one"))
    assert read(tmp_path / "elsewhere" / "site") == site(b"one")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileError, match="loop: cannot write: "):
        replace_folder(tmp_path / "loop", site(b"one"))


@pytest.mark.usefixtures("way")
def test_the_web_server_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    old = os.umask(0o077)
    try:
        for text in (b"one", b"two"):
            replace_folder(out, site(text))
    finally:
        os.umask(old)
    for path in (out, *out.rglob("*")):
        expected = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) & expected == expected, path


@pytest.mark.usefixtures("way")
def test_only_what_was_ours_and_is_no_more_goes(tmp_path: Path) -> None:
    out = tmp_path / "_site"
    files = site(b"one") | {"assets/deep/old.js": b"old"}
    files.pop(next(name for name in files if name.startswith("manifest")))
    name, data = make_manifest(files)
    replace_folder(out, files | {name: data})
    replace_folder(out, site(b"two"))
    assert {path.relative_to(out).as_posix() for path in out.rglob("*")} == {*site(b"two"), "ja"}


WRITER = """
import sys
from pathlib import Path
from tests.test_swap import site
from export.site.swap import replace_folder
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
