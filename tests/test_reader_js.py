"""The page's readers beside JAX, on the golden inputs; and each way a file can be bad."""

import base64
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page

from export.draw.strokes import read_samples
from export.weights.golden import golden_pixels
from export.weights.reader_file import read_golden_shares, read_reader
from export.weights.tensors import format_tensors
from export.weights.weights_file import read_weights
from train.learn.readers import PIXELS
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

WEIGHTS = ROOT / "weights"
TOLERANCE = 1e-5
MODELS = [one.name for one in read_config(ROOT / "models.toml").models]
READ = """async ([reader, weights, threshold, images]) => {
  const { createKernel } = await load("network/kernel");
  const { parseWeights } = await load("network/weights");
  const { parseReader } = await load("network/reader");
  const get = async (file) => (await fetch(`weights/${file}.safetensors`)).arrayBuffer();
  const one = parseReader(await get(reader), "reader", threshold);
  const kernel = await createKernel({ simd: "kernel/simd.wasm", relaxed: "kernel/relaxed.wasm" });
  const handle = weights ? kernel.load(parseWeights(await get(weights), "weights")) : -1;
  return images.map((image) => {
    const pixels = Float32Array.from(image);
    if (weights) kernel.encode(handle, pixels);
    one.read(weights ? kernel.code(handle) : pixels);
    return { shares: Array.from(one.shares), best: one.best, sure: one.sure };
  });
}"""
PARSE = """async (text) => {
  const { parseReader } = await load("network/reader");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  try {
    return Array.from(parseReader(bytes.buffer, "some.reader.safetensors", 0.5).shares);
  } catch (error) {
    return error.message;
  }
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "weights").symlink_to(WEIGHTS, target_is_directory=True)
    with serving(folder) as served:
        yield served


def test_the_shares_are_those_of_jax(page: Page, url: str) -> None:
    modules = open_modules(page, url)
    for name in (*MODELS, PIXELS):
        hold_shares(modules, name)


def hold_shares(modules: Page, name: str) -> None:
    """One reader's, of the golden inputs."""
    weights = None if name == PIXELS else read_weights(WEIGHTS / f"{name}.safetensors")
    file = read_reader(name, WEIGHTS, weights, "mnist")
    assert file is not None
    expected = read_golden_shares(file, WEIGHTS)
    stem = "pixels" if weights is None else name
    images = golden_pixels(read_samples(ROOT / "site_template" / "samples.json")).tolist()
    given = [f"{stem}.reader", "" if weights is None else name, file.threshold, images]
    got = modules.evaluate(READ, given)
    assert np.abs(np.array([one["shares"] for one in got]) - expected).max() <= TOLERANCE, name
    assert [one["best"] for one in got] == expected.argmax(axis=1).tolist()
    clear = np.abs(expected.max(axis=1) - file.threshold) > TOLERANCE
    sure = np.array([one["sure"] for one in got])
    assert (sure == (expected.max(axis=1) >= file.threshold))[clear].all()
    assert 0 < sure.sum() < len(sure), "some are named, some are not"


def some(shape: tuple[int, ...] = (6, 3), bias: int = 3, form: str = "dae-reader/1") -> bytes:
    tensors = {"weight": np.ones(shape, np.float32), "bias": np.zeros(bias, np.float32)}
    return format_tensors(tensors, {"format": form})


def test_a_file_may_have_any_number_of_classes(page: Page, url: str) -> None:
    assert open_modules(page, url).evaluate(PARSE, base64.b64encode(some()).decode()) == [0, 0, 0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!doctype html><title>404</title>", "header length"),
        (some()[:-4], "tensor bytes"),
        (some(form="dae/1"), "part format, expected dae-reader/1"),
        (some(shape=(18,)), "two dimensions"),
        (some(bias=4), r"part bias, expected \[3\], got \[4\]"),
        (some()[:-4] + np.array([np.nan], np.float32).tobytes(), r"part (weight\[17\]|bias\[2\])"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_part(page: Page, url: str, data: bytes, said: str) -> None:
    got = open_modules(page, url).evaluate(PARSE, base64.b64encode(data).decode())
    assert got.startswith("some.reader.safetensors: format: ")
    assert re.search(said, got), got
