"""A frame: once for however many events, one canvas for the wall, and every number told when a stroke ends."""

import pytest
from playwright.sync_api import Page

from export.weights.reference import cross_entropy, reconstruct
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.visit import draw, last, settle, visit, wait_for

STORM = """() => {
  const pad = document.getElementById("pad");
  const { left, top, width } = pad.getBoundingClientRect();
  const send = (type, x) => pad.dispatchEvent(new PointerEvent(type, { pointerId: 1, isPrimary: true, bubbles: true,
    button: type === "pointermove" ? -1 : 0, buttons: 1, pointerType: "mouse", clientX: left + x * width,
    clientY: top + 0.5 * width }));
  pad.setPointerCapture = () => {}; // which knows no pointers made by scripts
  return new Promise((done) => requestAnimationFrame(() => {
    const before = window.answers;
    send("pointerdown", 0.2);
    for (let k = 0; k < 200; k++) send("pointermove", 0.2 + 0.003 * k);
    const meanwhile = window.answers - before;
    requestAnimationFrame(() => requestAnimationFrame(() => done([meanwhile, window.answers - before])));
  }));
}"""
LOSSES = """() => Object.fromEntries([...document.querySelectorAll(".tile")].map(
  (tile) => [tile.dataset.model, tile.querySelector(".tile-loss").textContent]))"""


def test_two_hundred_events_make_one_frame(page: Page, lab: str) -> None:
    visit(page, lab)
    settle(page)
    assert page.evaluate(STORM) == [0, 1]
    assert last(page).pixels.sum() > 20


def test_the_wall_has_one_canvas_and_tells_every_number_when_the_stroke_ends(page: Page, lab: str) -> None:
    visit(page, lab)
    assert page.locator("#wall canvas").count() == 1
    page.locator("label", has=page.locator("#fit")).click()  # then what is drawn is what the cross-entropy is against
    page.locator("#noises label", has=page.locator("input[value='masking']")).click()
    for tile in page.locator(".tile").all():  # each in float32
        tile.click()
        wait_for(page, f"() => window.last.model === '{tile.get_attribute('data-model')}'")
        wait_for(page, "() => window.last.precision === 'float32'")
    wait_for(page, "() => [...document.querySelectorAll('.tile-loss')].every((tile) => tile.textContent === '–')")
    draw(page)
    answer = last(page)
    for name, loss in page.evaluate(LOSSES).items():
        params = read_weights(ROOT / "weights" / f"{name}.safetensors").params
        expected = float(cross_entropy(reconstruct(params, answer.fed), answer.pixels))
        assert float(loss) == pytest.approx(expected, abs=0.6), name
