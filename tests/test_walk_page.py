"""The walk in a browser: there at once, live, guessed at, stepped through and gone back, by everyone."""

import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.test_page_everyone import FOCUSED, SHIFTS
from workshop.npm import fetched
from workshop.pad import Touch
from workshop.visit import draw, settle, wait_for

FOUR = ["none", "masking-80", "salt-and-pepper-50", "gaussian-075"]
LISTEN = """(() => {
  window.heard = [];
  document.addEventListener("reconstruct", ({ detail, target }) => {
    window.heard.push({ frame: performance.now(), model: detail.model, at: target.dataset.model,
      ink: detail.pixels.reduce((sum, value) => sum + value, 0), pixels: detail.pixels.length,
      answer: detail.reconstruction.length, precision: detail.precision });
  });
})()"""
LIVE = "() => document.querySelectorAll('.answer.live').length === {count}"
BOXES = """() => [document.querySelector("#pad"), ...document.querySelectorAll("[data-model]")]
  .map((element) => {
    const box = (element.querySelector(".screen") ?? element).getBoundingClientRect();
    const whole = element.getBoundingClientRect();
    return { width: box.width, top: whole.top, bottom: whole.bottom, left: whole.left, right: whole.right };
  })"""
WORDS = "() => [...document.querySelectorAll('.answer-word')].map((one) => one.textContent)"
# Words that stand out of the answers' box.
CUT = """() => [...document.querySelectorAll(".answer-name, .answer-word")].filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const box = one.closest(".answers").getBoundingClientRect();
    return range.getBoundingClientRect().right > Math.min(box.right, innerWidth) + 1;
  }).map((one) => one.textContent)"""
STROKE = ((0.2, 0.3), (0.8, 0.3), (0.8, 0.7))


def open_walk(page: Page, url: str, *, live: int = 4) -> Page:
    page.add_init_script(LISTEN)
    page.goto(url)
    wait_for(page, LIVE.format(count=live))
    settle(page)
    return page


class Gate:
    """Weights wait until it is opened."""

    def __init__(self, page: Page) -> None:
        self._held: list[Route] | None = []
        page.route("**/*.safetensors", self._take)

    def _take(self, route: Route) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def open(self) -> None:
        held, self._held = self._held or [], None
        for route in held:
            route.continue_()


@pytest.fixture
def walk(page: Page, served: str) -> Page:
    return open_walk(page, served)


@pytest.mark.parametrize("path", ["", "ja/"])
@pytest.mark.parametrize(("width", "height"), [(390, 664), (768, 1024), (1280, 720), (1920, 1080)])
def test_one_drawing_and_four_answers_are_seen_whole_at_once(
    browser: Browser, served: str, path: str, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=width == 390)
    page = context.new_page()
    page.goto(served + path)
    pad, *answers = page.evaluate(BOXES)
    assert len(answers) == 4
    assert pad["width"] >= 180
    assert page.evaluate(CUT) == []
    for box in (pad, *answers):
        assert box["width"] >= 96
        assert box["top"] >= 0
        assert box["bottom"] <= height
        assert box["left"] >= 0
        assert box["right"] <= width
    expect(page.locator("h1")).to_be_in_viewport()
    context.close()


def test_the_answers_are_there_before_the_models_and_the_same_after(page: Page, served: str) -> None:
    gate = Gate(page)
    page.goto(served)
    wait_for(page, "() => document.body.classList.contains('ready')")
    first = page.evaluate(WORDS)
    assert page.locator(".answer .first svg").count() == 4
    for picture in page.locator(".answer .first").all():
        expect(picture).to_be_visible()
    draw(page, STROKE)
    assert set(page.evaluate(WORDS)) == {"loading …"}
    expect(page.locator(".answer .first").first).to_be_hidden()
    page.click("#undo")
    settle(page)
    gate.open()
    wait_for(page, LIVE.format(count=4), seconds=60)
    settle(page)
    assert page.evaluate(WORDS) == first


def test_a_model_that_comes_in_the_middle_of_a_stroke_has_its_word_at_the_end(page: Page, served: str) -> None:
    gate = Gate(page)
    page.goto(served)
    wait_for(page, "() => document.body.classList.contains('ready')")
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"])
    gate.open()
    wait_for(page, LIVE.format(count=4), seconds=60)
    assert set(page.evaluate(WORDS)) == {"loading …"}
    page.mouse.up()
    settle(page)
    assert "loading …" not in page.evaluate(WORDS)


