"""The page as one file, from disk with the network off: it does all that the site does, in both languages."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.single_file import measure
from export.reference import reconstruct
from export.weights import format_weights, parse_weights, read_weights
from tests.conftest import ROOT, run_build
from tests.test_page_panels import MODELS, losses
from tests.visit import NUMBERS, Answer, draw, last, open_panel, take_sample, visit, wait_for
from train.params import Params

LANGUAGES = {"en": "Masking 80\u00a0%", "ja": "マスキング"}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("single") / "what noise teaches.html"
    done = run_build("--single-file", "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"11 models in F16, one file, {out.stat().st_size:,} bytes" in done.stdout
    return out


@pytest.fixture
def disk(page: Page, single: Path) -> Iterator[str]:
    """The file's URL; the test fails if the page, without network, asks for anything but the file and what is in it."""
    requested: set[str] = set()
    page.context.set_offline(True)
    page.on("request", lambda request: requested.add(request.url.partition(":")[0]))
    yield single.as_uri()
    assert requested <= {"file", "data", "blob"}


def halves(name: str) -> Params:
    """The weights as the file has them: rounded to float16."""
    weights = read_weights(ROOT / "weights" / f"{name}.safetensors")
    return parse_weights(format_weights(weights.params, weights.metadata, "F16"), name, name).params


def check(answer: Answer) -> None:
    """The answer is what the model makes of what it was fed."""
    assert np.abs(reconstruct(halves(answer.model), answer.fed) - answer.reconstruction).max() < 1e-5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_model_answers_in_both_languages(page: Page, disk: str, language: str) -> None:
    visit(page, f"{disk}?lang={language}")
    assert page.evaluate("() => document.documentElement.lang") == language
    assert LANGUAGES[language] in page.locator("#model").inner_text()
    draw(page)
    assert last(page).pixels.sum() > 20
    for name in MODELS:
        page.select_option("#model", name)
        wait_for(page, f"() => window.last.model === '{name}'")
        check(last(page))
    take_sample(page, 7)
    before = last(page)
    page.locator("a[hreflang]").click()
    wait_for(page, f"() => document.documentElement.lang !== '{language}' && window.answers > 0")
    wait_for(page, f"() => window.last.model === '{MODELS[-1]}'")
    assert (last(page).pixels == before.pixels).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_panel_works(page: Page, disk: str, language: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 2400})
    visit(page, f"{disk}?lang={language}")
    draw(page)
    for panel in ("wall", "feedback", "units"):
        open_panel(page, panel)
    wait_for(page, NUMBERS)
    assert set(losses(page)) == set(MODELS)
    wait_for(page, "() => document.querySelector('#feedback-plain-curve').getAttribute('points')")
    page.click("#feedback-10")
    assert len((page.locator("#feedback-plain-curve").get_attribute("points") or "").split()) == 11
    page.fill("#units-number", "3")
    page.press("#units-number", "Enter")
    wait_for(page, "() => [...document.querySelectorAll('#units-everywhere .pattern')].every((e) => e.textContent)")
    page.locator("#units-active button:visible").first.click()
    expect(page.locator("#units-active button[aria-pressed='true']")).to_have_count(1)
    page.locator("#noises input[value='gaussian']").check(force=True)
    assert (last(page).fed != last(page).pixels).any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_self_test_is_linked_and_passes(page: Page, disk: str, language: str) -> None:
    visit(page, f"{disk}?lang={language}")
    page.locator("footer a").click()
    result = page.locator("#selftest[data-result]")
    expect(result).to_have_attribute("data-result", "passed", timeout=60_000)
    expect(page.locator("#selftest-rows tr")).to_have_count(11)
    assert page.evaluate("() => document.documentElement.lang") == language


def test_a_link_restores_what_was_drawn_and_pictures_and_weights_are_saved(
    browser: Browser, page: Page, disk: str, tmp_path: Path
) -> None:
    visit(page, f"{disk}?lang=ja")
    draw(page)
    page.select_option("#model", "salt-and-pepper-50")
    wait_for(page, "() => window.last.model === 'salt-and-pepper-50' && location.hash.includes('salt-and-pepper-50')")
    link, here = page.url, last(page)
    with page.expect_download() as picture:
        page.click("#share button[value='picture']")
    picture.value.save_as(tmp_path / "picture.png")
    assert len(Image.open(io.BytesIO((tmp_path / "picture.png").read_bytes())).convert("L").getcolors() or []) > 50
    with page.expect_download() as download:
        page.locator(".downloads a").nth(MODELS.index("masking-80")).click()
    assert download.value.suggested_filename == "masking-80.safetensors"
    download.value.save_as(tmp_path / "masking-80.safetensors")
    assert (read_weights(tmp_path / "masking-80.safetensors").params.weight == halves("masking-80").weight).all()
    page.locator("a[href='#story']").click()
    assert re.search(r"lang=ja.*#story$", page.url)
    context = browser.new_context()
    there = visit(context.new_page(), link)
    wait_for(there, "() => window.last.model === 'salt-and-pepper-50'")
    assert (last(there).pixels == here.pixels).all()
    context.close()


def test_links_of_the_text_set_the_page_up(page: Page, disk: str) -> None:
    visit(page, f"{disk}?lang=ja")
    tries = page.locator("a.try")
    assert tries.count() >= 8
    for link in tries.all():
        answers = page.evaluate("() => window.answers")
        link.click()
        wait_for(page, f"() => window.answers > {answers}")
        check(last(page))


def test_it_is_painted_within_a_second(browser: Browser, single: Path) -> None:
    painted = sorted(measure(browser, single)[0] for _ in range(3))
    assert painted[1] < 1000
