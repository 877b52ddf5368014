"""Chapter 5: what the build claims of chains, and the chapter in the page."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from export.draw.strokes import read_samples
from export.site.asked import make_asked
from export.site.model import Model
from export.site.tries import make_tries
from export.weights.chain import Chain
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.pad import shown
from workshop.scripts import random_params
from workshop.visit import draw, visit, wait_for

NAMES = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")
TEXT = "#feedback-text"
STEP = "Number(/\\d+/.exec(document.querySelector('#feedback-text').textContent)?.[0] ?? -1)"


def model(name: str) -> Model:
    facts = read_weights(ROOT / "weights" / f"{name}.safetensors").facts
    return Model(name, facts.noise, facts.level, 500, 784, "", 0, "", None, external=False)


def test_the_claims_of_the_chapter_are_those_of_the_weights() -> None:
    half, *_ = make_tries(read_samples(ROOT / "site_template" / "samples.json"), "mnist", 28)
    models = [model(name) for name in NAMES]
    params = {name: read_weights(ROOT / "weights" / f"{name}.safetensors").params for name in NAMES}
    asked = make_asked(models, params, half.pixels)
    assert asked is not None
    assert asked.model.name == "salt-and-pepper-50"  # which adds next to nothing when it is asked once
    assert asked.once_ink < 2 < 20 < asked.again_ink
    assert asked.holds
    assert len(set(asked.again)) == 9
    assert asked.blob is not None
    assert asked.blob.model.noise == "masking"
    assert asked.stuck is not None
    assert asked.stuck.model != asked.blob.model


def test_without_a_noise_there_is_nothing_to_ask_again_and_random_weights_bear_out_no_claim() -> None:
    params = {name: random_params(784, 20, 0.01) for name in NAMES}
    half = np.zeros(784)
    half[:392] = 1
    assert make_asked([model("none")], params, half) is None
    asked = make_asked([model("gaussian-075")], params, half)
    assert asked is not None
    assert not asked.holds


def test_without_noise_and_draws_a_chain_is_the_answer_to_the_answer() -> None:
    params = random_params(30, 7, 1.0)
    start = np.random.default_rng(0).random((2, 30))
    held = np.arange(30) < 10
    once = np.where(held, start, reconstruct(params, start))
    twice = np.where(held, start, reconstruct(params, once))
    mean = Chain(params, "masking", 0.5, noisy=False, sampled=False).run(start, held, 2, seed=1)
    assert np.abs(mean - (once + twice) / 2).max() < 1e-12


def test_chapter_5_asks_any_model_again_and_again(page: Page, served: str) -> None:
    visit(page, served)
    page.evaluate("() => document.getElementById('chapter=5').scrollIntoView()")
    page.locator(".chains-work").scroll_into_view_if_needed()
    wait_for(page, f"() => {STEP} > 0")
    expect(page.locator(TEXT)).to_contain_text("Held: the upper part")
    page.click("#feedback-run")
    picture = shown(page, "feedback-picture")
    assert (picture[:12, :28] == picture[29:41, 29:57]).all()
    assert (picture[:28, :28] != picture[29:57, 29:57]).any()
    page.select_option("#chains-model", "gaussian-100")
    wait_for(page, f"() => {STEP} === 0")
    page.click("#feedback-10")
    expect(page.locator("#status")).to_have_text(re.compile(r"^Step 10\. Held: the upper part\. Ink: \d+ → \d+"))
    page.locator(".setting[data-noisy='0']").click()
    page.locator("#feedback-picture").scroll_into_view_if_needed()
    wait_for(page, f"() => {STEP} > 25")
    expect(page.locator(TEXT)).to_contain_text("Held: nothing")
    picture = shown(page, "feedback-picture")
    assert np.abs(picture[:28, :28] - picture[29:57, 29:57]).mean() < 0.03, "all run into one pattern"
    page.evaluate("() => scrollTo(0, 0)")
    draw(page)
    expect(page.locator(TEXT)).to_contain_text("Held: the ink")
    page.wait_for_timeout(300)
    text = page.locator(TEXT).text_content()
    page.wait_for_timeout(400)
    assert page.locator(TEXT).text_content() == text, "nothing is computed that cannot be seen"
