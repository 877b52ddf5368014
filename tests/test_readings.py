"""Chapter 4: what the build shows and claims of readers, and the chapter in the page."""

import html
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.site.readings import make_errors, make_misread, make_readings
from export.site.tries import make_tries
from export.site.walk import make_walk
from export.weights.reader_file import ReaderFile, read_reader, shares_of
from tests.test_walk import ALL, FOUR, SAMPLES, chapters, committed, show, words
from tests.test_walk_page import LIVE
from train.learn.knowledge import RANDOM
from train.learn.readers import PIXELS
from train.run.report import Report, read_report
from workshop.checkout import ROOT
from workshop.visit import draw, hold, visit, wait_for

WEIGHTS = ROOT / "weights"
REPORT = read_report(WEIGHTS / "report.json")
HALF = make_tries(SAMPLES, "mnist", 28)[0].pixels
MODELS = tuple(model for model in ALL if model.name in FOUR)
HEIGHTS = """() => [...document.querySelectorAll(".reading")].map((one) =>
  [...one.querySelectorAll("rect")].map((rect) => rect.transform.baseVal.getItem(0).matrix.d))"""
BARS = """() => [...document.querySelectorAll("#misread tr")].map((row) => [
  ...["rect width", "line x1", "line x2"].map((one) => one.split(" ")).map(([name, key]) =>
    parseFloat(row.querySelector(name).getAttribute(key))),
  ...row.cells[2].textContent.split(" ± ").map(Number),
])"""
FED = """() => document.addEventListener("reconstruct", ({ detail }) => { window.fed = Array.from(detail.fed); })"""


@cache
def readers() -> dict[str, ReaderFile]:
    found = {name: read_reader(name, WEIGHTS, committed(name), "mnist") for name in (model.name for model in ALL)}
    found[PIXELS] = read_reader(PIXELS, WEIGHTS, None, "mnist")
    return {name: file for name, file in found.items() if file}


def in_view(page: Page) -> None:
    page.evaluate("() => document.getElementById('readings').scrollIntoView({ block: 'center' })")


def test_each_reading_is_that_of_the_model_s_own_reader_and_bare_pixels_come_last() -> None:
    params = {name: committed(name).params for name in FOUR}
    readings = make_readings(MODELS, params, readers(), HALF)
    assert [one.model.name if one.model else "" for one in readings] == [*FOUR, ""]
    for one in readings:
        name = one.model.name if one.model else PIXELS
        (shares,) = shares_of(readers()[name].reader, params.get(name), HALF[None])
        assert one.shares == tuple(shares)
        assert one.chosen == (shares.argmax() if shares.max() >= readers()[name].threshold else None)
    assert make_readings(MODELS, params, {PIXELS: readers()[PIXELS]}, HALF) == ()


def test_what_is_not_sure_enough_is_none_of_the_classes() -> None:
    params = {name: committed(name).params for name in FOUR}
    noise = np.random.default_rng(0).random(784)
    known = readers()
    for one in make_readings(MODELS, params, known, noise):
        name = one.model.name if one.model else PIXELS
        assert (one.chosen is None) == (max(one.shares) < readers()[name].threshold)
    assert any(one.chosen is None for one in make_readings(MODELS, params, known, noise))


def test_the_claims_are_those_of_the_report() -> None:
    misread = make_misread(REPORT, MODELS)
    assert misread is not None
    errors = {name: one.reading.everything for name, one in REPORT.knowledge.items() if one.reading}
    assert misread.plain == errors["none"].value
    assert misread.pixels == errors[PIXELS].value
    assert misread.best_error == min(errors[name].value for name in FOUR[1:]) == errors[misread.best.name].value
    assert misread.holds == (errors["none"].low > errors[misread.best.name].high)
    assert misread.holds
    assert make_misread(REPORT, MODELS[1:]) is None
    assert make_misread(REPORT, MODELS[:1]) is None


