"""Noise on the page: what is fed is the drawing under the noise that training defines, and each model likes its own."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.weights.reference import cross_entropy, reconstruct
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.matrix import in_matrix
from workshop.pad import PLAIN, Pixels, mouse, place, shown
from workshop.visit import Answer, draw, last, settle, take_sample, visit, wait_for

SPECS = {spec.name: spec for spec in read_config(ROOT / "models.toml").models}
NOISY = [name for name in SPECS if name != "none"]
ALWAYS = ("masking-80", "salt-and-pepper-50", "gaussian-075")  # the others in the matrix
HATCHED = """() => {
  const canvas = document.getElementById("holes");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const side = canvas.width / 28;
  return Array.from({ length: 784 }, (_, k) => {
    const { data } = copy.getImageData(side * (k % 28), side * Math.floor(k / 28), side, side);
    return data.filter((value, at) => at % 4 === 3 && value > 0).length > side ? 1 : 0;
  });
}"""


COLOUR = """() => {
  const canvas = document.getElementById("reconstruction");
  const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return Array.from(copy.getImageData(0, 0, 28, 28).data).filter((_, k) => k % 4 < 3);
}"""


def choose_noise(page: Page, noise: str, level: float | None = None) -> None:
    page.locator("#noises label", has=page.locator(f"input[value='{noise}']")).click()
    if level is not None:
        page.locator("#level").fill(str(level))


def half(page: Page) -> None:
    """Ink the upper half of the pad wholly, so that either value has its share."""
    page.locator("#tools label", has=page.locator("input[value='hard']")).click()
    ends = (0.3, 27.7)
    mouse(page, *((x, row + 0.5) for row in range(14) for x in (ends if row % 2 == 0 else ends[::-1])))
    assert last(page).pixels.sum() == 14 * 28


def see_fed(page: Page) -> Answer:
    """What the page feeds, which must be what it shows that it feeds."""
    answer = last(page)
    assert np.abs(shown(page, "fed").ravel() - np.clip(answer.fed, 0, 1)).max() < 0.01
    return answer


def test_each_noise_does_what_it_does_in_training(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    half(page)
    see_fed(page)
    assert (last(page).fed == last(page).pixels).all()
    slack = 4 * 0.5 / 784**0.5  # four standard deviations of a share of 784 pixels

    choose_noise(page, "masking", 0.3)
    answer = see_fed(page)
    lower, upper = answer.fed[392:], answer.fed[:392]
    assert (lower == 0).all()
    assert set(upper) == {0, 1}
    assert np.mean(upper == 0) == pytest.approx(0.3, abs=slack * 2**0.5)

    choose_noise(page, "salt-and-pepper", 0.6)
    answer = see_fed(page)
    assert set(answer.fed) == {0, 1}
    assert np.mean(answer.fed[:392] == 0) == pytest.approx(0.3, abs=slack * 2**0.5)  # half of 60 % are set to 0
    assert np.mean(answer.fed[392:] == 1) == pytest.approx(0.3, abs=slack * 2**0.5)  # and half to 1

    choose_noise(page, "gaussian", 0.5)
    answer = see_fed(page)
    added = answer.fed - answer.pixels
    assert added.mean() == pytest.approx(0, abs=4 * 0.5**0.5 / 28)
    assert added.var() == pytest.approx(0.5, abs=4 * 0.5 * (2 / 784) ** 0.5)  # the level is the variance
    assert abs(np.corrcoef(added[1:], added[:-1])[0, 1]) < 4 / 28  # no pixel knows of the one before


def test_at_the_ends_a_noise_does_nothing_or_all(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    half(page)
    for noise in ("masking", "salt-and-pepper", "gaussian"):
        choose_noise(page, noise, 0)
        answer = see_fed(page)
        assert (answer.fed == answer.pixels).all(), noise
    choose_noise(page, "masking", 1)
    assert see_fed(page).fed.max() == 0
    choose_noise(page, "salt-and-pepper", 1)
    assert np.mean(see_fed(page).fed) == pytest.approx(0.5, abs=4 * 0.5 / 28)
    expect(page.locator("#level-text")).to_have_text("100% of the pixels")


def test_noise_keeps_still_until_new_noise_is_asked_for(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    choose_noise(page, "gaussian", 0.5)
    first = last(page)
    draw(page)
    drawn = last(page)
    assert np.abs((drawn.fed - drawn.pixels) - (first.fed - first.pixels)).max() < 1e-6
    page.click("#again")
    again = last(page)
    assert np.mean(np.abs(again.fed - drawn.fed) > 1e-3) > 0.9
    wait_for(page, "() => location.hash.includes('seed=2')")
    page.reload()
    wait_for(page, "() => window.answers > 0")
    assert (last(page).fed == again.fed).all()  # the seed is all there is to it


def test_new_noise_comes_by_itself_a_few_times_a_second(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    draw(page)
    choose_noise(page, "masking", 0.5)
    page.locator("label", has=page.locator("#repeat")).click()
    before = page.evaluate("() => window.answers")
    page.wait_for_timeout(3000)
    answers = page.evaluate("() => window.answers") - before
    assert 5 <= answers <= 15
    page.locator("label", has=page.locator("#repeat")).click()
    settle(page)
    still = last(page)
    page.wait_for_timeout(600)
    assert (last(page).fed == still.fed).all()


def test_nothing_moves_by_itself_for_those_who_ask_for_rest(page: Page, lab: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, lab + PLAIN + "&noise=gaussian&level=0.5&repeat=1")
    draw(page)
    expect(page.locator("#repeat")).to_be_disabled()
    settle(page)
    before = last(page)
    answers = page.evaluate("() => window.answers")
    page.wait_for_timeout(1000)
    assert page.evaluate("() => window.answers") == answers
    page.click("#again")  # what is asked for is done
    assert (last(page).fed != before.fed).any()


def test_as_trained_follows_the_chosen_model(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    half(page)
    choose_noise(page, "trained")
    expect(page.locator("#level")).to_be_disabled()
    shares = {}
    for name in ("masking-25", "masking-80", "salt-and-pepper-50", "gaussian-075", "none"):
        page.select_option("#model", name)
        wait_for(page, f"() => window.last.model === '{name}'")
        answer = see_fed(page)
        shares[name] = (
            np.mean(answer.fed[:392] == 0),
            np.mean(answer.fed[392:] == 1),
            (answer.fed - answer.pixels).var(),
        )
    slack = 4 * 0.5 / 392**0.5
    assert shares["masking-25"][0] == pytest.approx(0.25, abs=slack)
    assert shares["masking-80"][0] == pytest.approx(0.8, abs=slack)
    assert shares["salt-and-pepper-50"][1] == pytest.approx(0.25, abs=slack)
    assert shares["gaussian-075"][2] == pytest.approx(0.75, rel=0.25)
    assert shares["none"] == (0, 0, 0)


def test_holes_are_hatched_and_fed_as_nothing(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    take_sample(page, 3)
    ink = last(page).pixels
    page.locator("#tools label", has=page.locator("input[value='hole']")).click()
    mouse(page, (4, 17), (24, 17), (4, 20), (24, 20), (4, 23), (24, 23))
    wait_for(page, f"() => ({HATCHED})().includes(1)")
    hatched: Pixels = np.array(page.evaluate(HATCHED), np.float64)
    answer = see_fed(page)
    assert (answer.pixels == ink).all()  # the ink is still there, only nobody sees it
    assert hatched.reshape(28, 28)[17:23, 6:22].min() == 1
    assert hatched.reshape(28, 28)[:13].max() == 0
    assert (answer.fed == np.where(hatched == 1, 0, ink)).all()
    lower = np.zeros((28, 28), bool)
    lower[18:23, 6:22] = True
    restored = {}
    for name in ("masking-80", "none"):
        page.select_option("#model", name)
        wait_for(page, f"() => window.last.model === '{name}'")
        restored[name] = last(page).reconstruction[lower.ravel()].sum() / ink[lower.ravel()].sum()
    print({name: round(share, 2) for name, share in restored.items()})
    assert restored["masking-80"] > 0.4 > 2 * restored["none"]
    page.click("#undo")
    assert (see_fed(page).fed == ink).all()
    wait_for(page, f"() => !({HATCHED})().includes(1)")


def test_the_difference_is_orange_where_ink_was_added_and_blue_where_it_was_taken(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    take_sample(page, 3)
    choose_noise(page, "trained")
    expect(page.locator("#difference-legend")).to_be_hidden()
    page.locator("label", has=page.locator("#difference")).click()
    expect(page.locator("#difference-legend")).to_have_text(re.compile("taken away.*added", re.DOTALL))
    for model in ("masking-80", "salt-and-pepper-50"):
        page.select_option("#model", model)
        wait_for(page, f"() => window.last.model === '{model}'")
        answer = last(page)
        change = answer.reconstruction - answer.fed
        red, _, blue = np.moveaxis(np.array(page.evaluate(COLOUR), np.float64).reshape(784, 3), 1, 0)
        assert (red[change > 0.3] > blue[change > 0.3] + 20).all()
        assert (blue[change < -0.3] > red[change < -0.3] + 20).all()
        assert (change > 0.3).sum() > 20
    assert (change < -0.3).sum() > 100  # the salt


@pytest.mark.parametrize("name", [*ALWAYS, *in_matrix(name for name in NOISY if name not in ALWAYS)])
def test_every_model_beats_the_plain_autoencoder_on_its_own_noise(page: Page, lab: str, name: str) -> None:
    visit(page, f"{lab}#model={name}&fit=0")
    expect(page.locator("#status")).to_have_text("All models answer now.")  # which else could be said in between
    plain = read_weights(ROOT / "weights" / "none.safetensors").params
    choose_noise(page, "trained")
    own, others = [], []
    for digit in range(10):
        page.click(f"#samples button[value='{digit}']")
        expect(page.locator("#status")).to_have_text(f"Sample digit {digit} drawn.")
        answer = last(page)
        assert answer.model == name
        own.append(float(cross_entropy(answer.reconstruction, answer.pixels)))
        others.append(float(cross_entropy(reconstruct(plain, answer.fed), answer.pixels)))
        assert float(page.locator("#loss").inner_text()) == pytest.approx(own[-1], abs=0.06)
    assert (np.array(own) < np.array(others)).all()


def test_the_cross_entropy_is_exact_where_the_answer_is_sure_and_wrong(page: Page, lab: str) -> None:
    visit(page, f"{lab}#model=none&fit=0&noise=gaussian&level=1&seed=1")
    take_sample(page, 3)
    answer = last(page)
    params = read_weights(ROOT / "weights" / "none.safetensors").params
    weight, hidden_bias, visible_bias = (np.asarray(array, np.float64) for array in params)
    code = 1 / (1 + np.exp(-(answer.fed @ weight + hidden_bias)))
    logits = weight @ code + visible_bias
    expected = (np.maximum(logits, 0) - logits * answer.pixels + np.log1p(np.exp(-np.abs(logits)))).sum()
    assert expected > 0.5 + cross_entropy(np.clip(answer.reconstruction, 1e-7, 1 - 1e-7), answer.pixels)
    expect(page.locator("#loss")).to_have_text(f"{expected:.1f}")


def test_a_drawing_that_was_rubbed_out_is_as_blank_as_none(page: Page, lab: str) -> None:
    visit(page, f"{lab}#model=salt-and-pepper-75")
    page.mouse.click(*place(page, 14, 14))
    expect(page.locator("#answer-hint")).to_be_hidden()
    page.locator("#tools input[value='eraser']").check(force=True)
    page.mouse.click(*place(page, 14, 14))
    assert last(page).pixels.max() < 0.5
    expect(page.locator("#answer-hint")).to_be_visible()
    assert shown(page, "reconstruction").max() < 0.01
