"""Training in the lab: set, run, watched, changed, stopped; and what comes of it is a model like the others."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from export.weights.external import read_external
from export.weights.weights_file import read_weights
from tests.test_image_files_js import idx, some
from train.data.drawn import draw_digits, read_grammar
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving
from workshop.visit import open_panel, take_sample, visit, wait_for

STROKES = "() => [...document.querySelectorAll('#train-lanes figure')].map((one) => Number(one.dataset.strokes))"
FAILING = (
    """onmessage = () => postMessage({ type: "failed", code: "loss", details: { racer: 0, step: 12, rate: 0.008 } });"""
)
CURVE = """async () => {
  document.body.innerHTML = `<div id="train-shown"><svg><polyline/><polyline/></svg></div>` +
    `<p id="train-curve-text"></p>`;
  const { TrainCurve } = await load("panels/train_curve");
  const curve = new TrainCurve((key, values) => `${values.low} ${values.high}`, 2, 200_000);
  const falls = [];
  for (let seen = 0; seen <= 100_000; seen += 2000) {
    const loss = seen < 20_000 ? 200 - seen / 200 : 100;
    falls.push(curve.add([0, 50].map((more) => ({ heldOutLoss: loss + more, heldOutAt: seen }))));
  }
  curve.show();
  const lines = [...document.querySelectorAll("polyline")].map((line) => line.getAttribute("points").split(" ").length);
  return [falls.indexOf(false) * 2000, document.querySelector("p").textContent, ...lines];
}"""


def open_train(page: Page, served: str, *, hidden: int = 40) -> Page:
    visit(page, served + "lab/")
    open_panel(page, "train")
    page.fill("#train-hidden", str(hidden))
    return page


def images_seen(page: Page) -> int:
    return int((page.locator("#train-text").text_content() or "").split(" ")[0].replace(",", ""))


def test_a_race_is_run_changed_paused_and_stepped(page: Page, served: str) -> None:
    open_train(page, served)
    take_sample(page, 3)
    page.locator("#train").scroll_into_view_if_needed()
    page.select_option("#train-noise-2", "gaussian")
    page.click("#train-play")
    titles = page.locator("#train-lanes strong")
    expect(titles).to_have_text(["Masking, 80% of the pixels", "No noise", "Gaussian, variance 0.50, σ 0.71"])
    wait_for(page, f"() => ({STROKES})().length === 3 && ({STROKES})().every((count) => count >= 20)", seconds=90)
    expect(page.locator("#train-lanes canvas")).to_have_count(15)
    # Noise and level change while it runs; only that one's.
    page.select_option("#train-noise-1", "salt-and-pepper")
    page.locator("#train-level-0").fill("0.3")
    expect(titles).to_have_text(
        ["Masking, 30% of the pixels", "Salt-and-pepper, 50% of the pixels", "Gaussian, variance 0.50, σ 0.71"]
    )
    page.click("#train-play")
    expect(page.locator("#train-play")).to_have_text("Go on")
    wait_for(page, "() => document.querySelector('#train-text').textContent.includes(' 0 a second')")
    before = images_seen(page)
    page.click("#train-step")
    wait_for(
        page,
        f"() => Number(document.querySelector('#train-text').textContent.split(' ')[0].replace(',', '')) > {before}",
    )
    assert images_seen(page) == before + 50
    expect(page.locator("#train-curve-text")).to_contain_text("between")
    # Only what a link restores of it is in the address.
    assert "open=train" in page.url


def test_it_ends_at_the_limit_and_where_the_loss_is_no_number(browser: Browser, served: str) -> None:
    page = open_train(browser.new_page(), served, hidden=10)
    page.fill("#train-limit", "1000")
    page.click("#train-play")
    expect(page.locator("#train-text")).to_have_text("Done: each has seen 1,000 images.", timeout=30_000)
    expect(page.locator("#status")).to_contain_text("Done")
    page.route("**/worker.*", lambda route: route.fulfill(body=FAILING, content_type="text/javascript"))
    page.click("#train-restart")
    said = "The loss is no number any more at step 12, with the learning rate 0.008. Try 0.002."
    expect(page.locator("#train-text")).to_have_text(said)
    page.close()


def test_it_stops_where_the_losses_no_longer_fall(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("modules")) as url:
        modules = open_modules(browser.new_page(), url)
        assert modules.evaluate(CURVE) == [80_000, "100.0 250.0", 51, 51]
        modules.close()


def test_what_comes_of_it_is_a_model_like_the_others(browser: Browser, served: str, tmp_path: Path) -> None:
    context = browser.new_context(accept_downloads=True)
    page = open_train(context.new_page(), served)
    page.click("#train-play")
    wait_for(page, "() => document.querySelectorAll('#train-lanes figcaption button').length === 4")
    wait_for(page, f"() => ({STROKES})().every((count) => count >= 20)", seconds=60)
    page.click("#train-play")
    page.locator("#train-lanes").get_by_role("button", name="Keep").first.click()
    expect(page.locator("#model")).to_have_value("here-1")
    wait_for(page, "() => window.last.model === 'here-1'")
    expect(page.locator("#tiles-kept .tile")).to_have_count(1)
    with page.expect_download() as download:
        page.locator("#train-lanes").get_by_role("button", name="Save").first.click()
    path = tmp_path / "mine.safetensors"
    download.value.save_as(path)
    weights, facts = read_weights(path), read_weights(path).facts
    assert (facts.noise, facts.level, facts.dataset, facts.test_loss) == ("masking", 0.8, "drawn", None)
    assert (weights.visible, weights.hidden) == (784, 40)
    np.testing.assert_array_equal(read_external(path).weight, weights.params.weight)
    wait_for(page, "() => location.hash.includes('model=here-1')")
    # A reload brings it back, chosen as before; then it is forgotten.
    page.reload()
    wait_for(page, "() => window.last && window.last.model === 'here-1'")
    expect(page.locator("#tiles-kept .tile[aria-pressed=true]")).to_have_count(1)
    expect(page.locator("#train.ready")).to_have_count(1)
    # From disk in the same way; what is none says why.
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(path.read_bytes()[:-4])
    page.set_input_files("#train-open", [bad])
    expect(page.locator("#train-text")).to_contain_text("bad.safetensors: tensor bytes: expected")
    page.set_input_files("#train-open", [ROOT / "weights" / "none.safetensors"])
    expect(page.locator("#model")).to_have_value("here-2")
    expect(page.locator("#tiles-kept .tile")).to_have_count(2)
    page.click("#train-clear")
    wait_for(page, "() => document.querySelectorAll('#tiles-kept .tile').length === 0")
    wait_for(page, "() => window.last && !window.last.model.startsWith('here')")
    context.close()


def test_a_model_without_a_reader_s_file_is_read_by_one_that_learns_from_drawn_digits(page: Page, served: str) -> None:
    open_train(page, served)
    page.set_input_files("#train-open", [ROOT / "weights" / "masking-80.safetensors"])
    expect(page.locator("#model")).to_have_value("here-1")
    page.locator("#read").check(force=True)
    right = 0
    for digit in range(10):
        take_sample(page, digit)
        tile = page.locator("#tiles-kept .tile .tile-loss")
        expect(tile).to_contain_text("by drawn digits")
        right += (tile.text_content() or "").startswith(str(digit))
    assert right >= 8


def test_images_of_the_visitors_own_are_learned_and_wrong_ones_named(page: Page, served: str, tmp_path: Path) -> None:
    digits, _ = draw_digits(read_grammar(ROOT / "site_template" / "digits.json"), 5, range(300))
    good, bad = tmp_path / "digits.gz", tmp_path / "bad.gz"
    good.write_bytes(gzip.compress(idx(digits.reshape(-1, 28, 28))))
    bad.write_bytes(gzip.compress(idx(some(2, 27))))
    open_train(page, served, hidden=10)
    page.select_option("#train-data", "files")
    page.click("#train-play")
    expect(page.locator("#train-text")).to_have_text("Choose files first.")
    page.set_input_files("#train-files", [good, bad])
    page.click("#train-play")
    expect(page.locator("#train-text")).to_contain_text("bad.gz: expected images of 28 × 28 pixels")
    page.set_input_files("#train-files", [good])
    page.click("#train-play")
    wait_for(page, "() => / of at most 200,000 /.test(document.querySelector('#train-text').textContent)", seconds=60)


def test_the_panel_fits_a_phone(browser: Browser, served: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 664}, has_touch=True)
    page = open_train(context.new_page(), served + "ja/")
    page.click("#train-step")
    wait_for(page, "() => document.querySelectorAll('#train-lanes figure').length === 2")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    context.close()