def test_drawing_changes_all_four_in_one_frame_and_each_tells_its_element(walk: Page) -> None:
    walk.evaluate("() => { window.heard = []; }")
    draw(walk, STROKE)
    heard: list[dict[str, Any]] = walk.evaluate("() => window.heard")
    assert [one["model"] for one in heard[-4:]] == FOUR
    for k in range(0, len(heard), 4):
        frame = heard[k : k + 4]
        assert [one["at"] for one in frame] == FOUR
        assert len({one["ink"] for one in frame}) == 1
    assert {(one["pixels"], one["answer"]) for one in heard} == {(784, 784)}
    assert all(isinstance(one["precision"], str) for one in heard)
    assert heard[-1]["ink"] > heard[0]["ink"]


def test_another_try_is_covered_until_it_was_guessed_or_shown(walk: Page) -> None:
    covers = walk.locator(".cover")
    for cover in covers.all():
        expect(cover).to_be_hidden()
    walk.click("#tries [value='dots']")
    expect(walk.locator("#question")).to_be_visible()
    for k in range(4):
        expect(covers.nth(k)).to_be_visible()
        expect(walk.locator(".answer-word").nth(k)).to_be_hidden()
        expect(walk.locator(".answer canvas").nth(k)).to_be_hidden()
    walk.click("[data-model='masking-80'] .cover")
    expect(covers.first).to_be_hidden()
    expect(walk.locator("#told")).to_contain_text("Masking")
    walk.click("#tries [value='half']")
    walk.click("#tries [value='dots']")  # what was guessed once is not asked again
    expect(covers.first).to_be_hidden()


def test_who_asks_is_shown_the_answers(walk: Page) -> None:
    walk.click("#tries [value='dots']")
    walk.click("#show")
    expect(walk.locator(".cover").first).to_be_hidden()
    expect(walk.locator("#told")).to_be_hidden()


def test_drawing_takes_the_covers_away(walk: Page) -> None:
    walk.click("#tries [value='dots']")
    draw(walk, STROKE)
    expect(walk.locator(".cover").first).to_be_hidden()


def state(page: Page) -> tuple[float, str, list[str]]:
    """The ink that is drawn, the noise that is chosen, and the words."""
    settle(page)
    heard = page.evaluate("() => window.heard.at(-1).ink")
    noise = page.locator("#noises input:checked").input_value()
    return round(heard, 3), noise, page.evaluate(WORDS)


def test_a_step_is_an_entry_of_the_history_and_moves_nothing(walk: Page) -> None:
    draw(walk, STROKE)
    drawn = state(walk)
    entries = walk.evaluate("() => history.length")
    walk.locator(".step[data-noise='salt-and-pepper']").scroll_into_view_if_needed()
    before = walk.evaluate("() => scrollY")
    walk.click(".step[data-noise='salt-and-pepper']")
    assert walk.evaluate("() => scrollY") == before
    assert walk.evaluate("() => history.length") == entries + 1
    assert re.search(r"#chapter=2&draw=.*&noise=salt-and-pepper&level=0.5&answer=salt-and-pepper-50$", walk.url)
    walk.click("#clear")
    draw(walk, ((0.3, 0.5), (0.7, 0.5)))
    stepped = state(walk)
    assert stepped[1] == "salt-and-pepper"
    for _ in range(2):
        walk.go_back()
        wait_for(walk, "() => document.querySelector('#noises input:checked').value === 'none'")
        assert state(walk) == drawn
        walk.go_forward()
        wait_for(walk, "() => document.querySelector('#noises input:checked').value === 'salt-and-pepper'")
        assert state(walk) == stepped
    walk.reload()
    wait_for(walk, LIVE.format(count=4))
    assert state(walk) == stepped


def test_undo_brings_drawing_noise_and_model_back_together(walk: Page) -> None:
    walk.click(".step[data-noise='masking']")
    draw(walk, STROKE)
    before = state(walk)
    walk.click("#tries [value='dots']")
    assert state(walk)[1] == "none"
    expect(walk.locator(".answer.chosen")).to_have_count(0)
    walk.click("#undo")
    assert state(walk) == before
    expect(walk.locator(".answer.chosen")).to_have_attribute("data-model", "masking-80")
    walk.keyboard.press("Control+y")
    assert state(walk)[1] == "none"


def test_each_noise_keeps_its_level(walk: Page) -> None:
    walk.locator("#noises input[value='gaussian']").check(force=True)
    walk.locator("#level").fill("1.6")
    walk.locator("#noises input[value='masking']").check(force=True)
    assert walk.locator("#level").input_value() == "0.8"
    walk.locator("#noises input[value='gaussian']").check(force=True)
    assert walk.locator("#level").input_value() == "1.6"


