"""The page's reader of the lighter weights: the values that Python reads from them, and each way a file can be bad."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from export.weights.light import parse_light
from tests.test_light import BAD, HIDDEN, VISIBLE, light_of, pixels, some, weights_of
from workshop.scripts import open_modules, random_params, serving

PARSE = """
async (text) => {
  const { parseLight } = await load("network/light");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  try {
    const { weight, hiddenBias, visibleBias, ...rest } = parseLight(bytes.buffer, "some.safetensors");
    return { ...rest, values: [weight, hiddenBias, visibleBias].map((array) => Array.from(array)) };
  } catch (error) {
    return { name: error.name, code: error.code, file: error.file, part: error.details?.part };
  }
}
"""
PARTS = {
    "a 404 page": "header length",
    "truncated": "tensor bytes",
    "float32 weights": "tensors",
    "another format": "format",
    "no step": "step",
    "a step that is none": "step",
    "the shape of another model": "hidden",
    "floats for planes": "weight_planes dtype",
    "four planes": "weight_planes",
    "a bias of another length": "hidden_bias",
    "a bias of halves": "visible_bias dtype",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("light")) as served:
        yield served


def parse(page: Page, url: str, data: bytes) -> dict[str, Any]:
    got: dict[str, Any] = open_modules(page, url).evaluate(PARSE, base64.b64encode(data).decode())
    return got


def of_outlier() -> bytes:
    """A file of three planes."""
    weight: NDArray[np.float32] = random_params(VISIBLE, HIDDEN, 0.3).weight
    weight[3, 1] = -400
    data = light_of(weights_of(random_params(VISIBLE, HIDDEN, 0.3)._replace(weight=weight)), pixels())
    assert b'"shape":[3,' in data
    return data


@pytest.mark.parametrize("make", [lambda: light_of(some()), lambda: light_of(some(0.01)), of_outlier])
def test_the_values_are_those_that_python_reads(page: Page, url: str, make: Any) -> None:
    data = make()
    got = parse(page, url, data)
    assert (got["visible"], got["hidden"], got["precision"]) == (VISIBLE, HIDDEN, "fixed-point")
    for values, array in zip(got["values"], parse_light(data, "file"), strict=True):
        assert values == array.astype(np.float64).ravel().tolist()


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_by_name_and_part(page: Page, url: str, case: str) -> None:
    got = parse(page, url, BAD[case][0])
    assert (got.get("name"), got["code"], got["file"]) == ("WeightsError", "format", "some.safetensors")
    assert got["part"] == PARTS[case]


def test_a_bias_that_is_no_number_is_refused(page: Page, url: str) -> None:
    data = light_of(some())
    start = 8 + int.from_bytes(data[:8], "little")
    broken = data[:start] + np.array([np.nan], np.float32).tobytes() + data[start + 4 :]
    assert parse(page, url, broken)["part"] == "hidden_bias[0]"
