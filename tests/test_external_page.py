"""The page with models trained elsewhere: other images, another number of units, no report, in both languages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load_file

from export.command import main
from export.site.check import check_site
from export.weights.reference import reconstruct
from export.weights.tensors import format_tensors
from train.learn.params import Params
from workshop.checkout import ROOT
from workshop.serving import serve
from workshop.visit import draw, last, open_panel, take_sample, visit, wait_for, wait_for_address

CUSTOM = '[dataset]\nname = "custom"\n\n'
MINE = '[[model]]\nfile = "mine.npz"\nname = "mine"\nnoise = "masking"\nlevel = 0.5\n'
PLAIN = '\n[[model]]\nfile = "plain.npz"\nname = "plain"\n'
LANGUAGES = ("lab/", "ja/lab/")
UNTIMED = "() => { document.querySelector('#time').textContent = ''; return document.querySelector('main').innerText; }"


def write_own(path: Path, side: int, hidden: int) -> Params:
    """A model as others keep theirs: float64, the weight turned round, short names."""
    random = np.random.default_rng(hidden)
    shapes = ((side * side, hidden), (hidden,), (side * side,))
    params = Params(*(random.normal(0, 0.3, shape) for shape in shapes))
    np.savez(path, W=params.weight.T, b1=params.hidden_bias, b2=params.visible_bias)
    return params


@contextmanager
def serving(page: Page, folder: Path, config: str, *more: str) -> Iterator[str]:
    """Build the project's own page from a models.toml, and serve it."""
    (folder / "models.toml").write_text(config)
    assert main(["--config", str(folder / "models.toml"), "--out", str(folder / "_site"), *more]) == 0
    assert check_site(folder / "_site") == []
    server = serve(folder / "_site")
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    page.goto("about:blank")  # the page asks for nothing when the server has gone
    server.shutdown()
    server.server_close()


def check_answer(page: Page, params: Params) -> None:
    answer = last(page)
    assert answer.pixels.shape == (params.weight.shape[0],)
    assert answer.pixels.sum() > 5
    assert np.abs(reconstruct(params, answer.fed) - answer.reconstruction).max() < 1e-5


@pytest.mark.parametrize("path", LANGUAGES)
def test_a_page_of_one_model_of_other_images(page: Page, tmp_path: Path, path: str) -> None:
    params = write_own(tmp_path / "mine.npz", 20, 64)
    with serving(page, tmp_path, CUSTOM + MINE) as url:
        visit(page, url + path)
        for canvas in ("pad", "fed", "reconstruction"):
            assert page.locator(f"#{canvas}").get_attribute("width") == "20"
        assert "20" in (page.locator("#pad").get_attribute("aria-label") or "")
        draw(page)
        check_answer(page, params)
        take_sample(page, 5)
        check_answer(page, params)
        page.locator("#noises input[value='trained']").check(force=True)
        assert (last(page).fed != last(page).pixels).any()
        open_panel(page, "units")
        expect(page.locator("#units-active button:visible")).to_have_count(12)
        page.fill("#units-number", "63")
        page.press("#units-number", "Enter")
        expect(page.locator("#units-everywhere .pattern")).not_to_have_text("")
        open_panel(page, "feedback")
        page.click("#feedback-10")
        expect(page.locator("#feedback-text")).to_contain_text("10")
        expect(page.locator("#wall")).to_be_hidden()
        text = page.evaluate(UNTIMED)
        for other in ("", "numbers/", "use/"):
            page.goto(url + path.replace("lab/", other))
            text += page.locator("main").inner_text()
            assert page.locator(".figure").count() == 0
        assert "400" in text
        for word in ("784", "28", "MNIST", "JAX", "1 models", "1 個", "report.json"):
            assert word not in text.replace("mnist-DAE-demo", "")
        page.goto(f"{url}{path}?selftest")
        expect(page.locator("#selftest[data-result]")).to_have_attribute("data-result", "passed", timeout=30_000)


@pytest.mark.parametrize("path", LANGUAGES)
def test_a_link_to_such_a_page_restores_the_drawing(page: Page, tmp_path: Path, path: str) -> None:
    write_own(tmp_path / "mine.npz", 20, 64)
    with serving(page, tmp_path, CUSTOM + MINE) as url:
        visit(page, url + path)
        draw(page)
        wait_for_address(page)
        before = last(page)
        page.reload()
        wait_for(page, "() => window.answers > 0")
        assert (last(page).fed == before.fed).all()


