"""A page in one file replaces only what is ours: links and devices are written to, other files are left alone."""

import os
import stat
import threading
from pathlib import Path

import pytest

from export.site.mark import check_page, replace_page, sign_page
from export.site.ours import SwapError
from train.files import FileError

PAGE = b"<!doctype html>\n<title>One</title>\n"
OTHER = b"<!doctype html>\n<title>Two, which is longer</title>\n"


def test_the_mark_is_a_comment_in_the_second_line() -> None:
    first, mark, rest = sign_page(PAGE).split(b"\n", 2)
    assert (first, rest) == (b"<!doctype html>", b"<title>One</title>\n")
    assert mark.startswith(b"<!-- dae-site: one file of 0000000035 bytes, sha256 ")
    assert mark.endswith(b" -->")


def test_a_page_of_ours_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "page.html"
    for page in (PAGE, OTHER, PAGE):
        replace_page(path, sign_page(page))
        assert path.read_bytes() == sign_page(page)
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    "theirs", [b"[[model]]\n", PAGE, sign_page(PAGE) + b"<!-- edited -->", sign_page(PAGE)[:-3], b"\n"]
)
def test_what_we_did_not_write_as_it_is_stays(tmp_path: Path, theirs: bytes) -> None:
    path = tmp_path / "models.toml"
    path.write_bytes(theirs)
    for act in (check_page, lambda path: replace_page(path, sign_page(OTHER))):
        with pytest.raises(SwapError, match=r"models\.toml: expected a page built here, .* move it away"):
            act(path)
    assert path.read_bytes() == theirs


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to("real/page.html")
    for page in (PAGE, OTHER):
        replace_page(tmp_path / "link.html", sign_page(page))
        assert (tmp_path / "real" / "page.html").read_bytes() == sign_page(page)
    assert (tmp_path / "link.html").is_symlink()


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    (tmp_path / "page.html").touch()
    replace_page(tmp_path / "page.html", sign_page(PAGE))
    assert (tmp_path / "page.html").read_bytes() == sign_page(PAGE)


def test_a_device_and_a_pipe_are_written_to(tmp_path: Path) -> None:
    replace_page(Path(os.devnull), sign_page(PAGE))
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    replace_page(tmp_path / "pipe", sign_page(PAGE))
    reader.join(10)
    assert got == [sign_page(PAGE)]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot write: expected a file, got a folder"):
        replace_page(tmp_path, sign_page(PAGE))


def test_where_only_the_file_may_be_written_it_is_and_half_of_it_is_told_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    replace_page(path, sign_page(PAGE))
    replace = Path.replace

    def busy(self: Path, target: Path) -> Path:
        raise OSError(16, "Device or resource busy")  # a mounted file

    monkeypatch.setattr(Path, "replace", busy)
    inode = path.stat().st_ino
    replace_page(path, sign_page(OTHER))
    assert (path.read_bytes(), path.stat().st_ino) == (sign_page(OTHER), inode)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr("export.site.mark.put_file", lambda path, data, mode: (_ for _ in ()).throw(OSError(16, "busy")))
        with pytest.raises(KeyboardInterrupt):
            replace_page(path, sign_page(PAGE))
    assert b"bytes, sha256 000" in path.read_bytes()
    monkeypatch.setattr(Path, "replace", replace)
    replace_page(path, sign_page(PAGE))
    assert path.read_bytes() == sign_page(PAGE)


def test_the_web_server_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        replace_page(tmp_path / "page.html", sign_page(PAGE))
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o644
