"""Modules as one: it does what they do, in their order, gives what they give, and takes what they take."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from export.site.join import asked_of, join_modules
from export.site.modules import ModuleError, eager, group
from tests.test_modules import write_modules

MODULES = {
    "main": """
import { twice, Counter } from "b";
import "c";
log("main");
const own = await twice(4);
log(own, new Counter().n);
""",
    "b": """
import { plus } from "a";
log("b");
const own = 2;
export async function twice(x) { return plus(x, x) + own - 2; }
export class Counter { n = LIMIT; }
export const LIMIT = 3;
""",
    "c": 'import { plus } from "a"; log("c", plus(1, 2)); export const text = `\n  export all`;',
    "a": 'log("a"); const own = 1; export function plus(x, y) { return x + y + own - 1; }',
}
RUN = """
async (code) => {
  window.said = [];
  window.log = (...values) => said.push(values.join(" "));
  const url = "data:text/javascript," + encodeURIComponent(code);
  const made = await import(url);
  await 0;
  return { said, exports: Object.keys(made).sort(), text: made.text };
}
"""


def join(folder: Path, sources: dict[str, str]) -> str:
    modules = write_modules(folder, sources)
    return join_modules(modules, eager(modules, "main"))


def test_the_whole_does_what_its_parts_do(page: Page, tmp_path: Path) -> None:
    code = join(tmp_path, MODULES)
    assert page.evaluate(RUN, code) == {
        "said": ["a", "b", "c 3", "main", "8 3"],
        "exports": ["Counter", "LIMIT", "plus", "text", "twice"],
        "text": "\n  export all",
    }


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            'import { plus as add } from "a";',
            r"js/main\.js: .* by their own names, got 'plus as add",
        ),
        ('import * as a from "a";', r"js/main\.js: expected imports and exports by their own names, got 'import"),
        ('export { plus } from "a";', r"js/main\.js: expected .* got 'export"),
        ("const x = 1; export default x;", r"js/main\.js: expected .* got 'export default"),
        ("export let x = 1;", r"js/main\.js: expected .* got 'export let"),
        ('import "a"; export const plus = 1;', r"js/main\.js: export plus: expected a name that js/a\.js has not"),
        ('import { minus } from "a";', r"js/main\.js: import minus: expected an export of js/a\.js"),
    ],
)
def test_what_cannot_stand_in_one_file_is_named(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(ModuleError, match=said):
        join(tmp_path, {"main": source, "a": MODULES["a"]})


LATER = {
    "main": 'import { plus } from "a"; import { own } from "b"; log(own, plus(1, 1)); () => import("later");',
    "a": 'log("a"); export function plus(x, y) { return x + y; }',
    "b": 'export const own = "main";',
    "later": 'import { tell } from "help"; import { own } from "b"; import "a"; export const text = tell(own);',
    "help": 'import { plus } from "a"; log("help"); export const tell = (text) => text + plus("!", 1);',
}


def test_what_comes_later_takes_from_what_is_there(page: Page, tmp_path: Path) -> None:
    modules = write_modules(tmp_path, LATER)
    first, later = group(modules, "main")
    assert later == ["later", "help"]
    code = join_modules(modules, later)
    whole = "data:text/javascript," + quote(join_modules(modules, first))
    for name in ("a", "b"):  # a data URL has no import map
        code = code.replace(f'from"{name}"', f'from"{whole}"').replace(f'import"{name}"', f'import"{whole}"')
    assert page.evaluate(RUN, code) == {
        "said": ["a", "main 2", "help"],
        "exports": ["tell", "text"],
        "text": "main!1",
    }


def test_a_name_may_come_from_two_places(page: Page, tmp_path: Path) -> None:
    sources = {
        "main": 'import { plus } from "a"; import { other } from "b"; log(plus, other);',
        "a": "export const plus = 1; const own = 5; log(own);",
        "b": 'import { plus } from "c"; const own = 6; export const other = plus + own;',
        "c": "export const plus = 2;",
    }
    modules = write_modules(tmp_path, sources)
    code = join_modules(modules, eager(modules, "main"), {})
    assert page.evaluate(RUN, code) == {"said": ["5", "1 8"], "exports": [], "text": None}


def test_only_what_others_ask_for_is_exported(page: Page, tmp_path: Path) -> None:
    modules = write_modules(tmp_path, LATER)
    first, later = group(modules, "main")
    assert asked_of(modules, first, "main") == {"a": {"plus"}, "b": {"own"}}
    assert asked_of(modules, later, "main") == {"later": {"text"}}
    code = join_modules(modules, first, asked_of(modules, first, "main"))
    assert page.evaluate(RUN, code)["exports"] == ["own", "plus"]