def test_models_of_several_sizes_of_code_are_compared(page: Page, tmp_path: Path) -> None:
    saved = {"mine": write_own(tmp_path / "mine.npz", 20, 64), "plain": write_own(tmp_path / "plain.npz", 20, 9)}
    page.set_viewport_size({"width": 1280, "height": 2400})
    with serving(page, tmp_path, CUSTOM + MINE + PLAIN, "--dtype", "F32") as url:
        visit(page, f"{url}lab/")
        draw(page)
        for panel in ("feedback", "units"):
            open_panel(page, panel)
        wait_for(page, "() => [...document.querySelectorAll('.tile-loss')].every((e) => /\\d/.test(e.textContent))")
        for name, params in saved.items():
            page.locator(f".tile[data-model='{name}']").click()
            wait_for(page, f"() => window.last.model === '{name}'")
            check_answer(page, params)
        page.fill("#units-number", "8")
        page.press("#units-number", "Enter")
        wait_for(page, "() => [...document.querySelectorAll('.pattern')].every((e) => e.textContent)")
        page.goto(f"{url}numbers/")
        assert "64" in page.locator("main").inner_text()


def test_a_model_beside_ours_is_one_of_the_list(page: Page, tmp_path: Path) -> None:
    params = write_own(tmp_path / "mine.npz", 28, 64)
    config = (ROOT / "models.toml").read_text() + "\n" + MINE
    with serving(page, tmp_path, config, "--weights", str(ROOT / "weights")) as url:
        visit(page, f"{url}lab/")
        draw(page)
        page.select_option("#model", "mine")
        wait_for(page, "() => window.last.model === 'mine'")
        check_answer(page, params)
        assert page.locator("#model option[value='mine']").inner_text().startswith("mine")
        page.goto(f"{url}numbers/")
        assert page.locator(".figure").count() > 0


@pytest.mark.parametrize("path", ["", "ja/"])
def test_the_weights_are_there_to_take_and_run_in_the_lines_of_python_beside_them(
    page: Page, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    page.goto(f"{served}{path}use/")
    links = page.locator(".downloads a")
    assert links.count() == 11 + 12  # models, their readers, and that of the pixels
    code = page.locator("#example-python").inner_text()
    name = re.search(r'load_file\("(.*?)"\)', code)
    assert name
    for link in links.all():
        file = link.get_attribute("download") or ""
        data = page.request.get(urljoin(page.url, link.get_attribute("href"))).body()
        assert data == (ROOT / "weights" / file).read_bytes()
    with page.expect_download() as download:
        page.locator(f".downloads a[download='{name[1]}']").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    monkeypatch.chdir(tmp_path)
    visit(page, f"{served}{path}lab/#model={name[1].removesuffix('.safetensors')}")
    draw(page)
    scope: dict[str, Any] = {"pixels": last(page).fed}
    exec(code, scope)
    assert len([line for line in code.strip().splitlines() if " = " in line]) == 3
    assert np.abs(scope["reconstruction"] - last(page).reconstruction).max() < 1e-5


def test_a_model_whose_sums_are_long_passes_the_self_test_and_a_faulty_one_fails(page: Page, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    weight = random.normal(0, 2, (64, 6000)).astype(np.float32)
    np.savez(tmp_path / "mine.npz", W=weight.T, b1=np.zeros(6000, "f4"), b2=random.normal(0, 100, 64).astype("f4"))
    with serving(page, tmp_path, CUSTOM + MINE) as url:
        page.goto(f"{url}lab/?selftest")
        result = page.locator("#selftest[data-result]")
        expect(result).to_have_attribute("data-result", "passed", timeout=30_000)
        assert 1e-5 < float(result.get_attribute("data-worst") or "nan") < 0.01
        # An answer that is off by more than roundings can do, and by less than is allowed of other inputs.
        (golden,) = (tmp_path / "_site" / "assets").glob("golden.*")
        tensors = load_file(golden)
        least = int(tensors["tolerance/mine"].argmin())
        tensors["reconstruction/mine"][least, 0] += 3 * tensors["tolerance/mine"][least]
        page.route("**/golden.*", lambda route: route.fulfill(body=format_tensors(tensors, {})))
        page.reload()
        expect(result).to_have_attribute("data-result", "failed", timeout=30_000)
