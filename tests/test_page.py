"""The pages: everything printed is escaped, and every fault of a template is named with its line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import Markup

from export.figures import make_figures
from export.page import (
    PageContext,
    PageError,
    content_security_policy,
    csp_hash,
    make_environment,
    render,
    script_json,
)

CONTEXT = PageContext(
    locale="en",
    locales=("en", "ja"),
    other="ja",
    root="../",
    url="",
    dtype="F32",
    models=(),
    noises=(),
    dataset="mnist",
    report={"versions": {"jax": "<b>"}},
    figures=make_figures({}, ()),
    presets={},
    main="../main.js",
    preloads=(),
    guard=Markup(""),
    csp="",
    site_json=Markup("{}"),
    importmap_json=Markup("{}"),
)
CATALOGUES = {"en": {"a": "A & {x}", "b": "<i>"}, "ja": {"a": "{x} あ", "b": "い"}}


def show(folder: Path, template: str, context: PageContext = CONTEXT) -> str:
    (folder / "page.html.j2").write_text(template)
    environment = make_environment(folder)
    return render(environment, "page.html.j2", context, CATALOGUES, {"style.css": "assets/s.css"}).decode()


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ t('a', x='<b>') }}", "A &amp; &lt;b&gt;"),
        ("{{ t('b') }} {{ t('b', 'ja') }}", "&lt;i&gt; い"),
        ("{{ asset('style.css') }}", "../assets/s.css"),
        ("{{ report.versions.jax }}", "&lt;b&gt;"),
        ("{% if true %}\n  x\n  {% endif %}\ny\n", "  x\ny\n"),
    ],
)
def test_a_template_prints(tmp_path: Path, template: str, expected: str) -> None:
    assert show(tmp_path, template) == expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n{{ t('none') }}", "page.html.j2:2: expected a message 'none' in the catalogue en, got none"),
        ("{{ t('a') }}", r"page.html.j2:1: message 'a' in en: expected values for \['x'\], got \[\]"),
        ("{{ t('a', y=1) }}", r"expected values for \['x'\], got \['y'\]"),
        ("{{ asset('no.css') }}", "page.html.j2:1: asset 'no.css': expected one of style.css"),
        ("\n\n{{ nothing }}", "page.html.j2:3: 'nothing' is undefined"),
        ("{{ report.nothing }}", "page.html.j2:1: 'dict object' has no attribute 'nothing'"),
        ("{% if %}", "page.html.j2:1: Expected an expression"),
        ("{% include 'other.j2' %}", "expected the template other.j2, got none"),
        ("{{ 1 + 'a' }}", "page.html.j2:1: unsupported operand"),
        ("{{ report[1:2] }}", "page.html.j2:1: "),
    ],
)
def test_a_fault_of_a_template_is_named(tmp_path: Path, template: str, message: str) -> None:
    with pytest.raises(PageError, match=message):
        show(tmp_path, template)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "]]>", "&lt;", "\u2028\u2029", 'a"b\\'])
def test_json_in_a_script_element_cannot_leave_it(text: str) -> None:
    shown = str(script_json({text: text}))
    assert not set(shown) & set("<>&\u2028\u2029")
    assert json.loads(shown) == {text: text}


def test_an_inline_text_is_allowed_by_its_hash() -> None:
    # The example of the CSP specification, section 6.7.2 of level 2: alert('Hello, world.');
    assert csp_hash("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    policy = content_security_policy(scripts=("{}",))
    assert f"script-src 'self' 'wasm-unsafe-eval' {csp_hash('{}')};" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy


def test_the_policy_of_an_inline_style_covers_what_is_printed(tmp_path: Path) -> None:
    template = "{% set style %}a{color:red}{% endset %}{{ policy(style) }}|<style>{{ style }}</style>"
    policy, _, style = show(tmp_path, template, replace(CONTEXT, root="./")).partition("|")
    assert csp_hash("a{color:red}").replace("'", "&#39;") in policy
    assert style == "<style>a{color:red}</style>"
