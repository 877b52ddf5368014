"""The page as one file, from disk with the network off: it does all that the site does, in both languages."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.single_file import measure
from export.weights.reference import reconstruct
from export.weights.weights_file import format_weights, parse_weights, read_weights
from tests.test_page_wall import MODELS, numbers
from tests.test_trainer_js import TABLE
from train.learn.params import Params
from workshop.checkout import ROOT, run_build
from workshop.visit import NUMBERS, Answer, draw, last, open_panel, take_sample, visit, wait_for

LANGUAGES = {"en": "Masking 80%", "ja": "マスキング"}


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
    return parse_weights(format_weights(weights.params, weights.facts, "F16"), name, name).params


def check(answer: Answer) -> None:
    """The answer is what the model makes of what it was fed."""
    assert np.abs(reconstruct(halves(answer.model), answer.fed) - answer.reconstruction).max() < 1e-5


@pytest.mark.parametrize("language", ["en", pytest.param("ja", marks=pytest.mark.matrix)])
def test_every_model_answers_in_both_languages(page: Page, disk: str, language: str) -> None:
    visit(page, f"{disk}?page=lab&lang={language}")
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
    visit(page, f"{disk}?page=lab&lang={language}")
    draw(page)
    for panel in ("feedback", "units"):
        open_panel(page, panel)
    wait_for(page, NUMBERS)
    assert set(numbers(page)) == set(MODELS)
    page.click("#feedback-10")
    expect(page.locator("#feedback-text")).to_contain_text("10")
    page.fill("#units-number", "3")
    page.press("#units-number", "Enter")
    wait_for(page, "() => [...document.querySelectorAll('#units-everywhere .pattern')].every((e) => e.textContent)")
    page.locator("#units-active button:visible").first.click()
    expect(page.locator("#units-active button[aria-pressed='true']")).to_have_count(1)
    page.locator("#noises input[value='gaussian']").check(force=True)
    assert (last(page).fed != last(page).pixels).any()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_self_test_is_linked_and_passes(page: Page, disk: str, language: str) -> None:
    visit(page, f"{disk}?page=lab&lang={language}")
    page.locator("footer a").click()
    result = page.locator("#selftest[data-result]")
    expect(result).to_have_attribute("data-result", "passed", timeout=60_000)
    expect(page.locator("#selftest-rows tr")).to_have_count(11)
    assert page.evaluate("() => document.documentElement.lang") == language


def test_a_link_restores_what_was_drawn_and_pictures_and_weights_are_saved(
    browser: Browser, page: Page, disk: str, tmp_path: Path
) -> None:
    visit(page, f"{disk}?page=lab&lang=ja")
    draw(page)
    page.select_option("#model", "salt-and-pepper-50")
    wait_for(page, "() => window.last.model === 'salt-and-pepper-50' && location.hash.includes('salt-and-pepper-50')")
    link, here = page.url, last(page)
    with page.expect_download() as picture:
        page.click("#share button[value='picture']")
    picture.value.save_as(tmp_path / "picture.png")
    assert len(Image.open(io.BytesIO((tmp_path / "picture.png").read_bytes())).convert("L").getcolors() or []) > 50
    context = browser.new_context()
    there = visit(context.new_page(), link)
    wait_for(there, "() => window.last.model === 'salt-and-pepper-50'")
    assert (last(there).pixels == here.pixels).all()
    context.close()


def test_weights_are_saved_as_the_file_has_them(page: Page, disk: str, tmp_path: Path) -> None:
    page.goto(f"{disk}?page=use&lang=ja")
    with page.expect_download() as download:
        page.locator(".downloads a").nth(MODELS.index("masking-80")).click()
    assert download.value.suggested_filename == "masking-80.safetensors"
    download.value.save_as(tmp_path / "masking-80.safetensors")
    assert (read_weights(tmp_path / "masking-80.safetensors").params.weight == halves("masking-80").weight).all()


def test_links_of_the_text_set_the_page_up(page: Page, disk: str) -> None:
    visit(page, f"{disk}?page=lab&lang=ja")
    tries = page.locator("a.try")
    assert tries.count() == 2
    for link in tries.all():
        answers = page.evaluate("() => window.answers")
        link.click()
        wait_for(page, f"() => window.answers > {answers}")
        check(last(page))


def test_it_is_painted_within_a_second(browser: Browser, single: Path) -> None:
    painted = sorted(measure(browser, single)[0] for _ in range(3))
    assert painted[1] < 1000


def test_the_worker_that_trains_is_in_it(page: Page, disk: str) -> None:
    page.goto(disk)
    body = """async ([noises, recipe]) => {
      const { trainer, root } = JSON.parse(document.getElementById("site").textContent);
      const bytes = await (await fetch(root + trainer.relaxed.file)).arrayBuffer();
      const worker = new Worker(root + trainer.worker.file, { type: "module" });
      const data = { kind: "images", images: new Uint8Array(784 * 20).fill(100), seed: 1 };
      const racers = [{ noise: "masking", level: 0.5 }];
      const plan = { visible: 784, recipe, racers, params: null, noises, data, heldOut: null };
      return new Promise((done) => {
        worker.onmessage = ({ data }) => data.told?.step === 2 && done([data.told.engine, data.told.racers[0].loss]);
        worker.onerror = (error) => done(error.message);
        worker.postMessage({ type: "start", plan, engine: "wasm-relaxed", bytes });
        worker.postMessage({ type: "play" });
      });
    }"""
    recipe = {"hidden": 8, "batch": 10, "seed": 1, "learningRate": 1e-3, "schedule": "constant", "warmup": 0}
    engine, loss = page.evaluate(body, [TABLE, recipe | {"b1": 0.9, "b2": 0.999, "steps": 2}])
    assert engine == "wasm-relaxed"
    assert 400 < loss < 700
