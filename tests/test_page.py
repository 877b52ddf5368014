"""The pages: everything printed is escaped, and every fault of a template is named with its line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from export.site.figures import make_figures
from export.site.model import Model
from export.site.page import PageContext, PageError, SiteFacts, make_environment, render, script_json
from export.site.pages import LAB, USE
from export.site.policy import csp_hash
from export.site.walk import Walk
from train.run.report import Report

FACTS = SiteFacts(
    locales=("en", "ja"),
    url="",
    dtype="F32",
    models=(Model("none", "none", 0.0, 3, 784, "", 0, "", None, False),),
    noises=(),
    dataset="mnist",
    report=Report(versions={"jax": "<b>"}),
    figures=make_figures(Report(), ()),
    presets={"half": "#model=none"},
    walk=Walk((), (), (), fit=False, asked=None),
)
LINKS = {("lab", "en"): "../lab/", ("lab", "ja"): "?page=lab&lang=ja", ("walk", "en"): "../"}
CONTEXT = PageContext(page=USE, locale="en", assets={"style.css": "../assets/s.css"}, links=LINKS, csp="")
CATALOGUES = {
    "en": {"a": "A & {x}", "b": "<i>", "level.share": "{percent}%"},
    "ja": {"a": "{x} あ", "b": "い", "level.share": "{percent}%"},
}


def show(folder: Path, template: str, context: PageContext = CONTEXT) -> str:
    (folder / "page.html.j2").write_text(template)
    environment = make_environment(folder)
    return render(environment, "page.html.j2", FACTS, context, CATALOGUES)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ t('a', x='<b>') }}", "A &amp; &lt;b&gt;"),
        ("{{ t('b') }} {{ t('b', 'ja') }}", "&lt;i&gt; い"),
        ("{{ asset('style.css') }}", "../assets/s.css"),
        ("{{ link('lab') }} {{ link('lab', 'ja', 'x') }}", "../lab/ ?page=lab&amp;lang=ja&amp;x"),
        ("{{ link('walk', query='x') }} {{ address('lab') }}", "../?x https://example.org/lab/"),
        ("{{ percent(0.391) }} {{ percent(0.003) }} {{ percent(0) }}", "39% 0.3% 0%"),
        ("{{ state('half') }}", "../lab/#model=none"),
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
        ("{{ link('no') }}", "page.html.j2:1: page 'no': expected one of walk, lab, numbers, use"),
        ("\n\n{{ nothing }}", "page.html.j2:3: 'nothing' is undefined"),
        ("{{ report.nothing }}", "page.html.j2:1: 'train.run.report.Report object' has no attribute 'nothing'"),
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


def test_beside_the_pad_a_state_is_only_a_hash(tmp_path: Path) -> None:
    assert show(tmp_path, "{{ state('half') }}", replace(CONTEXT, page=LAB)) == "#model=none"


def test_the_policy_of_an_inline_style_covers_what_is_printed(tmp_path: Path) -> None:
    template = "{% set style %}a{color:red}{% endset %}{{ policy(style) }}|<style>{{ style }}</style>"
    policy, _, style = show(tmp_path, template, CONTEXT).partition("|")
    assert csp_hash("a{color:red}").replace("'", "&#39;") in policy
    assert style == "<style>a{color:red}</style>"
