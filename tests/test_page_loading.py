"""Weights that come late, in pieces, wrong or not at all: what the page shows, says, and goes on doing."""

import gzip
import http.server
import random
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import ArrayLike
from playwright.sync_api import Page, Route, expect

from export.draw.strokes import read_samples, render
from export.weights.light import BOUND
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.matrix import in_matrix
from workshop.pad import drawn, mouse
from workshop.serving import serve
from workshop.visit import hold, last, settle, visit, wait_for

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
SAMPLES = ROOT / "site_template" / "samples.json"
FIRST = "#model=none"
OTHER = "gaussian-075"
WEIGHTS = re.compile(rf"/{OTHER}\.[0-9a-f]+\.safetensors$")
LIGHT = re.compile(rf"/light-{OTHER}\.[0-9a-f]+\.safetensors$")
LINE = ((8.0, 6.0), (20.0, 6.0), (13.0, 24.0))
EXACT = 1e-5
SWITCH = """async ([names, gaps]) => {
  window.heard = [];
  document.addEventListener("reconstruct", ({ detail }) => window.heard.push(detail));
  const select = document.getElementById("model");
  for (const [k, name] of names.entries()) {
    select.value = name;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    if (gaps[k] > 0) await new Promise((done) => setTimeout(done, gaps[k]));
  }
}"""
HEARD = """() => window.heard.map(({ model, fed, reconstruction, precision }) =>
  [model, Array.from(fed), Array.from(reconstruction), precision])"""
WATCH = """() => {
  window.shown = [];
  const text = document.getElementById("loading-text");
  const note = () => window.shown.push([document.getElementById("loading-bar").value, text.textContent]);
  new MutationObserver(note).observe(text, { childList: true, characterData: true, subtree: true });
}"""


