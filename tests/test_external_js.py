"""Weights from disk in the page: what the build takes the page takes, with the same numbers; what it refuses, too."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from safetensors.numpy import save_file

from export.weights.external import ExternalError, read_external
from export.weights.weights_file import FORMAT, Facts, format_weights, parse_weights
from tests.test_external import OTHER, PYTORCH, SQUARE, THEANO, arrays
from train.learn.params import Params
from workshop.scripts import open_modules, random_params, serving

PARSE = """async (files) => {
  const { parseExternal } = await load("network/external");
  return files.map((text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    try {
      const { weight, hiddenBias, visibleBias, visible, hidden } = parseExternal(bytes.buffer, "mine.safetensors");
      const bits = [weight, hiddenBias, visibleBias].map((one) => Array.from(new Uint32Array(one.slice().buffer)));
      return [visible, hidden, ...bits];
    } catch (error) {
      if (error.name !== "WeightsError") throw error;
      return error.message;
    }
  });
}"""
FORMATTED = """async ([text, facts]) => {
  const { parseWeights } = await load("network/weights");
  const { formatWeights } = await load("network/format");
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return Array.from(formatWeights(parseWeights(bytes.buffer, "mine.safetensors"), facts));
}"""
SQUARE_PYTORCH = dict(zip(("encoder.weight", "encoder.bias", "decoder.bias"), SQUARE.values(), strict=True))
CONTENTS: tuple[dict[str, Any], ...] = (
    arrays(),
    arrays("float16"),
    arrays("float64"),
    arrays() | {"weight": arrays()["weight"].T},
    PYTORCH,
    THEANO,
    SQUARE,
    SQUARE_PYTORCH,
    dict(zip(("W", "b1", "b2"), SQUARE.values(), strict=True)),
    dict(zip(("kernel", "b1", "b2"), SQUARE.values(), strict=True)),
    SQUARE_PYTORCH | {"decoder.weight": SQUARE["weight"].T},
    SQUARE_PYTORCH | {"decoder.weight": SQUARE["weight"]},
    *(
        PYTORCH | second
        for second in (
            {"decoder.weight": OTHER.T},
            {"decoder.weight": OTHER},
            {"decoder.weight": OTHER.T.astype(np.float64)},
            {"decoder.weight": arrays()["weight"] * np.float32(1.01)},
            {"decoder.weight_v": OTHER.T, "decoder.weight_g": np.ones((9, 1))},
            {"something": OTHER},
            {"decoder.weight": arrays()["weight"]},
            {"decoder.weight": arrays()["weight"].astype(np.float16)},
            {"copy": arrays()["weight"].T},
            {"encoder.weight.exp_avg": OTHER, "encoder.weight.exp_avg_sq": OTHER},
            {"optimizer/encoder/weight": OTHER, "momentum": OTHER},
            {"m": OTHER, "v": OTHER},
            {"encoder.weight_m": OTHER, "encoder.weight_v": OTHER},
            {"mask": np.ones((5, 9), bool)},
            {"decoder.table": np.ones((5, 9), np.int32)},
        )
    ),
    THEANO | {"W_prime": OTHER},
    THEANO | {"steps": np.array([7]), "used": np.ones((5, 9), bool), "nan": np.full(3, np.nan)},
    {"W": arrays()["weight"]},
    arrays() | {"W": np.zeros((9, 5))},
    arrays() | {"weight": np.zeros((9, 6))},
    arrays() | {"weight": np.zeros(45)},
    arrays() | {"weight": np.zeros((9, 5), int)},
    arrays() | {"weight": np.full((9, 5), np.nan)},
    arrays() | {"weight": np.full((9, 5), 1e300)},
    arrays() | {"weight": np.zeros((8, 5)), "visible_bias": np.zeros(8)},
)


@pytest.fixture(scope="module")
def modules(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with serving(tmp_path_factory.mktemp("modules")) as url:
        yield open_modules(browser.new_page(), url)


def _files(folder: Path) -> Iterator[bytes]:
    path = folder / "content.safetensors"
    for content in CONTENTS:
        save_file({name: np.ascontiguousarray(array) for name, array in content.items()}, path)
        yield path.read_bytes()
    good = path.read_bytes()
    save_file({name: np.ascontiguousarray(array) for name, array in arrays().items()}, path)
    good = path.read_bytes()
    length = int.from_bytes(good[:8], "little")
    yield b""
    yield good[:7]
    yield good[: len(good) // 2]
    yield good + b"\0"
    yield b"PK\3\4" + good
    yield good.replace(b'"F32"', b'"F16"', 1)
    yield good.replace(b'"shape"', b'"shaqe"', 1)
    header = good[8 : 8 + length].strip()
    twice = header[:-1] + b',"weight":' + header.split(b'"weight":')[1].split(b"}")[0] + b"}}"
    yield len(twice).to_bytes(8, "little") + twice + good[8 + length :]


def _read(path: Path) -> Params | None:
    try:
        return read_external(path)
    except ExternalError:
        return None


def test_the_page_reads_what_the_build_reads_and_refuses_what_it_refuses(modules: Page, tmp_path: Path) -> None:
    files = list(_files(tmp_path))
    answers = modules.evaluate(PARSE, [base64.b64encode(data).decode() for data in files])
    path = tmp_path / "mine.safetensors"
    taken = 0
    for number, (data, got) in enumerate(zip(files, answers, strict=True)):
        path.write_bytes(data)
        params = _read(path)
        assert isinstance(got, str) == (params is None), f"{number}: one takes what the other refuses: {got}"
        if params is None:
            assert got.startswith("mine.safetensors: format: part "), got
            assert "expected" in got
            continue
        taken += 1
        assert got[:2] == list(params.weight.shape), number
        bits = [np.ascontiguousarray(one).view(np.uint32).ravel().tolist() for one in params]
        assert got[2:] == bits, number
    assert taken == 19


def test_the_page_writes_the_bytes_that_python_writes(modules: Page) -> None:
    params = random_params(16, 3, 0.5)
    facts = Facts("gaussian", 0.75, "drawn", seed=7, recipe="0123456789abcdef")
    data = format_weights(params, facts)
    written = bytes(modules.evaluate(FORMATTED, [base64.b64encode(data).decode(), facts.metadata()]))
    assert written == data
    assert parse_weights(written, "mine", "mine").facts == facts
    assert FORMAT.encode() in written
