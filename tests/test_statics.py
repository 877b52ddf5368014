"""The owner's own files are part of the site as they are, and what editors and systems leave is part of nothing."""

import os
from pathlib import Path

import pytest

from export.command import main
from export.site.check import check_site
from export.site.statics import StaticError, read_statics
from train.files import FileError, is_leftover, is_plain
from workshop.tiny import make_project

LEFT = [
    *(".DS_Store", "._style.css", ".#style.css", "#style.css#", "style.css~", ".style.css.swp", "4913", "Thumbs.db"),
    *("desktop.ini", "~$notes.css", ".~lock.style.css#", "style.css.orig", "style.sync-conflict-20240101-1.css"),
    *("style (conflicted copy).css", ".fuse_hidden0001", ".nfs0000ab", "style-checkpoint.css", "style.css.part"),
]
COPIES = ["style (1).css", "style - Copy.css", "style copy.css"]


def build(project: Path, *words: str) -> int:
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    return main([*(word if word.startswith("--") else str(project / word) for word in places), *words])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", LEFT)
def test_leftovers_are_told_by_their_names(name: str) -> None:
    assert is_leftover(name)


@pytest.mark.parametrize("name", ["style.css", "CNAME", ".nojekyll", ".well-known", "robots.txt", ".htaccess", ".git"])
def test_what_people_mean_is_none(name: str) -> None:
    assert not is_leftover(name)


def test_second_copies_are_not_called_as_ours_are() -> None:
    assert not any(map(is_plain, COPIES))


def test_a_static_folder_becomes_part_of_the_site_and_stays_when_it_is_built_again(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    theirs = {"CNAME": b"example.org\n", ".well-known/security.txt": b"x", "talk.html": b"<!doctype html>not ours\n"}
    for name, data in theirs.items():
        (project / "static" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "static" / name).write_bytes(data)
    (project / "static" / ".DS_Store").write_bytes(b"")
    (project / "static" / "gone").symlink_to("nowhere")
    for _ in range(2):
        assert build(project) == 0
        built = contents(project / "_site")
        assert {name: built.get(name) for name in theirs} == theirs
        assert not {".DS_Store", "gone"} & set(built)
        assert check_site(project / "_site") == []
    (project / "static").rename(project / "other")
    assert build(project, "--static", str(project / "other")) == 0
    assert contents(project / "_site") == built
    assert build(project) == 0
    assert not set(theirs) & set(contents(project / "_site"))


def test_what_tools_and_second_copies_leave_in_a_static_folder_is_not_published(tmp_path: Path) -> None:
    meant = [
        ".well-known/security.txt",
        ".htaccess",
        "CNAME",
        "talk.html",
        "Copy of all.txt",
        "tour (1).png",
        "sub/a.b.txt",
    ]
    left = [
        *("talk (1).html", "talk (copy).html", "talk (3rd copy).html", "talk - Copy.html", "talk - Copy (2).html"),
        *("talk copy.html", "talk copy 2.html", "Copy of talk.html", "CNAME (1)", "talk (Case Conflict).html"),
        *(".git/config", ".gitignore", ".idea/a.xml", ".vscode/a", ".talk.html.kate-swp", ".talk.html-journal"),
        *("@eaDir/talk.html", "talk.html.lock", "sedA1b2C3", "talk.html.save", "talk.html.tmp.12.34", ".stfolder/a"),
        *("sub/.DS_Store", "sub/a.b (1).txt", "sub (1)/a.b.txt", "sub/a.b.txt~", "talk.html___jb_tmp___", ".x.icloud"),
    ]
    for name in (*meant, *left):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    os.mkfifo(tmp_path / "fifo")
    assert sorted(read_statics(tmp_path, [])) == sorted(meant)


@pytest.mark.parametrize("name", ["index.html", "assets", "manifest.01234567.json", "a:b"])
def test_a_name_of_the_site_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(StaticError, match=r": expected a name that "):
        read_statics(tmp_path, ["index.html", "assets/style.css"])


def test_a_static_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nowhere: cannot read: expected a folder"):
        read_statics(tmp_path / "nowhere", [])


def test_what_lies_beside_the_sources_neither_fails_a_build_nor_gets_into_the_site(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    assert build(project) == 0
    before = contents(project / "_site")
    template = project / "site_template"
    for folder in (template, template / "js", template / "locale" / "en", template / "kernel", project / "weights"):
        for name in (*LEFT, *COPIES):
            for suffix in (".css", ".js", ".toml", ".wasm", ".svg", ".safetensors"):
                (folder / name.replace(".css", suffix)).write_bytes(b"\xff\0 broken ]")
        for suffix in ("css", "js", "toml", "svg", "wasm"):
            (folder / f"gone.{suffix}").symlink_to("nowhere")
    for name in ("ja (1)", ".ipynb_checkpoints", "ja.orig"):
        (template / "locale" / name).mkdir()
    (template / "js" / ".ipynb_checkpoints").mkdir()
    (template / "js" / ".ipynb_checkpoints" / "add-checkpoint.js").write_text("import 'gone'")
    (project / "_site" / ".DS_Store").write_bytes(b"")
    assert build(project) == 0
    after = contents(project / "_site")
    assert after.pop(".DS_Store") == b""
    assert after == before
    assert check_site(project / "_site") == []
