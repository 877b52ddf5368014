"""The word for an answer: counted by hand on small images, and the same in Python and in the page."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from export.draw.strokes import read_samples
from export.site.tries import make_tries
from export.site.verdict import RULES, Ink, find_pieces, measure, rules_data, word
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
MEASURE = """async ([given, answer, rules]) => {
  const { findPieces, measure, verdict } = await load("draw/verdict");
  const pieces = new Int32Array(given.length);
  findPieces(Float32Array.from(given), rules.piece, pieces);
  const ink = measure(Float32Array.from(given), Float32Array.from(answer), pieces, rules);
  return { ...ink, pieces: Array.from(pieces), word: verdict(ink, rules) };
}"""


def image(text: str) -> NDArray[np.float64]:
    """Digits are tenths of ink, # is all of it, a dot none."""
    return np.array([1.0 if sign == "#" else 0.0 if sign == "." else int(sign) / 10 for sign in "".join(text.split())])


@pytest.mark.parametrize(
    ("given", "answer", "ink"),
    [
        ("##. ... ...", "##. ... ...", Ink(2, 0, 0, 0, 0)),
        ("##. ... ...", "##. .#. .5.", Ink(2, 1.5, 0, 0, 0)),
        ("##. ... ..#", "##. ... ...", Ink(3, 0, 1, 1, 1)),
        ("##. ... ..#", "... ... ..#", Ink(3, 0, 2, 1, 0)),  # the largest piece is not loose
        ("##. ... ..#", "##. ... ..3", Ink(3, 0, 0.7, 1, 1)),  # of which 0.3 is left is gone
        ("##. ... ..#", "##. ... ..4", Ink(3, 0, 0.6, 1, 0)),
        ("##. ... ..2", "##. ... ...", Ink(2.2, 0, 0.2, 0, 0)),  # too faint for a piece
        ("### ### ###", "8#8 #8# 8#8", Ink(9, 0, 1, 0, 0)),
    ],
)
def test_ink_is_counted_as_by_hand(given: str, answer: str, ink: Ink) -> None:
    assert vars(measure(image(given), image(answer))) == pytest.approx(vars(ink))


def test_changes_too_small_to_be_seen_are_none() -> None:
    assert measure(image("#.. ... ..."), image("#.. ... ...") * 0.97 + 0.02).added == 0


def test_what_is_given_beyond_its_range_counts_as_its_ends() -> None:
    assert measure(np.array([1.7, -0.6, 0, 0]), np.array([1.0, 0, 0, 0])) == Ink(1, 0, 0, 0, 0)


def test_pieces_touch_at_edges_and_corners() -> None:
    assert find_pieces(image("#..# .#.. ...# #...")).tolist() == [1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0]


@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        (Ink(50, 1, 2, 0, 0), "copies"),
        (Ink(50, 50, 1, 0, 0), "completes"),
        (Ink(50, 50, 1, 20, 0), "fills"),
        (Ink(50, 10, 1, 0, 0), "fills"),
        (Ink(50, 2, 20, 15, 12), "cleans"),
        (Ink(50, 2, 20, 15, 2), "thins"),
        (Ink(50, 2, 20, 0, 0), "thins"),
        (Ink(50, 15, 25, 0, 0), "both"),
        (Ink(50, 60, 40, 0, 0), "redraws"),
        (Ink(0.5, 60, 0, 0, 0), "blank"),
    ],
)
def test_each_word_is_given_for_what_it_says(ink: Ink, expected: str) -> None:
    assert word(ink) == expected


def test_the_last_rule_always_holds_and_none_is_out_of_reach() -> None:
    last = RULES[-1]
    assert {last.added, last.removed, last.loose, last.gone} == {(0, float("inf"))}
    shares = np.linspace(0, 2, 41)
    words = {
        word(Ink(1, added, removed, loose, loose * gone))
        for added in shares
        for removed in shares[:21]
        for loose in (0.0, 0.5)
        for gone in (0.0, 1.0)
    }
    assert words == {rule.word for rule in RULES}


def test_the_table_survives_json() -> None:
    data = rules_data()
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("verdict")) as url:
        yield url


def test_the_page_counts_and_judges_the_same(page: Page, modules: str) -> None:
    open_modules(page, modules)
    random = np.random.default_rng(1)
    tries = [one.pixels for one in make_tries(SAMPLES, "mnist", 28)]
    given = [*tries, random.normal(0.5, 1, 784), np.zeros(784), *(random.random((4, 256)) ** 6)]
    for pixels in given:
        changed = np.clip(pixels + random.normal(0, 0.3, pixels.size) * (random.random(pixels.size) < 0.3), 0, 1)
        for answer in (np.clip(pixels, 0, 1), changed, np.zeros_like(pixels), random.random(pixels.size)):
            got: dict[str, Any] = page.evaluate(MEASURE, [pixels.tolist(), answer.tolist(), rules_data()])
            ink = measure(pixels.astype(np.float32).astype(float), answer.astype(np.float32).astype(float))
            assert {key: got[key] for key in vars(ink)} == pytest.approx(vars(ink), abs=1e-3)
            assert got["word"] == word(ink)
            assert got["pieces"] == find_pieces(np.clip(pixels, 0, 1)).tolist()
