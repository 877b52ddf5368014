"""Wall, feedback, units: what each shows is what the models compute."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.reference import cross_entropy, encode, reconstruct
from export.weights import read_weights
from tests.conftest import ROOT
from tests.pad import shown
from tests.visit import NUMBERS, draw, hold, last, open_panel, settle, take_sample, visit, wait_for
from train.config import read_config

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
TEN_STEPS = "() => document.querySelector('#feedback-plain-curve').getAttribute('points').split(' ').length === 11"
HALF = "a.try[href^='#model=masking-80&draw=']"  # half a digit is missing


def losses(page: Page) -> dict[str, int]:
    tiles = page.locator(".tile")
    return {str(tile.get_attribute("data-model")): int(tile.locator(".tile-loss").inner_text()) for tile in tiles.all()}


def see_wall(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 2400})
    visit(page, url)
    draw(page)
    open_panel(page, "wall")
    wait_for(page, NUMBERS)


def test_the_wall_shows_every_model_and_its_cross_entropy(page: Page, served: str) -> None:
    see_wall(page, served)
    page.locator("label", has=page.locator("#fit")).click()  # then what is drawn is what the cross-entropy is against
    answer = last(page)
    told = losses(page)
    assert list(told) != []
    assert set(told) == set(MODELS)
    for name, loss in told.items():
        params = read_weights(ROOT / "weights" / f"{name}.safetensors").params
        assert loss == pytest.approx(float(cross_entropy(reconstruct(params, answer.fed), answer.pixels)), abs=0.6)


def test_a_tile_pressed_before_its_script_came_chooses_its_model(page: Page, served: str) -> None:
    held = hold(page, "**/wall.*.js")
    visit(page, served)
    page.click("#wall > summary")
    page.locator(".tile[data-model='gaussian-050']").click()
    while not held:
        page.wait_for_timeout(20)
    assert last(page).model != "gaussian-050"
    held[0].continue_()
    wait_for(page, "() => window.last.model === 'gaussian-050'")


def test_a_panel_unfolded_before_any_script_came_stays_and_is_filled(page: Page, served: str) -> None:
    held = hold(page, "**/main.*.js")
    page.goto(served + "#open=feedback", wait_until="commit")
    page.click("#wall > summary")
    assert held
    expect(page.locator("#wall")).to_have_attribute("open", "")
    held[0].continue_()
    for name in ("wall", "feedback"):
        expect(page.locator(f"#{name}.ready")).to_have_attribute("open", "")
    wait_for(page, "() => new URLSearchParams(location.hash.slice(1)).get('open') === 'wall.feedback'")


def test_a_panel_is_not_folded_again_by_a_change_at_the_very_moment_it_is_unfolded(page: Page, served: str) -> None:
    page.add_init_script("""
      const [match, lists] = [window.matchMedia, []];
      window.matchMedia = (query) => lists[lists.push(match.call(window, query)) - 1];
      window.recolour = () => lists.forEach((list) => list.dispatchEvent(new Event("change")));
    """)
    visit(page, served)
    page.evaluate("() => { document.querySelector('#feedback > summary').click(); window.recolour(); }")
    expect(page.locator("#feedback.ready")).to_have_attribute("open", "")


@pytest.mark.parametrize("link", ["preset", "address"])
def test_what_is_done_before_the_drawing_of_a_link_has_come_is_not_undone_by_it(
    page: Page, served: str, link: str
) -> None:
    held = hold(page, "**/encoding.*.js")
    visit(page, served)
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


def test_a_preset_keeps_an_unfolded_panel_and_a_link_folds_it(page: Page, served: str) -> None:
    visit(page, served)
    page.evaluate(f'''() => {{
      document.querySelector("#wall > summary").click();
      document.querySelector("{HALF}").click();
    }}''')
    wait_for(page, "() => window.last.pixels.some((ink) => ink > 0)")
    expect(page.locator("#wall.ready")).to_have_attribute("open", "")
    wait_for(page, "() => new URLSearchParams(location.hash.slice(1)).get('open') === 'wall'")
    page.evaluate("() => { location.hash = '#model=none&open=units'; }")
    expect(page.locator("#units.ready")).to_have_attribute("open", "")
    expect(page.locator("#wall")).not_to_have_attribute("open", "")


def test_a_tile_chooses_its_model_and_each_may_have_its_own_noise(page: Page, served: str) -> None:
    see_wall(page, served)
    before = losses(page)
    page.locator(".tile[data-model='gaussian-050']").click()
    wait_for(page, "() => window.last.model === 'gaussian-050'")
    assert page.locator("#model").input_value() == "gaussian-050"
    expect(page.locator(".tile[aria-pressed='true']")).to_have_attribute("data-model", "gaussian-050")
    page.locator("label", has=page.locator("#own")).click()
    settle(page)
    after = losses(page)
    assert after["none"] == before["none"]
    assert all(after[name] != before[name] for name in MODELS if name != "none")


def test_what_cannot_be_seen_is_not_computed(page: Page, served: str) -> None:
    visit(page, served)
    tile = page.locator(".tile[data-model='gaussian-100']")
    told = tile.locator(".tile-loss")
    open_panel(page, "wall")
    draw(page)
    tile.scroll_into_view_if_needed()
    expect(told).to_have_text(re.compile(r"^\d+$"))
    before = told.inner_text()
    page.evaluate("scrollTo(0, 0)")
    expect(tile).not_to_be_in_viewport()
    draw(page, [(0.2, 0.2), (0.8, 0.8)])
    assert told.inner_text() == before
    tile.scroll_into_view_if_needed()
    expect(told).not_to_have_text(before)


def ink(page: Page) -> tuple[int, int]:
    match = re.search(r"(\d+) → (\d+)", page.locator("#feedback-text").inner_text())
    assert match
    return int(match[1]), int(match[2])


def curve(page: Page, which: str) -> list[float]:
    points = page.locator(f"#feedback-{which}-curve").get_attribute("points") or ""
    return [80 - float(point.split(",")[1]) for point in points.split()]


def test_fed_back_masking_fills_in_and_the_plain_autoencoder_does_not(page: Page, served: str) -> None:
    visit(page, served)
    page.locator(HALF).first.click()
    open_panel(page, "feedback")
    page.click("#feedback-10")
    wait_for(page, TEN_STEPS)
    first, now = ink(page)
    chosen, plain = curve(page, "chosen"), curve(page, "plain")
    print(f"ink {first} -> {now}; plain {plain[-1] / plain[0]:.2f} of what it was")
    assert len(chosen) == len(plain) == 11
    assert now > 1.3 * first
    assert plain[-1] < 1.1 * plain[0]
    page.click("#feedback-1")
    assert len(curve(page, "chosen")) == 12
    page.click("#feedback-restart")
    assert len(curve(page, "chosen")) == 1
    page.locator("label", has=page.locator("#noisy")).click()
    page.click("#feedback-run")
    wait_for(
        page, "() => document.querySelector('#feedback-chosen-curve').getAttribute('points').split(' ').length > 3"
    )
    page.click("#feedback-run")
    count = len(curve(page, "chosen"))
    page.wait_for_timeout(400)
    assert len(curve(page, "chosen")) == count
    draw(page)
    assert len(curve(page, "chosen")) == 1


def test_the_plain_autoencoder_catches_up_when_its_weights_come(page: Page, served: str) -> None:
    held = hold(page, "**/none.*.safetensors")
    visit(page, served)
    take_sample(page, 2)
    open_panel(page, "feedback")
    page.click("#feedback-10")
    assert (len(curve(page, "chosen")), len(curve(page, "plain"))) == (11, 1)
    held[0].continue_()
    wait_for(page, TEN_STEPS)
    late = curve(page, "plain")
    page.click("#feedback-restart")
    page.click("#feedback-10")
    assert curve(page, "plain") == late


def test_a_unit_that_is_switched_off_is_missing_from_the_answer(page: Page, served: str) -> None:
    visit(page, served)
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


def test_a_model_that_is_left_is_whole_again_for_the_others(page: Page, served: str) -> None:
    visit(page, f"{served}#model=masking-80&off={'.'.join(map(str, range(100)))}")
    draw(page)
    open_panel(page, "wall")
    page.locator(".tile[data-model='none']").click()
    wait_for(page, "() => window.last.model === 'none'")
    page.evaluate("() => history.replaceState(null, '', '#')")
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    fed = last(page).fed
    code = 1 / (1 + np.exp(-(fed @ params.weight + params.hidden_bias)))
    logits = code @ params.weight.T + params.visible_bias
    expected = (np.maximum(logits, 0) - logits * fed + np.log1p(np.exp(-np.abs(logits)))).sum()
    expect(page.locator(".tile[data-model='masking-80'] .tile-loss")).to_have_text(f"{expected:.0f}")


def test_one_unit_is_shown_in_every_model_and_named(page: Page, served: str) -> None:
    visit(page, served)
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
