"""Teach it yourself, in chapter 4: signs drawn by the visitor, learned at once, kept, and forgotten."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from export.weights.weights_file import read_weights
from tests.test_few_js import count_right, fit
from tests.test_walk import FOUR
from workshop.checkout import ROOT
from workshop.matrix import in_matrix
from workshop.visit import Points, draw, visit, wait_for

Pixels = NDArray[np.float32]
LINE: Points = ((0.3, 0.5), (0.7, 0.5))
HOOK: Points = ((0.3, 0.3), (0.3, 0.7), (0.7, 0.7))
ROOF: Points = ((0.3, 0.7), (0.5, 0.3), (0.7, 0.7))
FED = """() => document.addEventListener("reconstruct", ({ detail }) => {
  window.fed = Array.from(detail.fed);
  window.precisions = { ...window.precisions, [detail.model]: detail.precision };
})"""
COMPLETED = "() => Object.values(window.precisions).filter((one) => one === 'float32').length === 4"
LIVE = "() => document.querySelectorAll('.answer.live').length === 4"
ROWS = """() => [...document.querySelectorAll("#taught tbody tr")].map((row) =>
  [...row.cells].slice(1).map((cell) => cell.textContent))"""
CELLS = ROWS.removeprefix("() => ")


def begin(page: Page, url: str, *, width: int = 1280, height: int = 720) -> Page:
    page.set_viewport_size({"width": width, "height": height})
    visit(page, url)
    wait_for(page, LIVE)
    page.evaluate("() => document.getElementById('chapter=4').scrollIntoView()")
    wait_for(page, "() => document.querySelector('#signs svg') || document.getElementById('labels').ariaValueText")
    page.evaluate("() => document.getElementById('teaching').scrollIntoView({ block: 'center' })")
    return page


def show(page: Page, points: Points, shift: float = 0) -> None:
    draw(page, [(x + shift, y + shift / 2) for x, y in points])


def teach(page: Page, points: Points, sign: int, shift: float = 0) -> None:
    show(page, points, shift)
    page.click(f"[data-sign='{sign}']")


def taught(page: Page, *expected: int) -> None:
    """Examples of each sign: they are shown in the next frame."""
    counted = "[...document.querySelectorAll('#signs ul')].map((one) => one.children.length)"
    wait_for(page, f"() => String({counted}) === '{','.join(map(str, expected))}'")


def reads(page: Page, word: str) -> None:
    wait_for(page, f"() => {CELLS}.every(([word]) => word === {json.dumps(word)})")


def encode(name: str, pixels: Pixels) -> Pixels:
    """The codes of one of the four; the pixels themselves where it has no name."""
    if not name:
        return pixels
    params = read_weights(ROOT / "weights" / f"{name}.safetensors").params
    codes: Pixels = 0.5 + 0.5 * np.tanh((pixels @ np.asarray(params.weight) + np.asarray(params.hidden_bias)) / 2)
    return codes


def test_signs_are_learned_at_once_by_the_codes_and_the_pixels(page: Page, served: str) -> None:
    begin(page, served)
    page.evaluate(FED)
    shown = [(LINE, 0, 0.0), (HOOK, 1, 0.0), (LINE, 0, 0.06), (HOOK, 1, 0.05), (ROOF, 2, 0.0), (ROOF, 2, -0.05)]
    fed = []
    for points, sign, shift in shown:
        show(page, points, shift)
        fed.append(page.evaluate("() => window.fed"))
        page.click(f"[data-sign='{sign}']")
    pixels = np.array(fed, np.float32)
    taught(page, 2, 2, 2)
    show(page, HOOK, 0.02)
    asked = np.array(page.evaluate("() => window.fed"), np.float32)
    wait_for(page, COMPLETED)
    wait_for(page, f"() => {CELLS}.every(([word]) => word)")
    signs = np.array([sign for _, sign, _ in shown])
    for name, row in zip((*FOUR, ""), page.evaluate(ROWS), strict=True):
        codes, code = encode(name, pixels), encode(name, asked[None])
        (scores,) = fit(codes, signs, 3).predict(code.astype(np.float64))
        assert row[0] == "ABC"[scores.argmax()], name
        counted = count_right(codes, signs, 3, 1)
        assert row[1:] == [f"{counted['right']}/{counted['asked']}", "–", "–"], name
    reads(page, "B")
    expect(page.locator("#taught-best")).to_contain_text(re.compile(r"^(Learned most from|From) 1 of each"))
    expect(page.locator("#status")).to_contain_text("Bare pixels: B.")


def test_one_begins_with_an_empty_pad(page: Page, served: str) -> None:
    begin(page, served)
    page.get_by_role("button", name="Begin with an empty pad").click()
    expect(page.locator("#empty-pad")).to_be_hidden()
    wait_for(page, "() => new URLSearchParams(location.hash.slice(1)).get('draw') === ''")
    page.click("#undo")
    expect(page.locator("#empty-pad")).to_be_visible()
    expect(page.locator("#tries button >> nth=0")).to_have_attribute("aria-pressed", "true")


def test_undo_brings_back_the_drawing_and_takes_the_example_away(page: Page, served: str) -> None:
    begin(page, served)
    show(page, LINE)
    before = page.evaluate("() => location.hash")
    page.click("[data-sign='0']")
    taught(page, 1, 0, 0)
    expect(page.locator("#taught-told")).to_have_text("A: 1. Draw the next one.")
    expect(page.locator("#taught")).to_be_hidden()
    page.click("#undo")
    wait_for(page, "() => document.querySelectorAll('#signs li').length === 0")
    assert page.evaluate("() => location.hash") == before
    page.keyboard.press("Control+Shift+z")
    wait_for(page, "() => document.querySelectorAll('#signs li').length === 1")


def test_an_example_is_taken_away_and_all_are_forgotten(page: Page, served: str) -> None:
    begin(page, served)
    for sign, points in enumerate((LINE, HOOK, ROOF)):
        teach(page, points, sign)
    expect(page.locator("#taught")).to_be_visible()
    page.get_by_role("button", name="B, number 1: take it away").click()
    taught(page, 1, 0, 1)
    expect(page.locator("#status")).to_have_text("One of B is taken away.")
    show(page, ROOF)
    reads(page, "C")
    page.get_by_role("button", name="Forget signs").click()
    taught(page, 0, 0, 0)
    expect(page.locator("#taught")).to_be_hidden()
    expect(page.get_by_role("button", name="Forget signs")).to_be_disabled()
    assert "taught=" not in page.evaluate("() => location.hash")


def test_what_was_taught_is_in_the_address_and_survives_a_reload(page: Page, served: str) -> None:
    begin(page, served)
    for sign, points in enumerate((LINE, HOOK)):
        teach(page, points, sign)
        teach(page, points, sign, 0.04)
    expect(page.locator("#taught-kept")).to_contain_text("kept in this page's address")
    wait_for(page, "() => location.hash.includes('taught=')")
    link = page.evaluate("() => location.href")
    page.goto("about:blank")
    begin(page, link)
    wait_for(page, "() => document.querySelectorAll('#signs li').length === 4")
    show(page, HOOK)
    reads(page, "B")
    page.click("#tries button >> nth=1")
    page.evaluate("() => document.getElementById('teaching').scrollIntoView({ block: 'center' })")
    taught(page, 2, 2, 0)  # a try keeps them
    page.goto("about:blank")
    visit(page, link[:-2])
    expect(page.locator("#broken")).to_contain_text("This link was cut short or changed.")


def test_what_is_too_long_for_the_address_is_said_and_kept_in_a_file(page: Page, served: str, tmp_path: Path) -> None:
    begin(page, served)
    scrawl = [(0.5 + 0.35 * np.cos(k) * (k % 5) / 4, 0.5 + 0.35 * np.sin(1.7 * k)) for k in range(40)]
    for sign in [0] * 8 + [1] * 8:
        draw(page, scrawl, steps=1)
        page.click(f"[data-sign='{sign}']")
    expect(page.locator("#taught-kept")).to_contain_text("too many for the address")
    assert "taught=" not in page.evaluate("() => location.hash")
    teach(page, LINE, 0)
    expect(page.locator("#taught-told")).to_have_text("8 of A are enough. Tap one to take it away.")
    page.reload()
    page.evaluate("() => document.getElementById('teaching').scrollIntoView({ block: 'center' })")
    wait_for(page, "() => document.querySelectorAll('#signs li').length === 16")
    taught(page, 8, 8, 0)  # the tab keeps them
    with page.expect_download() as download:
        page.get_by_role("button", name="Save signs").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert json.loads(saved.read_text())["format"] == "dae-signs/1"
    page.get_by_role("button", name="Forget signs").click()
    page.set_input_files("#open-signs", saved)
    wait_for(page, "() => document.querySelectorAll('#signs li').length === 16")
    expect(page.locator("#taught-told")).to_have_text("signs.json: signs opened, 16 examples.")


@pytest.mark.parametrize(
    "text",
    [
        *("null", '{"format": "dae-signs/2", "signs": "a1AAII"}'),
        *in_matrix(("", "[]", "x" * 200_000)),
    ],
)
def test_another_file_changes_nothing(page: Page, served: str, tmp_path: Path, text: str) -> None:
    begin(page, served)
    teach(page, LINE, 0)
    (tmp_path / "other.json").write_text(text)
    page.set_input_files("#open-signs", tmp_path / "other.json")
    expect(page.locator("#taught-told")).to_contain_text("other.json: expected signs that this page saved")
    taught(page, 1, 0, 0)


def test_an_empty_pad_teaches_nothing(page: Page, served: str) -> None:
    begin(page, served)
    page.click("#clear")
    page.click("[data-sign='0']")
    taught(page, 0, 0, 0)
    expect(page.locator("#status")).to_have_text("Draw a sign first.")


def test_on_a_phone_one_draws_on_the_strip_beside_it(page: Page, served: str) -> None:
    begin(page, served, width=390, height=664)
    for sign, points in enumerate((LINE, HOOK)):
        box = page.locator("#pad").bounding_box()
        assert box
        assert box["y"] >= 0
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()
        button = page.locator(f"[data-sign='{sign}']")
        expect(button).to_be_in_viewport()
        button.click()
    taught(page, 1, 1, 0)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
