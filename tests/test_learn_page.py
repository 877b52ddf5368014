"""Chapter 3 in a browser: two networks learn on one press, are seen and heard to, wait, and go on."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from export.draw.strokes import read_samples, render
from export.site.grown import correlate_neighbours
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving
from workshop.visit import ask, settle, wait_for

LISTEN = """(() => {
  window.learned = [];
  document.addEventListener("learned", ({ target, detail }) => {
    const at = [...target.parentElement.children].indexOf(target);
    window.learned[at] = { fed: Array.from(detail.fed), answer: Array.from(detail.reconstruction) };
    window.pictures = (window.pictures ?? 0) + 1;
  });
})()"""
LANES = "() => [...document.querySelectorAll('.lanes figure')].map((one) => Number(one.dataset.strokes))"
CORRELATE = """async ([weight, hidden]) => {
  const { correlateNeighbours, countStrokes } = await load("learn/strokes");
  const filters = { weight: new Float32Array(weight), visible: weight.length / hidden, hidden };
  return [Array.from(correlateNeighbours(filters, 28)), countStrokes(filters, 28)];
}"""
TRAINED = ("worker", "kernel-train", "digits.")  # what only training needs


def restored(page: Page, lane: int) -> float:
    """How much of the ink that half a 2 misses a network puts back."""
    clean = render(read_samples(ROOT / "site_template" / "samples.json")[2].strokes, 28)
    said = page.evaluate("(lane) => window.learned[lane]", lane)
    given, answer = (np.array(said[key], np.float32) for key in ("fed", "answer"))
    missing = np.maximum(clean - given, 0)
    put_back = np.minimum(np.maximum(answer - given, 0), missing)
    return float(put_back.sum() / missing.sum())


def begin(page: Page, url: str) -> list[str]:
    """Open the walk, go to the chapter and press; gives the list that what is asked for from then on comes into."""
    asked: list[str] = []
    page.add_init_script(LISTEN)
    page.goto(url)
    button = page.locator("#train")
    button.scroll_into_view_if_needed()
    wait_for(page, "() => document.querySelectorAll('.answer.live').length > 0")
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    early = page.evaluate("() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1))")
    assert [name for name in early if name.startswith(TRAINED)] == []
    button.focus()
    page.keyboard.press("Enter")
    return asked


def test_two_networks_learn_on_one_press(page: Page, served: str) -> None:
    asked = begin(page, served)
    expect(page.locator("#race")).to_be_visible()
    status, button = page.locator("#race > .unit"), page.locator("#train")
    expect(button).to_have_text("Pause")
    wait_for(page, f"() => ({LANES})().length === 2 && ({LANES})().every((count) => count >= 20)", seconds=60)
    wait_for(page, "() => window.learned.length === 2")
    for _ in range(600):
        if restored(page, 1) > 0.3:
            break
        page.wait_for_timeout(100)
    assert restored(page, 1) > 0.3
    assert {name.split(".")[0] for name in asked if name.startswith(TRAINED)} >= {"worker", "digits"}
    expect(page.locator(".lanes strong")).to_have_text(["No noise", "Masking, 80% of the pixels"])
    expect(page.locator(".lanes canvas")).to_have_count(4)
    # It waits where that is asked for, and where nobody sees it.
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("Learning pauses.")
    expect(button).to_have_text("Go on")
    still(page, status.text_content() or "")
    button.click()
    expect(button).to_have_text("Pause")
    wait_for(page, "() => /strokes/.test(document.querySelector('#status').textContent)", seconds=60)
    page.evaluate("() => scrollTo(0, 0)")
    page.wait_for_timeout(300)
    still(page, status.text_content() or "")
    before = page.evaluate("() => window.pictures")
    page.evaluate("() => document.querySelector('#race').scrollIntoView()")
    wait_for(page, f"() => window.pictures > {before}")
    # What is drawn meanwhile is answered, too.
    page.locator("#tries button[value='dots']").click()
    wait_for(page, "() => document.querySelector('#tries [aria-pressed=true]').value === 'dots'")
    settle(page)
    given = np.array(page.evaluate("() => window.learned[0].fed"))
    assert given.sum() > 20


def still(page: Page, said: str) -> None:
    """Nothing is painted, and nothing counted; what was on its way has come."""
    page.wait_for_timeout(300)
    before = page.evaluate("() => window.pictures")
    page.wait_for_timeout(700)
    assert page.evaluate("() => window.pictures") == before
    assert said


def test_where_its_kernel_does_not_come_a_sentence_says_so(browser: Browser, served: str) -> None:
    page = browser.new_page()
    page.route("**/kernel-train-*", lambda route: route.fulfill(status=503))
    begin(page, served)
    expect(page.locator("#race > .unit")).to_contain_text("503", timeout=20_000)
    expect(page.locator("#train")).to_have_text("Train again from the start")
    page.unroute("**/kernel-train-*")
    page.locator("#train").click()
    wait_for(page, f"() => ({LANES})().some((count) => count >= 0)", seconds=60)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_languages(browser: Browser, served: str, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 664}, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(served + ("ja/" if scheme == "dark" else ""))
    page.locator("#train").scroll_into_view_if_needed()
    page.locator("#train").tap()
    wait_for(page, "() => document.querySelectorAll('.lanes figcaption b').length === 2")
    wait_for(page, "() => document.querySelector('.lanes figcaption b').textContent !== ''", seconds=60)
    assert ask(page, "() => document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_strokes_are_counted_as_the_build_counts_them(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    params = read_weights(ROOT / "weights" / "none.safetensors").params
    weight = np.asarray(params.weight)[:, :120]
    constant = np.concatenate([weight, np.full((784, 1), 0.5, np.float32)], axis=1)
    expected: NDArray[np.float64] = correlate_neighbours(constant.astype(np.float64))
    with serving(tmp_path_factory.mktemp("modules")) as url:
        modules = open_modules(browser.new_page(), url)
        got: tuple[Sequence[float], int] = modules.evaluate(CORRELATE, [constant.ravel().tolist(), 121])
        modules.close()
    np.testing.assert_allclose(got[0], expected, atol=1e-9)
    assert got[1] == int((expected > 0.5).sum())
    assert 20 < got[1] < 120