def test_the_error_bars_are_those_of_the_report() -> None:
    errors = make_errors(REPORT, ALL)
    assert errors is not None
    assert errors.labels == (10, 100, 1000)
    assert [line.model.name if line.model else line.key for line in errors.lines] == [
        *(model.name for model in ALL),
        *("pixels", "random"),
    ]
    for line in errors.lines:
        reading = REPORT.knowledge[line.model.name if line.model else {"pixels": PIXELS}.get(line.key, RANDOM)].reading
        assert reading is not None
        assert line.errors == (*(reading.few[count] for count in errors.labels), reading.everything)
    assert max(error.high for line in errors.lines for error in line.errors) <= errors.most <= 0.3
    assert make_errors(Report(), ALL) is None
    assert make_errors(REPORT, ()) is None, "pixels alone teach nothing"


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_the_chapter_says_what_the_report_says(locale: str) -> None:
    walk = make_walk(SAMPLES, ALL, [committed(one.name) for one in ALL], "mnist", readers())
    (chapter,) = (one for one in chapters(show(walk, ALL, locale)) if 'id="chapter=4"' in one)
    text = words(chapter)
    misread = make_misread(REPORT, MODELS)
    assert misread is not None
    said = [float(number) for number in re.findall(r"([\d.]+)%", text)]
    assert said == [round(100 * one, 1) for one in (misread.plain, misread.best_error, misread.pixels)]
    length = len(text.split()) if locale == "en" else len(text.replace(" ", ""))
    assert length <= (150 if locale == "en" else 400), length
    assert len(re.findall(r'<p class="ask"', chapter)) == len(re.findall(r'<p class="do', chapter)) == 1
    shown = [html.unescape(one) for one in re.findall(r'class="reading-word">([^<]*)<', chapter)]
    marked = re.findall(r'<rect x="(\d+)"[^>]* class="sure"/>', chapter)
    assert [int(x) // 10 for x in marked] == [one.chosen for one in walk.readings if one.chosen is not None]
    for word, one in zip(shown, walk.readings, strict=True):
        assert (str(one.chosen) in word) if one.chosen is not None else not re.search(r"\d", word)


def test_a_slider_moves_the_error_bars_of_all_models(page: Page, served: str) -> None:
    errors = make_errors(REPORT, ALL)
    assert errors is not None
    page.goto(served)
    built = page.evaluate(BARS)
    in_view(page)
    slider = page.locator("#labels")
    wait_for(page, "() => document.getElementById('labels').ariaValueText !== null")
    assert np.abs(np.array(page.evaluate(BARS)) - np.array(built)).max() < 0.1, "as the build drew them"
    slider.focus()
    page.keyboard.press("Home")
    for at in range(4):
        if at:
            page.keyboard.press("ArrowRight")
        for line, (bar, low, high, number, spread) in zip(errors.lines, page.evaluate(BARS), strict=True):
            error = line.errors[at]
            expected = [100 * one / errors.most for one in (error.value, error.low, error.high)]
            assert np.abs(np.array([bar, low, high]) - expected).max() < 0.1
            assert number == pytest.approx(100 * error.value, abs=0.051)
            assert spread == pytest.approx(50 * (error.high - error.low), abs=0.056)
    expect(page.locator("#labels-text")).to_have_text("all labels")
    expect(page.locator("#status")).to_contain_text(
        re.compile(r"^all labels: Plain.*: 4\.3 ± 0\.4; Masking 25%: 3\.3 ± 0\.3;")
    )


def test_models_without_readers_have_no_such_chapter() -> None:
    walk = make_walk(SAMPLES, ALL, [committed(one.name) for one in ALL], "mnist")
    assert 'id="chapter=4"' not in show(walk, ALL)


def test_the_drawing_is_read_as_the_pen_moves(page: Page, served: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, served)
    page.evaluate(FED)
    wait_for(page, "() => document.querySelectorAll('.answer.live').length === 4")
    assert not [url for url in asked if "reader" in url], "nothing of it before it is wanted"
    still = page.evaluate(HEIGHTS)
    in_view(page)
    wait_for(page, f"() => ({HEIGHTS})().flat().some((one, k) => one !== {still}.flat()[k])")
    assert np.abs(np.array(page.evaluate(HEIGHTS)) - np.array(still)).max() < 0.1, "the same, of lighter weights"
    draw(page)  # a three
    in_view(page)
    wait_for(page, "() => document.querySelector('.reading-word').textContent.startsWith('3')")
    fed = np.array(page.evaluate("() => window.fed"))
    heights = np.array(page.evaluate(HEIGHTS))
    for name, got in zip((*FOUR, PIXELS), heights, strict=True):
        params = None if name == PIXELS else committed(name).params
        (shares,) = shares_of(readers()[name].reader, params, fed[None])
        assert np.abs(got - shares).max() < 0.02, name
    page.click("#clear")
    wait_for(page, "() => document.querySelector('.reading-word').textContent === 'waits for ink'")
    assert np.abs(np.array(page.evaluate(HEIGHTS))).max() == 0


def test_it_is_told_after_a_stroke_while_it_can_be_seen(page: Page, served: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})  # the pad stays beside the text
    visit(page, served)
    draw(page)
    wait_for(page, "() => document.querySelectorAll('.answer.live').length === 4")
    expect(page.locator("#status")).not_to_contain_text("Bare pixels")
    in_view(page)
    # As built, of the first try, some of them say so, too.
    wait_for(
        page, "() => [...document.querySelectorAll('.reading-word')].every((one) => one.textContent.startsWith('3'))"
    )
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.33 * box["width"], box["y"] + 0.72 * box["height"])
    expect(page.locator("#status")).to_contain_text(re.compile(r"Bare pixels: (3, \d+%|no digit)\."))


def test_a_reader_that_does_not_come_is_said_and_the_others_read(loud_page: Page, served: str, site: Path) -> None:
    page = loud_page
    name = next(path.name for path in (site / "assets").iterdir() if path.name.startswith("reader-masking-80"))
    page.route(f"**/{name}", lambda route: route.abort())
    visit(page, served)
    in_view(page)
    wait_for(page, "() => !document.getElementById('broken').hidden")
    expect(page.locator("#broken")).to_contain_text(name)
    expect(page.locator("[data-reader='masking-80'] .reading-word")).to_have_text("not loaded")
    draw(page)
    in_view(page)
    wait_for(page, "() => document.querySelectorAll('.reading-word')[4].textContent.startsWith('3')")
    page.unroute(f"**/{name}")
    page.evaluate("() => scrollTo(0, 0)")
    page.wait_for_timeout(300)
    in_view(page)
    wait_for(page, "() => document.querySelectorAll('.reading-word')[1].textContent.startsWith('3')")


def test_the_other_models_come_while_a_first_one_is_on_its_way(page: Page, served: str) -> None:
    """With them come the readers of the walk's own, whose weights are read as what they were asked for."""
    held = hold(page, "**/assets/light-masking-80.*")
    page.goto(f"{served}#chapter=4")
    wait_for(page, "() => performance.getEntriesByType('resource').some(({ name }) => /models\\..*json/.test(name))")
    wait_for(page, "() => document.querySelector('[data-model=none] canvas') !== null")
    page.wait_for_timeout(300)  # they are taken in
    held[0].continue_()
    wait_for(page, LIVE.format(count=4))
    assert "not loaded" not in page.locator("#answers").inner_text()
