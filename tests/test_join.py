"""A page's first modules as one: it does what they do, in their order, and gives what they give."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from export.site.join import join_modules
from export.site.modules import ModuleError, read_modules

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
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source)
    return join_modules(read_modules(folder), "main")


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
    ],
)
def test_what_cannot_stand_in_one_file_is_named(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(ModuleError, match=said):
        join(tmp_path, {"main": source, "a": MODULES["a"]})
