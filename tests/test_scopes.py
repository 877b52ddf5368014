"""Short names mean what the long ones meant: in a real browser, and use by use over all scripts of the pages."""

import re

import pytest
from playwright.sync_api import Page

from export.site.modules import make_module, read_modules
from export.site.scopes import Script, ScriptError, read_script
from export.site.short_names import short_names, shortened, written
from workshop.checkout import ROOT

TEMPLATE = ROOT / "site_template"
SOURCES = {path.relative_to(TEMPLATE).as_posix(): path.read_text() for path in TEMPLATE.rglob("*.js")}
# Each is the body of a function; what it gives must stay.
PROGRAMS = {
    "shorthand": "const first = 1, second = 2; const both = { first, second }; return [both, Object.keys(both)];",
    "patterns": """
        const { one, two: { three = 4, ...rest }, ["fo" + "ur"]: four } = { one: 1, two: { five: 5 }, four: 6 };
        const [head, , ...tail] = [7, 8, 9];
        return [one, three, rest, four, head, tail];""",
    "assigned patterns": """
        let left = 1, right = 2, key = "x";
        [left, right] = [right, left];
        ({ right, [key]: left = right } = { right: 5 });
        return [left, right];""",
    "shadows": """
        const value = "outer";
        const inner = (value) => { { const value = "deepest"; if (value !== "deepest") return 0; } return value; };
        return [value, inner("given"), ((other) => value + other)("!")];""",
    "names like short ones": """
        const t = 1, e = 2, n = { n: 3 };
        return ((first) => { const a = t + first; return ((i) => i + e + a + n.n)(10); })(5);""",
    "globals": """
        const values = new Set([1]), e = Math.max;
        return ((Map) => [Map, e(values.size, [...values].length)])(3);""",
    "functions": """
        const list = [];
        for (const item of [1, 2]) { function add(thing) { list.push(thing + item); } add(item); }
        const named = function self(depth) { return depth ? self(depth - 1) : "end"; };
        function* count(limit) { for (let at = 0; at < limit; at++) yield at; }
        { const beside = 2; function inner() { return beside; } list.push(inner()); }
        return [list, named(2), [...count(3)], later(), arguments.length];
        function later() { return "hoisted"; }""",
    "var": """
        if (true) { var seen = 1; }
        for (var at = 0; at < 3; at++);
        for (var key in { b: 1 });
        { const seen = 5, near = 6; { let at = near; var far = seen + at; } }
        return [seen, at, key, far];""",
    "defaults see parameters": "const b = 1; return ((a, c = a + b, { d = c } = {}) => [a, c, d])(2);",
    "parameters": """
        const halves = Array.from({ length: 3 }, (_, at) => { const half = at / 2; return half; });
        try { throw 1; } catch (error) { const said = "said"; return [halves, said]; }""",
    "loops": """
        const out = [];
        outer: for (let i = 0; i < 3; i++) {
          for (const key in { a: 1 }) { if (i === 1) continue outer; out.push(() => key + i); }
        }
        return out.map((call) => call());""",
    "catch": """
        try { throw new Error("said"); } catch ({ message }) { return [message]; } finally { const message = 1; }""",
    "switch": "const kind = 2; switch (kind) { case 1: { return 1; } case 2: const found = kind + 1; return found; }",
    "classes": """
        class Base {
          static made = 0;
          #own = 1;
          constructor(extra) { this.extra = extra; Base.made++; }
          get own() { return this.#own; }
          set own(value) { this.#own = value; }
          static is(one) { return #own in one; }
        }
        const Other = class Inner extends Base {
          #mine = () => this.own + this.extra;
          static { Inner.ready = true; }
          total() { return this.#mine(); }
          ["na" + "me"]() { return Inner.ready; }
        };
        const other = new Other(4);
        other.own = 3;
        return [other.total(), Base.made, Base.is(other), Base.is({}), other.name()];""",
    "templates": """
        const who = "x", tag = (parts, ...values) => parts.raw.join("|") + values;
        return [`${who}${`${who}!`}`, tag`a${who}b`];""",
    "letters": """
        const grün = "ü", größer = "€";
        return [`${grün} — ${größer}`, ((größe) => größe + grün)("ß")];""",
    "async": """
        const wait = async (time) => time, out = [];
        for await (const one of [wait(1)]) out.push(one);
        return out;""",
    "properties stay": """
        const wide = 3, thing = { wide: 4, of: { wide }, nested() { return this.wide; } };
        return [thing.wide, thing.of?.wide, thing.nested(), thing["wide"]];""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_with_short_names_gives_what_it_gave(page: Page, program: str) -> None:
    source = f"async function run() {{{PROGRAMS[program]}\n}}"
    run = "(code) => new Function(`${code}\\nreturn run();`)()"
    short = shortened(source, "source")
    assert short != source
    assert page.evaluate(run, short) == page.evaluate(run, source)


def meaning(script: Script) -> tuple[list[int], set[str]]:
    """What each use of a name means, in the order of the code, and which names are bound nowhere."""
    places = sorted((use.start, number) for number, name in enumerate(script.top.all_names()) for use in name.uses)
    first: dict[int, int] = {}
    return [first.setdefault(number, len(first)) for _, number in places], script.top.unbound


@pytest.mark.parametrize("file", SOURCES)
def test_every_use_of_a_name_means_the_same(file: str) -> None:
    code = written(read_script(make_module("main", SOURCES[file]).code, file), {})  # without its imports
    short = shortened(code, file)
    assert len(short) <= len(code)
    assert meaning(read_script(short, file)) == meaning(read_script(code, file))


def test_no_name_of_two_letters_is_needed_inside() -> None:
    """The names of one scope are few: what is written inside functions has one letter."""
    code = read_modules(TEMPLATE / "js")["draw/strokes"].code
    inside = {name.text for one in read_script(shortened(code, "long"), "short").top.inner for name in one.all_names()}
    assert inside
    assert {len(name) for name in inside} == {1}


def test_short_names_are_names_and_no_words_of_the_language() -> None:
    names = [name for name, _ in zip(short_names({"a"}), range(4000), strict=False)]
    assert len(set(names)) == 4000
    assert all(re.fullmatch(r"[\w$]+", name) and not name[0].isdigit() for name in names)
    assert not {"a", "do", "if", "in", "of", "as"} & set(names)


@pytest.mark.parametrize(
    ("code", "got"),
    [
        ("const a = 1; function ( { return a; }", "function"),
        ("export const a = (1 + ;", r"1 \+"),
        ("if (true) { const b = 2;", "const b = 2"),
    ],
)
def test_what_is_no_script_is_a_sentence(code: str, got: str) -> None:
    with pytest.raises(
        ScriptError, match=rf"^js/mine\.js: expected a script in JavaScript, got a fault at or after '.*{got}"
    ):
        read_script(code, "js/mine.js")
