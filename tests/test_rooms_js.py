"""The rooms of the page's JavaScript: imports run one way, types' too, and what computes knows no document."""

import json
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.test_static import run
from workshop.npm import NODE, fetched

SCRIPTS = Path(__file__).resolve().parent.parent / "site_template" / "js"
ROOMS = (
    "draw",
    "network",
    "learn",
    "page",
    "walk",
    "panels",
    "",
)  # each imports from those before; "" is entries
NO_DOCUMENT = ("draw", "network", "learn")
# `from "a/b"` of code and of @import, `import "a/b"`, `import("a/b")` of code and of types.
IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*["']([^"']+)["']""")


def room(module: str) -> str:
    return module.rpartition("/")[0]


def read_imports() -> dict[str, set[str]]:
    """Of every module what it names, in code or in a type, now or later."""
    paths = {path.relative_to(SCRIPTS).with_suffix("").as_posix(): path for path in SCRIPTS.rglob("*.js")}
    return {name: set(IMPORT.findall(path.read_text())) for name, path in sorted(paths.items())}


IMPORTS = read_imports()


def test_types_and_lazy_imports_are_seen() -> None:
    source = '/** @import { A } from "a/a" */ import "b/b"; await import("c/c"); /** @type {import("d/d").D} */'
    assert IMPORT.findall(source) == ["a/a", "b/b", "c/c", "d/d"]
    assert {"draw/strokes", "page/frame"} <= IMPORTS["page/pad"]


@pytest.mark.parametrize("module", IMPORTS)
def test_every_module_has_a_room_and_imports_from_none_after_it(module: str) -> None:
    assert room(module) in ROOMS, module
    allowed = ROOMS[: ROOMS.index(room(module)) + 1]
    back = {other for other in IMPORTS[module] if room(other) not in allowed or room(other) == ""}
    assert back == set(), f"{module} imports {back}: expected only from {allowed}, and no entry"


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_what_draws_and_computes_names_no_document(tmp_path: Path) -> None:
    """The type checker knows a worker's names there and no others: no document, no element, no window."""
    root = SCRIPTS.parent.parent
    options = {
        "lib": ["es2023", "webworker"],
        "paths": {"*": [f"{SCRIPTS}/*.js"]},
    }
    include = [f"{SCRIPTS}/{room}/*.js" for room in NO_DOCUMENT]
    config = {"extends": str(root / "tsconfig.json"), "compilerOptions": options, "include": include}
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    assert run([*NODE, str(fetched("typescript/bin/tsc")), "--project", str(tmp_path)]) == ""
    config["include"] = [f"{SCRIPTS}/page/dom.js"]  # and it does tell a document from none
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    assert "Cannot find name 'document'" in run([*NODE, str(fetched("typescript/bin/tsc")), "--project", str(tmp_path)])


def test_the_benchmark_s_page_finds_every_module_it_asks_for() -> None:
    folder = SCRIPTS.parent.parent / "benchmarks" / "browser"
    found = re.search(r'<script type="importmap">(.*?)</script>', (folder / "index.html").read_text(), re.DOTALL)
    assert found
    known = json.loads(found[1])["imports"]
    code = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)  # types are asked for in comments
    asked = {name for path in folder.glob("*.js") for name in IMPORT.findall(code.sub("", path.read_text()))}
    waiting = [name for name in asked if name in IMPORTS]
    needed = set(waiting)
    while waiting:
        text = code.sub("", (SCRIPTS / f"{waiting.pop()}.js").read_text())
        more = set(IMPORT.findall(text)) - needed
        needed |= more
        waiting += more
    assert needed <= known.keys(), needed - known.keys()
    assert all((folder / path).is_file() for path in known.values())