class _Slow(http.server.SimpleHTTPRequestHandler):
    """Serves weights late and in pieces, with pauses between them."""

    chance: ClassVar[random.Random]
    latest: ClassVar[float]  # seconds
    pause: ClassVar[float]  # seconds
    encoding: ClassVar[str]

    def do_GET(self) -> None:
        if not self.path.endswith(".safetensors"):
            super().do_GET()
            return
        time.sleep(self.chance.uniform(0, self.latest))
        data = Path(self.translate_path(self.path)).read_bytes()
        if self.encoding == "gzip":
            data = gzip.compress(data, 1)
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        if self.encoding:
            self.send_header("Content-Encoding", self.encoding)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        for start in range(0, len(data), 1 << 18):
            self.wfile.write(data[start : start + (1 << 18)])
            time.sleep(self.chance.uniform(0, self.pause))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is its claims."""


@pytest.fixture(scope="module")
def slow(site: Path) -> Iterator[str]:
    """The URL of the site behind a slow network, which a test sets as it needs it."""
    server = serve(site, _Slow)
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def network(*, seed: int = 0, latest: float = 0, pause: float = 0, encoding: str = "") -> None:
    _Slow.chance = random.Random(seed)
    _Slow.latest, _Slow.pause, _Slow.encoding = latest, pause, encoding


def check(model: str, fed: ArrayLike, reconstruction: ArrayLike, precision: str = "float32") -> None:
    """The answer is what the weights of this model make of what was fed; nearly so from their lighter form."""
    params = read_weights(ROOT / "weights" / f"{model}.safetensors").params
    assert np.abs(reconstruct(params, fed) - np.asarray(reconstruction)).max() < (
        EXACT if precision == "float32" else BOUND
    ), model


def check_answers(page: Page, model: str) -> None:
    """This model is named, computes, and follows the pen."""
    mouse(page, *LINE)
    answer = last(page)
    assert (answer.model, page.input_value("#model")) == (model, model)
    assert answer.pixels.sum() > 20
    check(model, answer.fed, answer.reconstruction)
    page.click("#clear")
    settle(page)
    assert last(page).pixels.max() == 0


@pytest.mark.parametrize("seed", [0, *in_matrix((1, 2))])
def test_after_ten_switches_in_a_second_the_model_that_is_named_computes(page: Page, slow: str, seed: int) -> None:
    chance = random.Random(seed)
    names = [chance.choice(MODELS[1:]) for _ in range(7)]
    names += [OTHER, names[-1], OTHER]  # and back to one whose weights were just called off
    gaps = [chance.uniform(0, 90) if seed else 0 for _ in names]  # milliseconds; the first time all at once
    network(seed=seed, latest=0.25, pause=0.03)
    visit(page, slow + FIRST)
    mouse(page, *LINE)
    page.evaluate(SWITCH, [names, gaps])
    whole = f"window.last.model === '{OTHER}' && window.last.precision === 'float32'"
    wait_for(page, f"() => {whole} && document.getElementById('loading').hidden")
    wait_for(page, f"() => location.hash.includes('model={OTHER}')")
    page.wait_for_timeout(400)  # nothing that comes later changes it
    assert page.input_value("#model") == OTHER
    assert f"model={OTHER}" in page.url
    expect(page.locator("#failure")).to_be_hidden()
    expect(page.locator("#loading")).to_be_hidden()
    heard = page.evaluate(HEARD)
    assert {model for model, *_ in heard} <= {*names, "none"}
    for one in heard:
        check(*one)
    check_answers(page, OTHER)


def test_back_to_the_model_that_computes_nothing_is_said_to_load(page: Page, slow: str) -> None:
    network()
    visit(page, slow + FIRST)
    network(pause=1)
    page.select_option("#model", OTHER)
    expect(page.locator("#loading")).to_be_visible()
    page.select_option("#model", "none")
    expect(page.locator("#loading")).to_be_hidden()
    page.wait_for_timeout(1000)  # what is still on its way changes nothing
    expect(page.locator("#loading")).to_be_hidden()
    expect(page.locator("#failure")).to_be_hidden()
    check_answers(page, "none")


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_progress_counts_the_bytes_of_the_manifest_and_never_goes_back(page: Page, slow: str, encoding: str) -> None:
    network()
    visit(page, slow + FIRST)
    length = (ROOT / "weights" / f"{OTHER}.safetensors").stat().st_size
    network(pause=0.3, encoding=encoding)
    page.evaluate(WATCH)
    page.select_option("#model", OTHER)
    wait_for(page, f"() => window.last.model === '{OTHER}'")
    expect(page.locator("#loading")).to_be_hidden()
    shown = page.evaluate("() => window.shown")
    shares = [share for share, _ in shown]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert len(shares) > 4
    assert all(before <= after for before, after in pairwise(shares))
    for share, text in shown:
        assert (
            text
            == f"Loading Gaussian variance 0.75, σ 0.87: {round(share * length / 1000)} of {round(length / 1000)} kB"
        )


def bit_changed(route: Route) -> None:
    body = bytearray(route.fetch().body())
    body[len(body) // 2] ^= 1
    route.fulfill(body=bytes(body))


def cut(route: Route) -> None:
    route.fulfill(body=route.fetch().body()[:-1000])


def html(status: int) -> Callable[[Route], None]:
    page = "<!doctype html><title>Not found</title><h1>Not found</h1>"
    return lambda route: route.fulfill(status=status, content_type="text/html", body=page)


FAULTS: dict[str, tuple[Callable[[Route], None], str]] = {
    "missing": (html(404), "could not be loaded: the server answered 404."),
    "truncated": (cut, "is not whole: expected 157"),
    "altered in one bit": (bit_changed, "was altered on its way: its SHA-256 is "),
    "a page where weights should be": (html(200), "is not whole: expected 157"),
    "no network": (lambda route: route.abort(), "could not be loaded: TypeError: Failed to fetch."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_weights_that_are_no_good_are_named_and_the_model_before_goes_on(loud_page: Page, lab: str, fault: str) -> None:
    answer, sentence = FAULTS[fault]
    loud_page.route(LIGHT, lambda route: route.abort())  # the wall's would go on
    visit(loud_page, lab + FIRST)
    loud_page.route(WEIGHTS, answer)
    loud_page.select_option("#model", OTHER)
    said = loud_page.locator("#failure-text")
    expect(said).to_be_visible()
    text = said.inner_text()
    assert text.startswith("Gaussian variance 0.75, σ 0.87 could not be loaded. The file assets/gaussian-075.")
    assert sentence in text
    assert text.endswith("No noise (plain autoencoder) goes on meanwhile.")
    expect(loud_page.locator("#loading")).to_be_hidden()
    check_answers(loud_page, "none")
    with loud_page.expect_response(WEIGHTS) if fault != "no network" else loud_page.expect_request(WEIGHTS):
        loud_page.click("#retry")
    expect(said).to_be_visible()  # it was asked for again, and was no better
    loud_page.unroute(WEIGHTS)
    loud_page.click("#retry")
    wait_for(loud_page, f"() => window.last.model === '{OTHER}'")
    expect(said).to_be_hidden()
    check_answers(loud_page, OTHER)


def test_where_the_wall_has_its_lighter_form_that_goes_on(loud_page: Page, lab: str) -> None:
    visit(loud_page, lab + FIRST)
    loud_page.route(WEIGHTS, html(404))
    loud_page.locator(f".tile[data-model='{OTHER}']").scroll_into_view_if_needed()
    mouse(loud_page, *LINE)
    loss = f".tile[data-model='{OTHER}'] .tile-loss"
    wait_for(loud_page, f'() => /\\d/.test(document.querySelector("{loss}").textContent)')
    loud_page.select_option("#model", OTHER)
    expect(loud_page.locator("#failure-text")).to_contain_text("answered 404. Its lighter form goes on meanwhile.")
    wait_for(loud_page, f"() => window.last.model === '{OTHER}' && window.last.precision === 'fixed-point'")


def test_without_any_weights_one_can_draw_and_try_again(loud_page: Page, lab: str) -> None:
    loud_page.route(WEIGHTS, html(404))
    loud_page.goto(f"{lab}#model={OTHER}&fit=0")
    expect(loud_page.locator("#failure-text")).to_contain_text("the server answered 404.")
    assert "goes on meanwhile" not in loud_page.locator("#failure-text").inner_text()
    mouse(loud_page, *LINE)
    expect(loud_page.locator("#pad-hint")).to_be_hidden()
    expect(loud_page.locator("#undo")).to_have_attribute("aria-disabled", "false")
    loud_page.evaluate("() => document.addEventListener('reconstruct', ({ detail }) => (window.last = detail))")
    loud_page.unroute(WEIGHTS)
    loud_page.click("#retry")
    wait_for(loud_page, f"() => window.last?.model === '{OTHER}'")
    assert drawn(loud_page).sum() > 20  # what was drawn meanwhile is answered


def test_a_kernel_that_does_not_come_is_named_and_asked_for_again(loud_page: Page, slow: str) -> None:
    kernel = re.compile(r"\.wasm$")
    network(latest=0.2, pause=0.2)
    loud_page.route(kernel, html(200))
    loud_page.goto(slow + FIRST)
    expect(loud_page.locator("#failure-text")).to_contain_text(re.compile(r"relaxed\.[0-9a-f]+\.wasm"))
    loud_page.wait_for_timeout(1000)  # the weights, which were on their way, do not hide what was said
    expect(loud_page.locator("#failure")).to_be_visible()
    expect(loud_page.locator("#loading")).to_be_hidden()
    loud_page.evaluate("() => document.addEventListener('reconstruct', ({ detail }) => (window.last = detail))")
    loud_page.unroute(kernel)
    loud_page.click("#retry")
    wait_for(loud_page, "() => window.last?.model === 'none'")
    check_answers(loud_page, "none")


def test_of_two_samples_the_one_asked_for_last_is_drawn(page: Page, lab: str) -> None:
    visit(page, lab + FIRST)
    held = hold(page, "**/samples.*.json")
    for number, digit in enumerate((3, 5), 1):
        page.click(f"#samples button[value='{digit}']")
        while len(held) < number:
            page.wait_for_timeout(20)
    for route in reversed(held):
        with page.expect_response("**/samples.*.json"):
            route.continue_()
        wait_for(page, "() => window.last.pixels.reduce((sum, ink) => sum + ink) > 10")
    page.wait_for_timeout(100)
    assert np.abs(drawn(page).ravel() - render(read_samples(SAMPLES)[5].strokes, 28).ravel()).max() < 1e-6


def test_without_webassembly_the_page_computes_the_same(page: Page, lab: str) -> None:
    page.add_init_script("delete globalThis.WebAssembly")
    visit(page, lab + FIRST)
    expect(page.locator("#engine")).to_have_text("JavaScript")
    check_answers(page, "none")