@pytest.mark.parametrize(
    ("link", "tried", "noise"),
    [
        ("#chapter=1&try=dots", "dots", "none"),
        ("#chapter=2&try=both&noise=masking&level=0.5&answer=masking-80", "both", "masking"),
        ("#chapter=2&try=nothing&noise=nothing&level=x&seed=-3&answer=y&covered=1", "half", "none"),
    ],
)
def test_an_address_sets_the_stage(page: Page, served: str, link: str, tried: str, noise: str) -> None:
    open_walk(page, served + link)
    expect(page.locator(f"#tries [value='{tried}']")).to_have_attribute("aria-pressed", "true")
    assert page.locator("#noises input:checked").input_value() == noise


def test_a_link_that_cannot_be_read_is_said(page: Page, served: str) -> None:
    open_walk(page, served + "#chapter=1&draw=1nonsense!")
    expect(page.locator("#broken")).to_contain_text("cut short or changed")
    expect(page.locator("#tries [value='half']")).to_have_attribute("aria-pressed", "true")


def test_an_empty_pad_has_no_answers_and_says_so(walk: Page) -> None:
    walk.click("#clear")
    settle(walk)
    assert set(walk.evaluate(WORDS)) == {"waits for ink"}
    expect(walk.locator("#pad-hint")).to_be_visible()


def test_a_listener_hears_what_each_answer_adds_and_takes_away(walk: Page) -> None:
    draw(walk, STROKE)
    said = walk.locator("#status")
    expect(said).to_have_text(re.compile(r"Masking 80.?%: adds \d+ of \d+ ink.*; removes \d+\. Salt"))
    assert "NaN" not in (said.text_content() or "")
    walk.locator("#noises input[value='gaussian']").check(force=True)
    expect(said).to_contain_text("Gaussian, variance 0.75")
    draw(walk, ((0.4, 0.8), (0.6, 0.8)))
    expect(said).to_have_text(re.compile("^Noise added: Gaussian.*adds"))


def test_a_file_that_does_not_come_is_said_in_its_box_and_asked_for_again(loud_page: Page, served: str) -> None:
    page = loud_page
    page.route("**/*masking-80*", lambda route: route.fulfill(status=404))
    open_walk(page, served, live=3)
    box = page.locator("[data-model='masking-80']")
    expect(box.locator(".retry")).to_be_visible()
    expect(page.locator(".answer.live")).to_have_count(3)
    page.unroute("**/*masking-80*")
    box.locator(".retry").click()
    expect(page.locator(".answer.live")).to_have_count(4)
    expect(box.locator(".retry")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(390, 664), (360, 740), (768, 1024)])
