"""`--pwa` with the real page: after one visit it needs no network; the next deployment is seen and told of."""

import shutil
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect

from benchmarks.first_minute import ALL_LIVE, LISTEN
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from tests.test_pwa import serve
from workshop.checkout import ROOT, run_build
from workshop.visit import NUMBERS, draw, last, open_panel, take_sample, visit, wait_for

CONTROLLED = "() => Boolean(navigator.serviceWorker.controller)"


def build(out: Path, *words: str) -> None:
    done = run_build("--pwa", "--out", out, *words)
    assert done.returncode == 0, done.stderr
    assert run_build("check", out).returncode == 0


def use(page: Page) -> None:
    """Draw, change the model, open every panel."""
    draw(page)
    page.select_option("#model", "gaussian-050")
    wait_for(page, "() => window.last.model === 'gaussian-050'")
    answer = last(page)
    params = read_weights(ROOT / "weights" / "gaussian-050.safetensors").params
    assert np.abs(reconstruct(params, answer.fed) - answer.reconstruction).max() < 1e-5
    take_sample(page, 2)
    for panel in ("feedback", "units"):
        open_panel(page, panel)
    wait_for(page, NUMBERS)
    expect(page.locator("#broken")).to_be_hidden()


def test_one_visit_is_enough_and_the_next_deployment_is_told_of(
    browser: Browser, loud_page: Page, tmp_path: Path
) -> None:
    page, out = loud_page, tmp_path / "_site"
    page.set_viewport_size({"width": 1280, "height": 2400})
    build(out)
    server = serve(out)
    port = server.server_address[1]
    url = f"http://127.0.0.1:{port}/"
    visit(page, f"{url}lab/")
    wait_for(page, CONTROLLED)
    server.shutdown()
    server.server_close()
    for path in ("lab/", "ja/lab/", "?hide=header#model=none"):
        page.goto("about:blank")
        visit(page, url + path)
        use(page)
    page.goto("about:blank")
    page.add_init_script(LISTEN)
    page.goto(url)
    wait_for(page, ALL_LIVE)
    assert page.evaluate("() => Object.values(live).every(({ precision }) => precision === 'float32')")
    template = tmp_path / "site_template"
    shutil.copytree(ROOT / "site_template", template)
    catalogue = template / "locale" / "en" / "lab.toml"
    catalogue.write_text(catalogue.read_text().replace('"You draw"', '"Draw here"'))
    build(out, "--template", str(template))
    server = serve(out, port)
    page.goto("about:blank")
    visit(page, f"{url}lab/")
    expect(page.locator(".stage-drawn figcaption")).to_have_text("Draw here")
    notice = page.locator(".notice.floating")
    expect(notice).to_have_text("This page has been updated since your last visit.", timeout=20_000)
    assert notice.evaluate("(element) => getComputedStyle(element).position") == "fixed"
    use(page)
    server.shutdown()
    server.server_close()
