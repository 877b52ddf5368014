"""What a visitor did is kept: levels by noise, strokes before the scripts, links that are cut, what a link had set."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from export.draw.strokes import Stroke, encode_strokes, read_samples, render
from workshop.checkout import ROOT
from workshop.pad import PLAIN, mouse, place, shown
from workshop.visit import draw, last, settle, take_sample, visit, wait_for

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
THREE = encode_strokes(SAMPLES[3].strokes)


def choose_noise(page: Page, noise: str) -> None:
    page.locator("#noises label", has=page.locator(f"input[value='{noise}']")).click()


def test_each_noise_remembers_its_own_level(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    choose_noise(page, "gaussian")
    page.locator("#level").fill("1.6")
    choose_noise(page, "masking")
    expect(page.locator("#level")).to_have_value("0.5")
    page.locator("#level").fill("0.3")
    choose_noise(page, "gaussian")
    expect(page.locator("#level")).to_have_value("1.6")
    choose_noise(page, "masking")
    expect(page.locator("#level")).to_have_value("0.3")


def test_an_empty_pad_with_noise_has_an_answer(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    expect(page.locator("#answer-hint")).to_be_visible()
    choose_noise(page, "salt-and-pepper")
    expect(page.locator("#answer-hint")).to_be_hidden()
    answer = last(page)
    assert answer.pixels.max() == 0
    assert np.abs(shown(page, "reconstruction").ravel() - answer.reconstruction).max() < 0.01
    assert float(page.locator("#loss").inner_text()) > 0


@pytest.mark.parametrize("end", [".", "),", "。", "…"])
def test_a_link_at_the_end_of_a_sentence_is_whole(page: Page, lab: str, end: str) -> None:
    visit(page, f"{lab}#model=masking-80&fit=0&draw={THREE}{end}")
    assert np.abs(last(page).pixels - render(SAMPLES[3].strokes, 28)).max() < 1e-6
    expect(page.locator("#broken")).to_contain_text("cut short or changed")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_of_a_link_that_was_cut_what_can_be_read_is_kept_and_said(page: Page, lab: str, share: float) -> None:
    visit(page, f"{lab}#model=masking-80&fit=0&draw={THREE[: round(share * len(THREE))]}")
    answer = last(page)
    whole = render(SAMPLES[3].strokes, 28)
    assert 0.5 * share * whole.sum() < answer.pixels.sum() <= whole.sum()
    assert (answer.pixels <= whole + 1e-6).all()
    expect(page.locator("#broken")).to_contain_text("cut short or changed")


def test_what_a_link_leaves_out_of_a_long_drawing_is_said(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    take_sample(page, 3)
    page.locator("#share button[value='link']").click()
    expect(page.locator("#shared-text")).not_to_contain_text("too long")
    rows = [[(x, row + (1.7 if x % 2 else 0)) for x in range(2, 27)] for row in range(5, 25, 2)]
    scrawl = encode_strokes([Stroke("soft", np.array(row)) for row in (rows + rows)[:-2]])
    visit(page, f"{lab}{PLAIN}&draw={scrawl}")
    for row in rows[:2]:
        mouse(page, *row)
    page.locator("#share button[value='link']").click()
    expect(page.locator("#shared-text")).to_contain_text("too long for a link")


def test_an_example_and_undo_bring_drawing_noise_and_model_back_together(page: Page, lab: str) -> None:
    visit(page, lab + "#model=none&noise=gaussian&level=1.2")
    take_sample(page, 4)
    before = last(page)
    page.evaluate("(hash) => { location.hash = hash; }", f"#model=masking-80&draw={THREE}")
    wait_for(page, "() => window.last.model === 'masking-80'")
    page.locator("#noises label", has=page.locator("input[value='masking']")).click()
    page.click("#undo")
    wait_for(page, "() => window.last.model === 'none'")
    expect(page.locator("#model")).to_have_value("none")
    expect(page.locator("#level")).to_have_value("1.2")
    assert (last(page).fed == before.fed).all()
    page.click("#redo")
    wait_for(page, "() => window.last.model === 'masking-80'")
    expect(page.locator("#noises input[value='masking']")).to_be_checked()


def test_a_stroke_that_was_released_elsewhere_does_not_go_on(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    page.evaluate(
        """() => { for (const type of ["pointerup", "lostpointercapture"])
          addEventListener(type, (event) => event.stopImmediatePropagation(), { capture: true, once: true }); }"""
    )
    page.mouse.move(*place(page, 6, 6))
    page.mouse.down()
    page.mouse.move(*place(page, 10, 6))
    page.mouse.up()
    before = last(page).pixels.sum()
    page.mouse.move(*place(page, 20, 20))
    page.mouse.move(*place(page, 6, 20))
    assert last(page).pixels.sum() == before
    draw(page)  # and the next one does
    assert last(page).pixels.sum() > before


@pytest.mark.parametrize(("key", "code", "undoes"), [("я", "KeyZ", True), ("z", "KeyW", True), ("w", "KeyZ", False)])
def test_shortcuts_go_by_the_letter_or_by_the_key_where_it_has_none(
    page: Page, lab: str, key: str, code: str, undoes: bool
) -> None:
    visit(page, lab + PLAIN)
    draw(page)
    init = {"key": key, "code": code, "ctrlKey": True, "bubbles": True, "cancelable": True}
    page.evaluate("(init) => document.body.dispatchEvent(new KeyboardEvent('keydown', init))", init)
    settle(page)
    assert (last(page).pixels.sum() == 0) == undoes


def test_what_is_drawn_before_the_scripts_have_come_is_kept(page: Page, lab: str) -> None:
    waiting: list[Route] = []
    page.route(re.compile(r"/assets/lab\.[0-9a-f]+\.js$"), lambda route: waiting.append(route))
    page.goto(lab + PLAIN, wait_until="commit")
    page.locator("#pad").wait_for()
    page.mouse.move(*place(page, 6, 8))
    page.mouse.down()
    page.mouse.move(*place(page, 20, 8), steps=5)
    page.mouse.up()
    for route in waiting:
        route.continue_()
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "false")
    wait_for(page, "() => location.hash.includes('draw=')")
    assert "draw" in parse_qs(urlsplit(page.url).fragment)
    assert shown(page, "pad")[8, 7:19].min() > 0.9


def test_the_number_compares_only_where_it_is_known_what_is_right(page: Page, lab: str) -> None:
    visit(page, lab + "#model=masking-80")
    take_sample(page, 3)
    answer = last(page)
    expect(page.locator("#loss-row")).to_be_hidden()
    change = answer.reconstruction - answer.fed
    expect(page.locator("#change")).to_have_text(
        f"+{np.maximum(change, 0).sum():.0f} −{np.maximum(-change, 0).sum():.0f}"
    )
    choose_noise(page, "masking")
    expect(page.locator("#loss-row")).to_be_visible()
    expect(page.locator("#change-row")).to_be_hidden()
    choose_noise(page, "none")
    page.locator("#tools label", has=page.locator("input[value='hole']")).click()
    mouse(page, (4, 20), (24, 20))
    expect(page.locator("#loss-row")).to_be_visible()


def test_the_number_is_a_number_whatever_is_drawn(page: Page, lab: str) -> None:
    visit(page, lab + "#model=none&fit=0&noise=masking&level=0.01")
    page.locator("#tools label", has=page.locator("input[value='hard']")).click()
    ends = (0.3, 27.7)
    mouse(page, *((x, row + 0.5) for row in range(28) for x in (ends if row % 2 == 0 else ends[::-1])))
    for model in ("none", "gaussian-025", "salt-and-pepper-25"):
        page.select_option("#model", model)
        wait_for(page, f"() => window.last.model === '{model}'")
        assert np.isfinite(float(page.locator("#loss").inner_text()))
