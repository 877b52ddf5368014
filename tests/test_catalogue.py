"""The catalogues: the same messages in every language, and a name for each that is not."""

from pathlib import Path

import pytest

from export.site.catalogue import CatalogueError, fill, read_catalogues
from train.files import FileError


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        language, _, file = name.partition("_")
        path = folder / language / f"{file or 'page'}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_tables_become_dotted_keys_and_files_are_merged(tmp_path: Path) -> None:
    text = 'a = "1"\n[b.c]\nd = "2"\n'
    write(tmp_path, ja=text, ja_story='[story]\ne = "3"', en=text, en_story='[story]\ne = "三"')
    catalogues = read_catalogues(tmp_path, "mnist")
    assert list(catalogues) == ["en", "ja"]
    assert catalogues["en"] == {"a": "1", "b.c.d": "2", "story.e": "三"}


def test_messages_say_what_the_images_of_the_data_set_show(tmp_path: Path) -> None:
    subjects = '[subject.mnist]\n{0} = "digit"\n[subject.kmnist]\n{0} = "kana"\n'
    en, ja = 'a = "Draw {x} {what}"\n', 'a = "{x} {it}"\n'
    write(tmp_path, en=en + subjects.format("what"), ja=ja + subjects.format("it"))
    assert {name: of["a"] for name, of in read_catalogues(tmp_path, "kmnist").items()} == {
        "en": "Draw {x} kana",
        "ja": "{x} kana",
    }
    assert list(read_catalogues(tmp_path, "mnist")["en"]) == ["a"]
    with pytest.raises(CatalogueError, match=r"en: expected a table \[subject.custom\], got none"):
        read_catalogues(tmp_path, "custom")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"en": 'a = "1"\nb = "2"', "ja": 'a = "1"'}, "ja: missing b, which .*en has"),
        ({"en": 'a = "1"', "ja": 'a = "1"\nb = "2"'}, "en: missing b, which .*ja has"),
        ({"en": 'a = "{x}"', "ja": 'a = "{y}"'}, r"ja: a: expected the placeholders \['x'\], as in en, got \['y'\]"),
        ({"en": 'a = ""'}, "page.toml: a: expected a text, got ''"),
        ({"en": "[a]\nb = 1"}, "page.toml: a.b: expected a text, got 1"),
        ({"en": "a ="}, "page.toml: expected TOML"),
        ({"en": 'a = "1"', "en_more": 'a = "1"'}, "a: expected each message once"),
        ({"ja": 'a = "1"'}, "expected a folder en, got ja"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, texts: dict[str, str], message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        read_catalogues(write(tmp_path, **texts), "mnist")


def test_text_that_is_not_utf8_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "page.toml").write_bytes(b'a = "\xff"')
    with pytest.raises(FileError, match=r"page\.toml: expected UTF-8 text, got byte 0xff at 5"):
        read_catalogues(tmp_path, "mnist")
    with pytest.raises(FileError, match="locale: cannot read: no such file or folder"):
        read_catalogues(tmp_path / "locale", "mnist")


def test_placeholders_are_filled_once_and_only_with_what_was_given() -> None:
    assert fill("{a} of {b}", {"a": "{b}", "b": 2}) == "{b} of 2"
    for values in ({"a": 1}, {"a": 1, "b": 2, "c": 3}):
        with pytest.raises(CatalogueError, match=r"expected values for \['a', 'b'\]"):
            fill("{a} of {b}", values)