def test_on_a_narrow_screen_the_stage_stays_as_a_strip(browser: Browser, served: str, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
    page = context.new_page()
    page.add_init_script(SHIFTS)
    open_walk(page, served)
    length = page.evaluate("() => document.documentElement.scrollHeight")
    page.evaluate("() => document.getElementById('chapter=2').scrollIntoView()")
    wait_for(page, "() => document.querySelector('.strip') !== null")
    settle(page)
    assert page.evaluate("() => document.documentElement.scrollHeight") == length
    pad, *answers = page.evaluate(BOXES)
    assert page.evaluate(CUT) == []
    assert pad["width"] >= 120
    assert all(box["width"] >= 56 for box in answers)
    assert all(box["top"] >= 0 and box["bottom"] <= 0.45 * height for box in (pad, *answers))
    touch = Touch(page)
    box = page.locator("#pad").bounding_box()
    assert box
    before = page.evaluate("() => window.heard.at(-1).ink")
    touch.stroke((box["x"] + 20, box["y"] + 100), (box["x"] + 60, box["y"] + 100))
    settle(page)
    assert page.evaluate("() => window.heard.at(-1).ink") > before
    page.evaluate("() => scrollTo(0, 0)")
    wait_for(page, "() => document.querySelector('.strip') === null")
    page.wait_for_timeout(600)
    assert page.evaluate("() => window.shifted") < 0.02, page.evaluate("() => window.moved")
    context.close()


def test_a_low_wide_screen_has_pad_and_answers_beside_the_text(browser: Browser, served: str) -> None:
    page = browser.new_page(viewport={"width": 844, "height": 390})
    open_walk(page, served)
    for selector in ("#pad", "#tries", "#tools", "#undo", "#clear"):
        box = page.locator(selector).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 390, selector
    page.evaluate("() => document.getElementById('chapter=2').scrollIntoView()")
    page.wait_for_timeout(200)
    pad, *answers = page.evaluate(BOXES)
    assert all(box["top"] >= 0 and box["bottom"] <= 390 for box in (pad, *answers))
    page.close()


@pytest.mark.parametrize(("path", "width"), [("", 320), ("ja/", 320), pytest.param("", 1280, marks=pytest.mark.matrix)])
def test_nothing_runs_off_the_side_and_nothing_jumps(browser: Browser, served: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 740})
    page.add_init_script(SHIFTS)
    open_walk(page, served + path)
    page.wait_for_load_state("networkidle")
    draw(page, STROKE)
    page.click("#tries [value='dots']")
    page.wait_for_timeout(600)
    page.click("#show")
    page.wait_for_timeout(600)
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    assert page.evaluate("() => window.shifted") < 0.02, page.evaluate("() => window.moved")
    page.close()


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("path", ["", pytest.param("ja/", marks=pytest.mark.matrix)])
def test_axe_finds_no_violation(browser: Browser, served: str, path: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = open_walk(context.new_page(), served + path)
    page.add_script_tag(path=fetched("axe-core/axe.min.js"))
    for covered in (False, True):
        if covered:
            page.click("#tries [value='dots']")
        for dark in (False, True):
            page.emulate_media(color_scheme="dark" if dark else "light")
            settle(page)
            found = page.evaluate("() => axe.run()")
            assert len(found["passes"]) > 20
            violations = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
            assert violations == [], (covered, dark)
    context.close()


def test_by_keyboard_the_focus_is_always_seen(walk: Page) -> None:
    seen = []
    for _ in range(20):
        walk.keyboard.press("Tab")
        focused = walk.evaluate(FOCUSED)
        assert focused["visible"], focused
        seen.append(focused["name"])
    assert [name for name in seen if name in ("pad", "half", "tool", "undo")] == ["pad", "half", "tool", "undo"]


@pytest.fixture(scope="module")
def silent(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 664}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ["", "ja/"])
def test_without_scripts_every_picture_is_seen_and_no_link_is_dead(silent: Page, served: str, path: str) -> None:
    silent.goto(served + path)
    pictures = silent.locator("svg.picture")
    assert pictures.count() >= 5 + 11  # the first screen; three for each noise and two for none
    for picture in pictures.all():
        expect(picture).to_be_visible()
    for scheme, added in (
        ("light", (217, 95, 2)),
        ("dark", (255, 154, 77)),
    ):  # --added; and the pictures come from a file
        silent.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        completed = silent.locator(".proof").nth(1).locator("figure").last.locator(".picture")
        shot = np.asarray(Image.open(io.BytesIO(completed.screenshot())).convert("RGB"), int)
        assert (np.abs(shot - added).sum(-1) < 30).mean() > 0.01, scheme
    for dead in (".step", "#tries", "#tools", "#noises", "#guess"):
        for one in silent.locator(dead).all():
            expect(one).to_be_hidden()
    expect(silent.locator("noscript p")).to_be_visible()
    assert all(not href.startswith("#") for href in silent.locator("a").evaluate_all("(all) => all.map((a) => a.href)"))


def test_for_a_class_the_stage_fills_the_screen(browser: Browser, served: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    open_walk(page, f"{served}?present")
    for hidden in ("header", "footer", "#chapters"):
        expect(page.locator(hidden)).to_be_hidden()
    boxes = page.evaluate(BOXES)
    assert all(box["bottom"] <= 720 for box in boxes)
    assert boxes[0]["width"] >= 400
    assert not re.search(r"\d", page.locator("#answers").inner_text())
    page.close()


def test_pictures_and_canvases_show_the_same(page: Page, served: str) -> None:
    """The SVG of the build, drawn by the browser, against the canvas of the live answer: within two shades."""
    colours = """(selector) => {
      const { left, top, width, height } = document.querySelector(selector).getBoundingClientRect();
      return { x: left, y: top, width, height };
    }"""
    gate = Gate(page)
    page.goto(served)
    wait_for(page, "() => document.body.classList.contains('ready')")
    shots = {}
    for state_ in ("built", "live"):
        if state_ == "live":
            gate.open()
            wait_for(page, LIVE.format(count=4), seconds=60)
            settle(page)
        clip = page.evaluate(colours, "[data-model='salt-and-pepper-50'] .screen")
        shots[state_] = page.screenshot(clip=clip)
    built, live = (np.asarray(Image.open(io.BytesIO(shots[name])).convert("RGB"), float) for name in ("built", "live"))
    assert np.abs(built - live).mean() < 6
    assert np.percentile(np.abs(built - live), 99) < 60
