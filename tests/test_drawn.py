"""Digits drawn from a seed: the same bytes in both languages, in MNIST's digit box, and other ones in every image."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from train.data.drawn import SIDE, Grammar, draw_digits, read_grammar
from train.errors import DataError
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

PATH = ROOT / "site_template" / "digits.json"
DRAW = """async ([grammar, seed, first, count]) => {
  const { Digits } = await load("draw/digits");
  const digits = new Digits(grammar, seed);
  const images = new Uint8Array(784 * count);
  const shown = [];
  for (let k = 0; k < count; k++) shown.push(digits.draw(first + k, images.subarray(784 * k, 784 * (k + 1))));
  const hash = await crypto.subtle.digest("SHA-256", images);
  return [Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join(""), shown];
}"""
SUPPLY = """async ([grammar, batches, batch]) => {
  const { DrawnSupply } = await load("learn/drawn");
  const supplies = [0, 1].map(() => new DrawnSupply(grammar, 5));
  const images = [0, 1].map(() => new Uint8Array(784 * batch));
  const seen = new Map();
  for (let k = 0; k < batches; k++) {
    supplies.forEach((supply, at) => supply.fill(images[at]));
    if (images[0].some((byte, at) => byte !== images[1][at])) return "two supplies of one seed differ";
    for (let one = 0; one < batch; one++) {
      const image = images[0].slice(784 * one, 784 * (one + 1)).join();
      seen.set(image, (seen.get(image) ?? 0) + 1);
    }
  }
  return seen.size;
}"""


@pytest.fixture(scope="module")
def modules(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with serving(tmp_path_factory.mktemp("modules")) as url:
        yield open_modules(browser.new_page(), url)


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return read_grammar(PATH)


@pytest.mark.parametrize(("seed", "first", "count"), [(0, 0, 3000), (2**32 - 1, 7, 500), (123456789, 2**32 - 300, 300)])
def test_page_and_python_draw_the_same_bytes(
    modules: Page, grammar: Grammar, seed: int, first: int, count: int
) -> None:
    images, digits = draw_digits(grammar, seed, range(first, first + count))
    drawn = modules.evaluate(DRAW, [json.loads(PATH.read_text()), seed, first, count])
    assert drawn == [hashlib.sha256(images.tobytes()).hexdigest(), digits.tolist()]


def test_wild_spreads_are_the_same_in_both_too(modules: Page, grammar: Grammar) -> None:
    """Limits are met, lines fold over themselves and leave the frame: still equal."""
    data = json.loads(PATH.read_text())
    data["spread"] = {name: [mean, 4 * deviation] for name, (mean, deviation) in grammar.spread.items()}
    wild = Grammar({name: (mean, deviation) for name, (mean, deviation) in data["spread"].items()}, grammar.digits)
    images, digits = draw_digits(wild, 1, range(500))
    drawn = modules.evaluate(DRAW, [data, 1, 0, 500])
    assert drawn == [hashlib.sha256(images.tobytes()).hexdigest(), digits.tolist()]


def test_images_lie_in_the_frame_as_those_of_mnist_do(grammar: Grammar) -> None:
    images, digits = draw_digits(grammar, 3, range(1000))
    square = images.reshape(-1, SIDE, SIDE).astype(np.float64)
    ink = square.sum(axis=(1, 2))
    for axis in (1, 2):
        middle = (square.sum(axis=axis) * (np.arange(SIDE) + 0.5)).sum(axis=1) / ink
        assert np.abs(middle - SIDE / 2).max() <= 0.5 + 1 / 255
    # The box is measured where half of a pixel is inked: the longer side of each is 20 pixels, one more or less.
    spans = np.stack([(square.max(axis=axis) > 127).sum(axis=1) for axis in (1, 2)]).max(axis=0)
    assert np.percentile(spans, 1) >= 19
    assert np.percentile(spans, 99) <= 21
    assert (np.bincount(digits, minlength=10) > 60).all()
    assert len(np.unique(images, axis=0)) == len(images)
    assert 25 < images.mean() < 42  # MNIST's training images: 33.3


def test_an_image_depends_on_its_seed_and_number_alone(grammar: Grammar) -> None:
    images, digits = draw_digits(grammar, 9, range(50))
    some, shown = draw_digits(grammar, 9, [41, 7])
    assert np.array_equal(some, images[[41, 7]])
    assert shown.tolist() == digits[[41, 7]].tolist()
    assert not np.array_equal(draw_digits(grammar, 10, [7])[0], some[1:])


def test_a_supply_draws_a_quarter_of_a_batch_anew(modules: Page) -> None:
    """Forty batches of 100: a thousand images first, then 25 a batch."""
    assert modules.evaluate(SUPPLY, [json.loads(PATH.read_text()), 40, 100]) == 1000 + 30 * 25


@pytest.mark.parametrize("text", ["", "[]", '{"spread": {}, "digits": []}', '{"digits": 3}'])
def test_a_file_that_is_no_grammar_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "digits.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"digits\.json"):
        read_grammar(path)
