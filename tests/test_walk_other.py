"""The walk with other models, data and sizes, opened and drawn on: it shows what there is, and offers nothing else."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.test_external_page import serving, write_own
from tests.test_walk_page import BOXES, CUT, LIVE, open_walk
from workshop.visit import draw, settle, wait_for

ENTRY = '[[model]]\nfile = "{name}.npz"\nname = "{name}"\nnoise = "{noise}"\nlevel = {level}\n'


@dataclass(frozen=True)
class Case:
    """A site, and what must not be on its walk."""

    dataset: str
    side: int
    models: tuple[tuple[str, str, float], ...]  # name, noise, level
    path: str
    never: str  # a pattern


CASES = {
    "one": Case(
        "mnist",
        28,
        (("mine", "masking", 0.5),),
        "",
        r"[Tt]hese networks|Which (one|network)|guess before|Salt|Gaussian",
    ),
    "plain": Case("custom", 16, (("mine", "none", 0.0),), "ja/", r"MNIST|28|どれ|マスキング|ガウシアン|ソルト"),
    "fashion": Case(
        "fashion_mnist",
        28,
        (("plain", "none", 0.0), ("pale", "gaussian", 0.5)),
        "",
        r"digit|MNIST(?<!Fashion-MNIST)|a 2|Salt",
    ),
    "small": Case(
        "custom",
        16,
        (("p", "none", 0.0), ("q", "masking", 0.25), ("r", "masking", 0.75), ("s", "salt-and-pepper", 0.5)),
        "ja/",
        r"MNIST|28|数字|ガウシアン",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_opened_drawn_on_and_says_nothing_that_does_not_apply(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    count, kinds = len(case.models), {noise for _, noise, _ in case.models} - {"none"}
    config = f'[dataset]\nname = "{case.dataset}"\n\n'
    for model, noise, level in case.models:
        write_own(tmp_path / f"{model}.npz", case.side, 12)
        config += ENTRY.format(name=model, noise=noise, level=level)
    page = browser.new_page(viewport={"width": 390, "height": 664}, has_touch=True)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with serving(page, tmp_path, config) as url:
        open_walk(page, url + case.path, live=count)
        boxes = page.evaluate(BOXES)
        assert len(boxes) == 1 + count
        assert all(box["bottom"] <= 664 and box["right"] <= 390 for box in boxes), boxes
        assert boxes[0]["width"] >= 180
        assert min(box["width"] for box in boxes[1:]) >= 96
        assert page.evaluate(CUT) == []
        page.evaluate("() => { heard.length = 0; }")
        draw(page, ((0.3, 0.3), (0.7, 0.3), (0.5, 0.8)))
        heard = page.evaluate("() => heard")
        assert {one["model"] for one in heard} == {model for model, _, _ in case.models}
        assert {(one["pixels"], one["answer"]) for one in heard} == {(case.side**2, case.side**2)}
        for button in page.locator("#tries button").all():
            button.click()
            settle(page)
            if page.locator("#guess").is_visible():
                assert count > 1
                page.click("#show")
            wait_for(page, LIVE.format(count=count))
            assert all(word.strip() for word in page.locator(".answer-word").all_inner_texts())
        offered = page.locator("#noises input").evaluate_all("(all) => all.map((one) => one.value)")
        assert set(offered) == ({"none", *kinds} if kinds else set())
        if kinds:
            before = page.evaluate("() => heard.length")
            page.locator("#noises label").last.click()
            wait_for(page, f"() => heard.length >= {before + count}")
        text = page.evaluate("() => document.title + document.querySelector('main').textContent")
        assert not re.search(case.never, text), re.search(case.never, text)
        expect(page.locator("main a[href$='lesson/']")).to_have_count(0)  # without a report there is nothing to expect
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        assert np.isfinite([one["ink"] for one in page.evaluate("() => heard")]).all()
    page.close()
    assert faults == []
