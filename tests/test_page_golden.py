"""The same mathematics: what the page's modules compute from a built site's files, beside JAX's answers.

And the built page, whose scripts are joined and have short names, says the same of itself.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.weights.golden import read_golden, read_golden_pixels
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT, run_build
from workshop.matrix import in_matrix
from workshop.scripts import open_modules, serving

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
ENGINES = ("wasm-relaxed", "wasm-simd", "plain")
TOLERANCE = {"F32": 1e-5, "F16": 2e-3}
ANSWERS = """async ([folder, text, engine]) => {
  const [{ createKernel }, { fetchWeights }] = await Promise.all(["network/kernel", "network/weights"].map(load));
  const lab = new DOMParser().parseFromString(await (await fetch(`${folder}lab/index.html`)).text(), "text/html");
  const site = JSON.parse(lab.getElementById("site").textContent);
  const { simd, relaxed } = site.kernel;
  const kernel = await createKernel({ simd: folder + simd.file, relaxed: folder + relaxed.file }, engine);
  const pixels = new Float32Array(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
  const answers = {};
  for (const entry of site.models) {
    const weights = await fetchWeights(entry, folder + entry.file, () => {}, new AbortController().signal);
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
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with float16 weights."""
    out = tmp_path_factory.mktemp("half") / "_site"
    done = run_build("--out", out, "--dtype", "F16")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def url(site: Path, half: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the page's modules, and beside them of both sites."""
    folder = tmp_path_factory.mktemp("golden")
    for name, place in {"F32": site, "F16": half}.items():
        (folder / name).symlink_to(place, target_is_directory=True)
    with serving(folder) as served:
        yield served


def golden(name: str) -> Any:
    """The inputs, and JAX's answers of one model, [100, 784] each."""
    folder = ROOT / "weights" / "golden"
    pixels = read_golden_pixels(folder)
    return pixels, read_golden(folder, name, read_weights(ROOT / "weights" / f"{name}.safetensors").sha256, pixels)


@pytest.mark.parametrize(("dtype", "engine"), [*(("F32", engine) for engine in ENGINES), ("F16", ENGINES[0])])
def test_all_models_answer_the_golden_inputs_as_jax_does(page: Page, url: str, dtype: str, engine: str) -> None:
    if engine == "plain":
        page.add_init_script("delete globalThis.WebAssembly")  # which it must do without altogether
    modules = open_modules(page, url)
    pixels, _ = golden(MODELS[0])
    assert pixels.shape == (100, 784)
    text = base64.b64encode(np.ascontiguousarray(pixels, np.float32).tobytes()).decode()
    got = modules.evaluate(ANSWERS, [f"{dtype}/", text, engine])
    assert (got["engine"], got["dtype"]) == (engine, dtype)
    assert list(got["answers"]) == MODELS
    worst = {}
    for name in MODELS:
        answers = np.frombuffer(base64.b64decode(got["answers"][name]), np.float32).reshape(pixels.shape)
        worst[name] = float(np.abs(answers.astype(np.float64) - golden(name)[1]).max())
    assert max(worst.values()) <= TOLERANCE[dtype], worst
    if dtype == "F16":
        assert min(worst.values()) > TOLERANCE["F32"], worst  # the weights were rounded indeed


@pytest.mark.parametrize(
    ("dtype", "engine"),
    [
        ("F32", ENGINES[0]),
        ("F16", "plain"),
        *in_matrix(("F32", engine) for engine in ENGINES[1:]),
    ],
)
def test_the_built_page_says_so_with_the_engine_asked_for(page: Page, url: str, dtype: str, engine: str) -> None:
    page.goto(f"{url}{dtype}/lab/?selftest={engine}")
    result = page.locator("#selftest[data-result]")
    expect(result).to_have_attribute("data-result", "passed", timeout=60_000)
    worst = float(result.get_attribute("data-worst") or "nan")
    assert (0 if dtype == "F32" else TOLERANCE["F32"]) < worst <= TOLERANCE[dtype]
    expect(page.locator("#selftest-rows tr")).to_have_count(len(MODELS))
    said = {"plain": "engine JavaScript", "wasm-simd": "SIMD", "wasm-relaxed": "relaxed"}[engine]
    assert said in page.locator("#selftest-summary").inner_text()
