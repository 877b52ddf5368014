"""The scripts: comments go, strings stay, and every import is found."""

from pathlib import Path

import pytest

from export.site.modules import Module, ModuleError, eager, group, make_module, read_modules

SOURCE = """\
// @import { Nothing } from "comment"
/** @import { Neither } from "doc" */
import { one } from "one";
import * as two from 'two'
import three, {
  four, // a comment
} from "three"
import "five";
export { six } from "six";
export * from "seven";
export const from = "not", text = `a  // kept
  import "neither"`;
export function load() { return import("lazy"); }
const pattern = /[/"]\\/\\/ x/;
"""


def test_all_forms_of_import_are_found_and_nothing_else() -> None:
    module = make_module("main", SOURCE)
    assert module.imports == ("one", "two", "three", "five", "six", "seven")
    assert module.lazy == ("lazy",)


def test_comments_go_and_strings_stay() -> None:
    code = make_module("main", SOURCE).code
    assert "a comment" not in code
    assert '`a  // kept\n  import "neither"`' in code
    assert 'pattern=/[/"]\\/\\/ x/' in code


def write_modules(folder: Path, sources: dict[str, str]) -> dict[str, Module]:
    """Modules of these sources, written and read."""
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source)
    return read_modules(folder)


def test_the_modules_that_the_first_needs_come_nearest_first(tmp_path: Path) -> None:
    sources = {"main": 'import "b"; import "a"; import("lazy");', "a": 'import "c";', "b": 'import "c";'}
    modules = write_modules(tmp_path, sources | {"c": "", "lazy": 'import "d";', "d": ""})
    assert eager(modules, "main") == ["main", "b", "a", "c"]


def test_what_is_always_needed_together_is_a_group(tmp_path: Path) -> None:
    sources = {
        "main": 'import "a"; import("one"); import("two");',
        "a": "",
        "one": 'import "only"; import "both"; import "a";',
        "only": 'import "deep";',
        "deep": 'import("three");',
        "two": 'import "both"; import "three";',
        "both": 'import "below";',
        "below": "",
        "three": "",
        "unasked": "",
    }
    groups = [set(one) for one in group(write_modules(tmp_path, sources), "main")]
    assert groups == [{"main", "a"}, {"one", "only", "deep"}, {"two"}, {"both", "below"}, {"three"}]


@pytest.mark.parametrize("source", ['import "./a.js";', 'import("b");', 'export * from "https://example.org/a.js";'])
def test_an_import_that_leads_nowhere_is_named(tmp_path: Path, source: str) -> None:
    (tmp_path / "main.js").write_text(source)
    with pytest.raises(ModuleError, match=r"main\.js: import '.*': expected one of main"):
        read_modules(tmp_path)
