"""For everyone: by keyboard alone, by ear, at any width, in both languages, at rest for those who ask for it."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from workshop.npm import fetched
from workshop.pad import drawn
from workshop.visit import PATTERNS, ask, draw, last, open_panel, settle, take_sample, visit, wait_for

PANELS = ("feedback", "units")
SHIFTS = """(() => {
  window.shifted = 0;
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      window.shifted += entry.value;
      window.moved.push([entry.value, ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 60))]);
    }
  }).observe({ type: "layout-shift", buffered: true });
})()"""
FOCUSED = """() => {
  const element = document.activeElement;
  const marked = element.matches("label > input, .screen > canvas") ? element.parentElement : element;
  const visible = [marked, ...marked.querySelectorAll("*")].some((one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
  });
  return { name: element.id || element.name || element.value || element.dataset.model || element.textContent.trim(),
    tag: element.tagName, visible };
}"""


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not within {most} presses of Tab")


def test_by_keyboard_alone(page: Page, lab: str) -> None:
    visit(page, lab)
    said = page.locator("#status")
    expect(said).to_have_text("All models answer now.")
    tab_to(page, "#pad")
    page.keyboard.press("Space")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    page.keyboard.press("Space")
    expect(said).to_have_text("Pen up.")
    ink = drawn(page).sum()
    assert ink > 20

    tab_to(page, "#tools input")
    page.keyboard.press("ArrowRight")
    assert page.locator("#tools input:checked").input_value() == "hard"
    tab_to(page, "#undo")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Undone.")
    assert drawn(page).sum() == 0
    tab_to(page, "#redo")
    page.keyboard.press("Space")
    expect(said).to_have_text("Redone.")
    assert drawn(page).sum() == ink
    tab_to(page, "#clear")
    page.keyboard.press("Enter")
    expect(said).to_have_text("The pad is empty.")
    tab_to(page, "#samples button[value='5']")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Sample digit 5 drawn.")

    tab_to(page, "#noises input")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.locator("#noises input:checked").input_value() == "salt-and-pepper"
    before = last(page).fed
    tab_to(page, "#level")
    page.keyboard.press("End")
    assert last(page).fed.mean() > 0.4
    page.keyboard.press("Home")
    assert last(page).fed.mean() < 0.3
    tab_to(page, "#again")
    page.keyboard.press("Enter")
    assert (before != last(page).fed).any()
    tab_to(page, "#model")
    page.keyboard.press("ArrowDown")
    wait_for(page, "() => window.last.model === 'salt-and-pepper-25'")
    expect(said).to_have_text("Salt-and-pepper 25% answers now.")

    tab_to(page, ".tile[data-model='masking-50']")
    page.keyboard.press("Enter")
    wait_for(page, "() => window.last.model === 'masking-50'")
    for panel in PANELS:
        tab_to(page, f"#{panel} > summary")
        page.keyboard.press("Enter")
        expect(page.locator(f"#{panel}")).to_have_attribute("open", "")
        if panel == "feedback":
            tab_to(page, "#feedback-10")
            page.keyboard.press("Enter")
            expect(page.locator("#feedback-text")).to_contain_text("→")
        if panel == "units":
            expect(page.locator("#units-active button")).to_have_count(12)
            tab_to(page, "#units-active button")
            page.keyboard.press("Enter")
            wait_for(page, "() => location.hash.includes('off=')")
            tab_to(page, "#units-number")
            page.keyboard.type("7")
            page.keyboard.press("Enter")
            expect(page.locator("#units-compare-title")).to_have_text("Unit 7 in every model")


def test_focus_is_always_seen_and_never_caught(page: Page, lab: str) -> None:
    visit(page, lab)
    seen = []
    for _ in range(45):
        page.keyboard.press("Tab")
        focused: dict[str, Any] = page.evaluate(FOCUSED)
        assert focused["visible"], focused
        seen.append(focused["name"])
    assert len(set(seen)) > 30
    names = ["pad", "tool", "undo", "0", "fit", "noise", "model", "difference"]
    first = dict.fromkeys(seen)  # a short page begins anew
    assert [name for name in first if name in names] == names  # in the order in which they are read


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("path", ["lab/", pytest.param("ja/lab/", marks=pytest.mark.matrix)])
def test_axe_finds_no_violation(browser: Browser, served: str, path: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = visit(context.new_page(), served + path)
    draw(page)
    page.locator("#noises input[value='gaussian']").check(force=True)
    page.locator("label", has=page.locator("#difference")).click()
    for panel in PANELS:
        open_panel(page, panel)
    page.fill("#units-number", "3")
    page.press("#units-number", "Enter")
    page.click("#share button[value='embed']")
    wait_for(page, PATTERNS)
    page.add_script_tag(path=fetched("axe-core/axe.min.js"))
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        settle(page)
        assert ask(page, "() => matchMedia('(prefers-color-scheme: dark)').matches") == dark
        found = page.evaluate("() => axe.run()")
        assert len(found["passes"]) > 30
        violations = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
        assert violations == [], "dark" if dark else "light"
    context.close()


@pytest.mark.parametrize(
    ("path", "width"),
    [
        ("lab/", 320),
        pytest.param("lab/", 360, marks=pytest.mark.matrix),
        pytest.param("lab/", 768, marks=pytest.mark.matrix),
        pytest.param("lab/", 1280, marks=pytest.mark.matrix),
        ("ja/lab/", 320),
        pytest.param("ja/lab/", 1280, marks=pytest.mark.matrix),
    ],
)
def test_nothing_runs_off_the_side_and_nothing_jumps(browser: Browser, served: str, path: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, has_touch=width < 768)
    page = context.new_page()
    page.add_init_script(SHIFTS)
    visit(page, served + path)
    page.wait_for_load_state("networkidle")
    draw(page)
    for panel in PANELS:
        open_panel(page, panel)
        page.wait_for_timeout(600)  # what comes later than half a second after a click counts as a shift
        assert page.evaluate("() => document.documentElement.scrollWidth") == width, panel
    page.select_option("#model", "gaussian-100")
    wait_for(page, "() => window.last.model === 'gaussian-100'")
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(600)
    assert page.evaluate("() => window.shifted") < 0.02, page.evaluate("() => window.moved")
    context.close()


def test_nothing_is_animated_for_those_who_ask_for_rest(page: Page, lab: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, lab)
    open_panel(page, "feedback")
    expect(page.locator("#feedback-run")).to_be_hidden()
    expect(page.locator("#repeat")).to_be_disabled()
    moving = """() => document.getAnimations().length + [...document.querySelectorAll("*")].filter((one) => {
      const { transitionProperty, animationName } = getComputedStyle(one);
      return transitionProperty !== "none" || animationName !== "none";
    }).length"""
    assert page.evaluate(moving) == 0
    page.click("#samples button[value='2']")
    assert page.evaluate(moving) == 0


def test_the_other_language_keeps_the_state(page: Page, served: str, lab: str) -> None:
    visit(page, lab)
    take_sample(page, 6)
    page.select_option("#model", "gaussian-050")
    page.locator("#noises input[value='masking']").check(force=True)
    page.locator("#level").fill("0.4")
    wait_for(page, "() => window.last.model === 'gaussian-050'")
    here = last(page)
    for language in ("ja", "en"):
        page.locator(f"header a[hreflang='{language}']").click()
        wait_for(page, f"() => document.documentElement.lang === '{language}' && window.answers > 0")
        wait_for(page, "() => window.last.model === 'gaussian-050'")
        there = last(page)
        assert (there.pixels == here.pixels).all()
        assert (there.fed == here.fed).all()
        assert page.locator("#level").input_value() == "0.4"
        alternate = page.locator("head link[rel='alternate']").evaluate_all("(all) => all.map((one) => one.href)")
        assert alternate == [lab, served + "ja/lab/", lab]


def test_teachers_hide_what_they_do_not_want_seen(page: Page, lab: str) -> None:
    visit(page, lab + "?hide=header,hero,tools,samples,noise,numbers,model,share,wall,feedback,units,train,footer")
    parts = page.locator("[data-part]")
    assert parts.count() > 12
    for part in parts.all():
        expect(part).to_be_hidden()
    draw(page)
    assert last(page).pixels.sum() > 20
    for shown in ("#pad", "#reconstruction"):
        expect(page.locator(shown)).to_be_visible()


def test_every_cell_and_bar_leads_to_what_it_means(page: Page, served: str) -> None:
    page.goto(f"{served}numbers/")
    cells = page.locator("table a[class^='heat']")
    bars = page.locator(".bar-cell a")
    assert (cells.count(), bars.count()) == (121, 22)
    links = [cells.nth(k) for k in range(0, 121, 24)] + [bars.first, bars.last]
    addresses = [urljoin(page.url, link.get_attribute("href")) for link in links]
    for address in addresses:
        model = re.search(r"#model=([\w-]+)", address)
        noise = re.search(r"&noise=([\w-]+)", address)
        assert model
        page.goto("about:blank")
        visit(page, address)
        wait_for(page, f"() => window.last.model === '{model[1]}'")
        assert page.locator("#noises input:checked").input_value() == (noise[1] if noise else "none")
        assert last(page).pixels.sum() > 20
