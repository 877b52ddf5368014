"""Readers that learn signs from a few examples, beside scikit-learn's ridge regression; and signs as text."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page
from sklearn.linear_model import Ridge

from workshop.scripts import open_modules, serving

RIDGE = 0.1
READ = """async ([codes, signs, count, asked]) => {
  const { FewReader, countRight } = await load("learn/few");
  const shown = codes.map((code, k) => ({ code: Float32Array.from(code), sign: signs[k] }));
  const reader = new FewReader(shown, count);
  const read = asked.map((code) => {
    reader.read(Float32Array.from(code));
    return [Array.from(reader.scores), reader.best];
  });
  const fewest = Math.min(...[...Array(count).keys()].map((sign) => signs.filter((one) => one === sign).length));
  const counts = [...Array(fewest - 1).keys()].map((k) => countRight(shown, count, k + 1));
  return { scores: read.map(([scores]) => scores), best: read.map(([, best]) => best), counts };
}"""
WRITE = """async (examples) => {
  const { writeSigns, readSigns } = await load("draw/signs");
  const { strokeFromPoints } = await load("draw/strokes");
  const { encodeStrokes } = await load("draw/encoding");
  const text = writeSigns(examples.map(([sign, points]) => ({ sign, strokes: [strokeFromPoints("soft", points)] })));
  const { examples: read, whole } = readSigns(text);
  return { text, whole, again: writeSigns(read), first: encodeStrokes(read[0].strokes) };
}"""
PARSE = """async (text) => {
  const { readSigns } = await load("draw/signs");
  const { examples, whole } = readSigns(text);
  return { signs: examples.map(({ sign }) => sign).join(""), whole };
}"""
Codes = NDArray[np.float32]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("few")) as served:
        yield served


def make_codes(numbers: tuple[int, ...], features: int, seed: int = 0) -> tuple[Codes, NDArray[np.int64]]:
    """Codes in [0, 1] around one for each sign, so loosely that some are read wrongly."""
    random = np.random.default_rng(seed)
    centres = random.random((len(numbers), features))
    signs = np.repeat(np.arange(len(numbers)), numbers)
    order = random.permutation(len(signs))
    codes = np.clip(centres[signs] + random.normal(0, 1.1, (len(signs), features)), 0, 1).astype(np.float32)
    return codes[order], signs[order]


def fit(codes: Codes, signs: NDArray[np.int64], count: int) -> Ridge:
    centred = codes.astype(np.float64) - codes.mean(0, dtype=np.float64)
    alpha = RIDGE * (centred**2).sum() / len(codes)
    return Ridge(alpha=alpha).fit(codes.astype(np.float64), np.eye(count)[signs])


def count_right(codes: Codes, signs: NDArray[np.int64], count: int, each: int) -> dict[str, int]:
    groups = [np.flatnonzero(signs == sign) for sign in range(count)]
    right = asked = 0
    for first in range(max(map(len, groups))):
        learned = np.concatenate([np.take(group, range(first, first + each), mode="wrap") for group in groups])
        others = np.setdiff1d(np.arange(len(codes)), learned)
        named = fit(codes[learned], signs[learned], count).predict(codes[others].astype(np.float64)).argmax(1)
        right += int((named == signs[others]).sum())
        asked += len(others)
    return {"right": right, "asked": asked}


@pytest.mark.parametrize(("numbers", "features"), [((1, 1), 500), ((2, 3), 784), ((4, 2, 5), 500), ((8, 8, 8), 500)])
def test_it_reads_as_ridge_regression_does(page: Page, url: str, numbers: tuple[int, ...], features: int) -> None:
    codes, signs = make_codes(numbers, features)
    asked = np.random.default_rng(1).random((20, features)).astype(np.float32)
    got = open_modules(page, url).evaluate(READ, [codes.tolist(), signs.tolist(), len(numbers), asked.tolist()])
    expected = fit(codes, signs, len(numbers)).predict(asked.astype(np.float64))
    assert np.abs(np.array(got["scores"]) - expected).max() < 1e-5
    assert got["best"] == expected.argmax(1).tolist()
    counts = [count_right(codes, signs, len(numbers), each) for each in range(1, min(numbers))]
    assert got["counts"] == counts
    assert not counts or 0 < counts[0]["right"] < counts[0]["asked"], "some are read rightly, some are not"


def test_examples_that_are_all_alike_still_have_an_answer(page: Page, url: str) -> None:
    same = [[0.5] * 6] * 4
    got = open_modules(page, url).evaluate(READ, [same, [0, 0, 1, 1], 2, same[:1]])
    assert got["scores"] == [[0.5, 0.5]]


def test_signs_are_written_and_read(page: Page, url: str) -> None:
    examples = [[k % 3, [[k + 1, 2], [k + 1.5, 20]]] for k in range(7)]
    got = open_modules(page, url).evaluate(WRITE, examples)
    assert got["whole"]
    assert got["again"] == got["text"]
    assert [part[0] for part in got["text"].split(".")] == [*"abcabca"]
    assert got["text"].split(".")[0] == f"a{got['first']}"
    cut = page.evaluate(PARSE, got["text"][:-2])
    assert cut == {"signs": "012012", "whole": False}, "all examples before the one that was cut"


@pytest.mark.parametrize(("text", "signs"), [(".", ""), ("d1AA", ""), ("a", ""), ("a1AAII.x.b1AAII", "01"), ("a!", "")])
def test_what_is_no_sign_is_left_out_and_said(page: Page, url: str, text: str, signs: str) -> None:
    assert open_modules(page, url).evaluate(PARSE, text) == {"signs": signs, "whole": False}


def test_there_are_at_most_eight_of_each(page: Page, url: str) -> None:
    text = ".".join(["a1AAII"] * 9 + ["b1AAII"])
    assert open_modules(page, url).evaluate(PARSE, text) == {"signs": "000000001", "whole": False}
    assert open_modules(page, url).evaluate(PARSE, "") == {"signs": "", "whole": True}
    assert open_modules(page, url).evaluate(PARSE, ".".join(["a"] * 100_000))["whole"] is False
