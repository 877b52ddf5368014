"""Every page for everyone: large text, zoom, forced colours; and axe on each, in every language and scheme."""

import re

import pytest
from playwright.sync_api import Browser

from export.site.pages import LAB, PAGES, WALK
from tests.test_page_wall import CUT
from tests.test_walk_page import LIVE, open_walk
from workshop.npm import fetched
from workshop.visit import draw, settle, wait_for

# What no page may have outside of what one sees: words, and what one taps.
OUTSIDE = """() => [...document.querySelectorAll("header a, main :is(h1, h2, p, button, label, summary, figcaption)")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, .scroll, .formula"))
  .filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const { left, right } = range.getBoundingClientRect();
    return right > document.documentElement.clientWidth + 1 || left < -1;
  })
  .map((one) => one.textContent.trim())"""
ANY = [(page.name, language) for page in PAGES for language in ("en", "ja")]


@pytest.mark.parametrize(("width", "text"), [pytest.param(320, 16, marks=pytest.mark.matrix), (320, 32), (390, 24)])
@pytest.mark.parametrize("path", ["", "ja/", "lesson/", pytest.param("ja/lesson/", marks=pytest.mark.matrix)])
def test_nothing_is_cut_at_any_zoom_or_size_of_text(
    browser: Browser, served: str, path: str, width: int, text: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 664})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": text, "fixed": text}})
    page.goto(served + path)
    if "lesson" in path:
        page.evaluate("() => { document.querySelector('.teacher').open = true; }")
    else:
        wait_for(page, LIVE.format(count=4))
        draw(page)
    for y in (0, 1500):
        page.evaluate("(y) => scrollTo(0, y)", y)
        page.wait_for_timeout(150)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []
        assert page.evaluate(OUTSIDE) == []
        strip = page.evaluate("() => document.querySelector('.strip')?.getBoundingClientRect().height ?? 0")
        assert strip <= 0.46 * 664
    language = page.locator("header a[hreflang]").bounding_box()
    assert language
    assert language["x"] + language["width"] <= width
    context.close()


# What is drawn beyond the edge, which a panel would cut off; what scrolls inside a box of its own may.
BEYOND = """() => [...document.querySelectorAll("main *")].filter((one) => {
  if (!one.checkVisibility({ visibilityProperty: true }) || one.closest(".unseen, svg *")) return false;
  for (let box = one.parentElement; box; box = box.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
  const { left, right, width } = one.getBoundingClientRect();
  return width > 0 && (right > document.documentElement.clientWidth + 1 || left < -1);
}).map((one) => `${one.tagName} #${one.id} ${one.className}`)"""


@pytest.mark.parametrize(("width", "text"), [pytest.param(320, 20, marks=pytest.mark.matrix), (320, 32), (390, 24)])
@pytest.mark.parametrize("path", ["lab/", pytest.param("ja/lab/", marks=pytest.mark.matrix), "ja/numbers/"])
def test_no_panel_cuts_anything_off(browser: Browser, served: str, path: str, width: int, text: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 664})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": text, "fixed": text}})
    page.goto(served + path)
    if "lab" in path:
        wait_for(page, "() => document.querySelector('#engine').textContent !== ''")
        draw(page)
    page.evaluate("() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }")
    page.wait_for_timeout(1000)
    assert page.evaluate(BEYOND) == []
    context.close()


def test_in_forced_colours_a_switch_looks_other_when_it_is_on(browser: Browser, served: str) -> None:
    page = browser.new_page(forced_colors="active")
    page.goto(f"{served}lab/")
    label = page.locator("label:has(#fit)")
    looks = []
    for _ in range(2):
        label.scroll_into_view_if_needed()
        page.mouse.move(2, 2)
        page.wait_for_timeout(400)
        looks.append(label.screenshot())
        label.click()
    assert looks[0] != looks[1]
    paints = "(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one, '::after').backgroundColor]"
    on_or_off = page.locator("#fit").evaluate(paints)
    assert on_or_off[0] != on_or_off[1], "the knob is seen"
    page.close()


def test_in_forced_colours_what_is_chosen_added_and_taken_can_be_told(browser: Browser, served: str) -> None:
    page = browser.new_page(forced_colors="active")
    open_walk(page, served)
    outlines = "(all) => all.map((one) => getComputedStyle(one).outlineStyle)"
    chosen = page.locator("#tries [aria-pressed=true]")
    assert chosen.evaluate_all(outlines) == ["solid"]
    assert set(page.locator("#tries [aria-pressed=false]").evaluate_all(outlines)) == {"none"}
    page.locator(".step").first.click()
    settle(page)
    assert page.locator(".answer.chosen .screen").evaluate_all(outlines) == ["solid"]
    assert set(page.locator(".answer:not(.chosen) .screen").evaluate_all(outlines)) == {"none"}
    assert "solid" in page.locator("#noises input:checked + span").evaluate_all(outlines)
    paints = page.locator(".mark").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).backgroundImage + getComputedStyle(one).backgroundColor)"
    )
    assert len(set(paints)) == 2
    assert all(re.search(r"rgb\((217, 95, 2|106, 159, 232)\)", paint) for paint in paints)
    page.close()


@pytest.mark.matrix
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "language"), ANY)
def test_axe_finds_nothing(browser: Browser, served: str, name: str, language: str, scheme: str) -> None:
    (one,) = (page for page in PAGES if page.name == name)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(served + one.place(language))
    if one in (WALK, LAB):
        draw(page)
    for fold in page.locator("main summary:visible").all():
        fold.click()
    page.add_script_tag(path=fetched("axe-core/axe.min.js"))
    found = page.evaluate("() => axe.run()")
    assert len(found["passes"]) > 15
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
    context.close()
