"""The same mathematics: what the built page computes of the golden inputs, beside what JAX answered to them."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.weights.golden import read_golden, read_golden_pixels
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT, run_build
from workshop.serving import serve
from workshop.visit import visit

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
ENGINES = ("wasm-relaxed", "wasm-simd", "plain")
TOLERANCE = {"F32": 1e-5, "F16": 2e-3}
ANSWERS = """async ([text, engine]) => {
  const [{ createKernel }, { fetchWeights }, { readSite }] =
    await Promise.all(["network/kernel", "network/weights", "page/site"].map((name) => import(name)));
  const site = readSite();
  const kernel = await createKernel(
    { simd: site.root + site.kernel.simd.file, relaxed: site.root + site.kernel.relaxed.file }, engine);
  const pixels = new Float32Array(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
  const answers = {};
  for (const entry of site.models) {
    const weights = await fetchWeights(entry, site.root + entry.file, () => {}, new AbortController().signal);
    const handle = kernel.load(weights);
    const all = new Float32Array(pixels.length);
    for (let start = 0; start < pixels.length; start += weights.visible) {
      kernel.update(handle, pixels.subarray(start, start + weights.visible)); // as every frame of the page does it
      kernel.decode(handle);
      all.set(kernel.reconstruction(handle), start);
    }
    kernel.unload(handle);
    answers[entry.name] = await new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(",")[1]);
      reader.readAsDataURL(new Blob([all]));
    });
  }
  return { engine: kernel.engine, dtype: site.dtype, answers };
}"""


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the site with float16 weights."""
    out = tmp_path_factory.mktemp("half") / "_site"
    done = run_build("--out", out, "--dtype", "F16")
    assert done.returncode == 0, done.stderr
    server = serve(out)
    yield f"http://127.0.0.1:{server.server_address[1]}/lab/"
    server.shutdown()
    server.server_close()


def golden(name: str) -> Any:
    """The inputs, and JAX's answers of one model, [100, 784] each."""
    folder = ROOT / "weights" / "golden"
    pixels = read_golden_pixels(folder)
    return pixels, read_golden(folder, name, read_weights(ROOT / "weights" / f"{name}.safetensors").sha256, pixels)


@pytest.mark.parametrize(("dtype", "engine"), [*(("F32", engine) for engine in ENGINES), ("F16", ENGINES[0])])
def test_all_models_answer_the_golden_inputs_as_jax_does(
    page: Page, lab: str, half: str, dtype: str, engine: str
) -> None:
    if engine == "plain":
        page.add_init_script("delete globalThis.WebAssembly")  # which it must do without altogether
    visit(page, {"F32": lab, "F16": half}[dtype])
    pixels, _ = golden(MODELS[0])
    assert pixels.shape == (100, 784)
    text = base64.b64encode(np.ascontiguousarray(pixels, np.float32).tobytes()).decode()
    got = page.evaluate(ANSWERS, [text, engine])
    assert (got["engine"], got["dtype"]) == (engine, dtype)
    assert list(got["answers"]) == MODELS
    worst = {}
    for name in MODELS:
        answers = np.frombuffer(base64.b64decode(got["answers"][name]), np.float32).reshape(pixels.shape)
        worst[name] = float(np.abs(answers.astype(np.float64) - golden(name)[1]).max())
    assert max(worst.values()) <= TOLERANCE[dtype], worst
    if dtype == "F16":
        assert min(worst.values()) > TOLERANCE["F32"], worst  # the weights were rounded indeed


def test_the_self_test_of_rounded_weights_passes_with_the_engine_asked_for(page: Page, half: str) -> None:
    page.goto(f"{half}?selftest=plain")
    result = page.locator("#selftest[data-result]")
    expect(result).to_have_attribute("data-result", "passed", timeout=60_000)
    assert TOLERANCE["F32"] < float(result.get_attribute("data-worst") or "nan") <= TOLERANCE["F16"]
    expect(page.locator("#selftest-rows tr")).to_have_count(len(MODELS))
    assert "engine JavaScript" in page.locator("#selftest-summary").inner_text()
