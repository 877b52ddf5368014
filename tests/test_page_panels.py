"""Feedback and units: what each shows is what the models compute."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.weights.reference import encode
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.pad import shown
from workshop.visit import draw, hold, last, open_panel, visit, wait_for

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
HALF = "a.try[href^='#model=masking-80&draw=']"  # half a digit is missing


def noisy(page: Page) -> None:
    """Then it is known what would be right, and the numbers compare with it."""
    page.locator("label", has=page.locator("#fit")).click()
    page.locator("#noises label", has=page.locator("input[value='masking']")).click()


def test_a_panel_unfolded_before_any_script_came_stays_and_is_filled(page: Page, lab: str) -> None:
    held = hold(page, "**/assets/lab.*.js")
    page.goto(lab + "#open=feedback", wait_until="commit")
    page.click("#units > summary")
    assert held
    expect(page.locator("#units")).to_have_attribute("open", "")
    held[0].continue_()
    for name in ("units", "feedback"):
        expect(page.locator(f"#{name}.ready")).to_have_attribute("open", "")
    wait_for(page, "() => new URLSearchParams(location.hash.slice(1)).get('open') === 'feedback.units'")


def test_a_panel_is_not_folded_again_by_a_change_at_the_very_moment_it_is_unfolded(page: Page, lab: str) -> None:
    page.add_init_script("""
      const [match, lists] = [window.matchMedia, []];
      window.matchMedia = (query) => lists[lists.push(match.call(window, query)) - 1];
      window.recolour = () => lists.forEach((list) => list.dispatchEvent(new Event("change")));
    """)
    visit(page, lab)
    page.evaluate("() => { document.querySelector('#feedback > summary').click(); window.recolour(); }")
    expect(page.locator("#feedback.ready")).to_have_attribute("open", "")


@pytest.mark.parametrize("link", ["preset", "address"])
def test_what_is_done_before_the_drawing_of_a_link_has_come_is_not_undone_by_it(
    page: Page, lab: str, link: str
) -> None:
    held = hold(page, "**/draw-encoding.*.js")
    visit(page, lab)
    if link == "preset":
        page.locator(HALF).first.click()
    else:
        page.evaluate("hash => { location.hash = hash; }", page.locator(HALF).first.get_attribute("href"))
    expect(page.locator("#model")).to_have_value("masking-80")
    page.click("#feedback > summary")
    page.select_option("#model", "gaussian-050")
    expect(page.locator("#feedback.ready")).to_have_attribute("open", "")
    assert held
    assert not last(page).pixels.any()
    held[0].continue_()
    wait_for(page, "() => window.last.pixels.some((ink) => ink > 0)")
    expect(page.locator("#feedback")).to_have_attribute("open", "")
    assert last(page).model == page.input_value("#model") == "gaussian-050"
    wait_for(page, "() => /model=gaussian-050&draw=.+&open=feedback$/.test(location.hash)")


def test_a_preset_keeps_an_unfolded_panel_and_a_link_folds_it(page: Page, lab: str) -> None:
    visit(page, lab)
    page.evaluate(f'''() => {{
      document.querySelector("#feedback > summary").click();
      document.querySelector("{HALF}").click();
    }}''')
    wait_for(page, "() => window.last.pixels.some((ink) => ink > 0)")
    expect(page.locator("#feedback.ready")).to_have_attribute("open", "")
    wait_for(page, "() => new URLSearchParams(location.hash.slice(1)).get('open') === 'feedback'")
    page.evaluate("() => { location.hash = '#model=none&open=units'; }")
    expect(page.locator("#units.ready")).to_have_attribute("open", "")
    expect(page.locator("#feedback")).not_to_have_attribute("open", "")


def ink(page: Page) -> tuple[int, int]:
    match = re.search(r"(\d+) → (\d+)", page.locator("#feedback-text").inner_text())
    assert match
    return int(match[1]), int(match[2])


def steps(page: Page, count: int) -> None:
    wait_for(page, f"() => /^Step {count}\\./.test(document.querySelector('#feedback-text').textContent)")


def switch(page: Page, name: str) -> None:
    page.locator("label", has=page.locator(f"#{name}")).click()


def test_fed_back_masking_fills_in_and_the_plain_autoencoder_does_not(page: Page, lab: str) -> None:
    visit(page, lab)
    page.locator(HALF).first.click()
    open_panel(page, "feedback")
    for name in ("noisy", "sampled", "clamped"):
        switch(page, name)
    page.click("#feedback-10")
    steps(page, 10)
    first, now = ink(page)
    print(f"ink {first} -> {now}")
    assert now > 1.3 * first
    assert shown(page, "feedback-picture")[:28, :28].tolist() == shown(page, "feedback-picture")[-28:, -28:].tolist()
    page.click("#feedback-1")
    steps(page, 11)
    page.select_option("#model", "none")
    steps(page, 0)
    page.click("#feedback-10")
    steps(page, 10)
    first, now = ink(page)
    assert now < 1.1 * first


def test_chains_part_ways_run_until_they_are_stopped_and_begin_anew(page: Page, lab: str) -> None:
    visit(page, lab)
    page.locator(HALF).first.click()
    open_panel(page, "feedback")
    expect(page.locator("#feedback-text")).to_contain_text("all but what is hidden")
    page.click("#feedback-10")
    steps(page, 10)
    picture = shown(page, "feedback-picture")
    parts = [
        picture[29 * row : 29 * row + 28, 29 * column : 29 * column + 28] for row in range(3) for column in range(3)
    ]
    assert all((parts[0] != other).any() for other in parts[1:])
    assert all((parts[0][:12] == other[:12]).all() for other in parts[1:])  # the upper half is held
    switch(page, "mean")
    assert (shown(page, "feedback-picture") != picture).any()
    page.click("#feedback-run")
    wait_for(page, "() => /^Step 1[2-9]/.test(document.querySelector('#feedback-text').textContent)")
    page.click("#feedback-run")
    text = page.locator("#feedback-text").inner_text()
    page.wait_for_timeout(300)
    assert page.locator("#feedback-text").inner_text() == text
    page.click("#feedback-empty")
    steps(page, 0)
    expect(page.locator("#feedback-text")).to_contain_text("Held: nothing")
    draw(page)
    steps(page, 0)
    wait_for(page, "() => location.hash.includes('mean=1')")


def test_a_unit_that_is_switched_off_is_missing_from_the_answer(page: Page, lab: str) -> None:
    visit(page, lab)
    draw(page)
    open_panel(page, "units")
    active = page.locator("#units-active button:visible")
    expect(active).to_have_count(12)
    whole = last(page)
    params = read_weights(ROOT / "weights" / f"{whole.model}.safetensors").params
    code = encode(params, whole.fed)
    added = code * (whole.fed @ params.weight)
    names = [int(name) for name in active.locator("span").all_inner_texts()]
    assert sorted(names) == sorted(np.argsort(added)[-12:].tolist())
    unit = names[0]
    active.first.click()
    code[unit] = 0
    without = 1 / (1 + np.exp(-(code @ params.weight.T + params.visible_bias)))
    assert np.abs(last(page).reconstruction - without).max() < 1e-5
    assert np.abs(without - whole.reconstruction).max() > 1e-3
    expect(active.first).to_have_text(str(unit))  # it stays where it is, beside the twelve at work
    expect(active.first).to_have_attribute("aria-pressed", "true")
    expect(active).to_have_count(13)
    expect(page.locator("#status")).to_have_text(f"Unit {unit} is off.")
    wait_for(page, f"() => location.hash.includes('off={unit}')")
    assert np.abs(shown(page, "units-answer").ravel() - without).max() < 0.01
    lost = shown(page, "units-lost").ravel()  # orange is ink, and less red than paper
    assert lost[whole.reconstruction - without > 0.2].min() > lost[np.abs(whole.reconstruction - without) < 0.01].max()
    page.click("#units-on")
    expect(page.locator("#units-effect")).to_be_hidden()
    assert np.abs(last(page).reconstruction - whole.reconstruction).max() < 1e-6
    active.first.click()
    active.first.click()
    expect(page.locator("#status")).to_have_text(f"Unit {unit} is on again.")
    assert np.abs(last(page).reconstruction - whole.reconstruction).max() < 1e-6


def test_a_model_that_is_left_is_whole_again_for_the_others(page: Page, lab: str) -> None:
    visit(page, f"{lab}#model=masking-80&off={'.'.join(map(str, range(100)))}")
    draw(page)
    page.locator(".tile[data-model='none']").click()
    wait_for(page, "() => window.last.model === 'none'")
    page.evaluate("() => history.replaceState(null, '', '#')")
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    noisy(page)
    answer = last(page)
    fed = answer.fed
    code = 1 / (1 + np.exp(-(fed @ params.weight + params.hidden_bias)))
    logits = code @ params.weight.T + params.visible_bias
    expected = (np.maximum(logits, 0) - logits * answer.pixels + np.log1p(np.exp(-np.abs(logits)))).sum()
    expect(page.locator(".tile[data-model='masking-80'] .tile-loss")).to_have_text(f"{expected:.0f}")


def test_one_unit_is_shown_in_every_model_and_named(page: Page, lab: str) -> None:
    visit(page, lab)
    draw(page)
    open_panel(page, "units")
    page.locator("#units-sheet").click(position={"x": 20, "y": 20})
    patterns = page.locator("#units-everywhere .pattern")
    expect(patterns).to_have_count(len(MODELS))
    wait_for(page, "() => [...document.querySelectorAll('#units-everywhere .pattern')].every((e) => e.textContent)")
    assert page.locator("#units-number").input_value() == "0"
    assert set(patterns.all_inner_texts()) <= {"a blob", "a stroke", "as large as a digit", "nothing that stands out"}
    page.fill("#units-number", "44")
    page.press("#units-number", "Enter")
    expect(page.locator("#units-compare-title")).to_have_text("Unit 44 in every model")
