"""The browser kernel in real Chromium: three engines, the same numbers as float64, files that build again."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, Page

from export.weights.reference import encode, reconstruct
from workshop.matrix import in_matrix
from workshop.scripts import open_modules, serving, write_random

KERNEL = Path(__file__).resolve().parent.parent / "site_template" / "kernel"
ENGINES = ("wasm-relaxed", "wasm-simd", "plain")
SHAPES = ((784, 500), (3, 2), (1, 1), (8, 4), (7, 5), (33, 130), (100, 37))
EXACT = 1e-6

OPEN = """
const { createKernel } = await load("network/kernel");
const { parseWeights } = await load("network/weights");
const files = { simd: "kernel/simd.wasm", relaxed: "kernel/relaxed.wasm" };
const read = async (file) => parseWeights(await (await fetch(file)).arrayBuffer(), file);
"""


def script(body: str) -> str:
    return f"async (given) => {{ {OPEN} {body} }}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("kernel")
    for visible, hidden in SHAPES:
        write_random(folder / f"{visible}-{hidden}.safetensors", visible, hidden, 0.3)
    write_random(folder / "gentle.safetensors", 784, 500, 0.02)
    with serving(folder) as served:
        yield served


def test_the_committed_kernels_are_what_their_sources_compile_to(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(KERNEL / "build.py"), "--out", str(tmp_path)], check=True)
    built, committed = (
        {path.name: path.read_bytes() for path in folder.glob("*.wasm")} for folder in (tmp_path, KERNEL)
    )
    assert built == committed
    assert len(built) == 4


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("visible", "hidden"), SHAPES)
def test_every_engine_computes_what_float64_does(
    page: Page, url: str, tmp_path: Path, engine: str, visible: int, hidden: int
) -> None:
    random = np.random.default_rng(1)
    inputs = random.uniform(0, 1, (6, visible)) * (random.uniform(0, 1, (6, visible)) < 0.3)
    inputs[0] = 0
    pixels = inputs.astype(np.float32)
    body = """
    const kernel = await createKernel(files, given.engine);
    const handle = kernel.load(await read(given.file));
    const answers = given.pixels.map((values) => {
      kernel.encode(handle, Float32Array.from(values));
      kernel.decode(handle);
      return [Array.from(kernel.code(handle)), Array.from(kernel.reconstruction(handle))];
    });
    return { engine: kernel.engine, answers };
    """
    given = {"engine": engine, "file": f"{visible}-{hidden}.safetensors", "pixels": pixels.tolist()}
    got = open_modules(page, url).evaluate(script(body), given)
    params = write_random(tmp_path / "same.safetensors", visible, hidden, 0.3)
    assert got["engine"] == engine
    for image, (code, reconstruction) in zip(pixels, got["answers"], strict=True):
        assert np.abs(np.array(code) - encode(params, image)).max() <= 4 * EXACT
        assert np.abs(np.array(reconstruction) - reconstruct(params, image)).max() <= 4 * EXACT


@pytest.mark.parametrize("engine", ENGINES)
def test_the_sigmoid_is_exact_over_its_whole_range(page: Page, url: str, engine: str) -> None:
    body = """
    const kernel = await createKernel(files, given);
    const sums = Float32Array.from({ length: 4001 }, (_, k) => (k - 2000) / 16);
    const handle = kernel.load({ weight: new Float32Array(4001), hiddenBias: sums, visibleBias: new Float32Array(1),
      visible: 1, hidden: 4001, metadata: {} });
    return Math.max(...kernel.code(handle).map((value, k) => Math.abs(value - 1 / (1 + Math.exp(-sums[k])))));
    """
    assert open_modules(page, url).evaluate(script(body), engine) <= EXACT


@pytest.mark.parametrize("engine", ENGINES)
def test_the_kept_sum_stays_exact_over_100_000_changes(page: Page, url: str, engine: str) -> None:
    """Pixels change, strokes are undone, all is cleared, and models are loaded and unloaded in between."""
    body = """
    const kernel = await createKernel(files, given);
    const weights = await read("gentle.safetensors");
    const handle = kernel.load(weights);
    const pixels = new Float32Array(784);
    let undo = pixels.slice();
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    let worst = 0;
    const compare = () => {
      const code = kernel.code(handle);
      for (let unit = 0; unit < 500; unit++) {
        let sum = weights.hiddenBias[unit];
        for (let k = 0; k < 784; k++) sum += pixels[k] * weights.weight[k * 500 + unit];
        worst = Math.max(worst, Math.abs(Math.log(code[unit] / (1 - code[unit])) - sum));
      }
    };
    for (let event = 1; event <= 100_000; event++) {
      if (event % 10_007 === 0) pixels.fill(0);
      else if (event % 501 === 0) pixels.set(undo);
      else pixels[Math.floor(random() * 784)] = random();
      if (event % 500 === 0) undo = pixels.slice();
      if (event % 25_001 === 0) kernel.unload(kernel.load(weights));
      if (event % 30_011 === 0) kernel.load(weights);
      kernel.update(handle, pixels);
      if (event % 1999 === 0 || event === 100_000) compare();
    }
    return worst;
    """
    assert open_modules(page, url).evaluate(script(body), engine) <= 1e-4


@pytest.mark.parametrize("engine", [ENGINES[0], *in_matrix(ENGINES[1:])])
def test_a_frame_allocates_nothing(page: Page, url: str, engine: str) -> None:
    body = """
    const kernel = await createKernel(files, given);
    const handle = kernel.load(await read("784-500.safetensors"));
    const states = await kernel.states(handle, 2);
    const pixels = new Float32Array(784);
    const frames = (count) => {
      for (let frame = 0; frame < count; frame++) {
        pixels[(frame * 31) % 784] = (frame % 5) / 4;
        kernel.update(handle, pixels);
        kernel.decode(handle);
        if (kernel.code(handle).length + kernel.reconstruction(handle).length !== 1284) throw new Error("lengths");
        states.fed[0][frame % 784] = frame % 2;
        states.encode();
        states.decode();
      }
    };
    const used = () => performance.memory.usedJSHeapSize;
    frames(1000);
    await new Promise((done) => setTimeout(done, 200)); // the optimising compiler finishes
    let grown = 0; // summed up, lest the collector hide what it collects meanwhile
    for (let part = 0; part < 20; part++) {
      const before = used();
      frames(500);
      grown += Math.max(0, used() - before);
    }
    return grown;
    """
    assert open_modules(page, url).evaluate(script(body), engine) < 10_000 * 4, "less than a word a frame"


@pytest.mark.parametrize("engine", ENGINES)
def test_many_models_do_not_disturb_one_another(page: Page, url: str, engine: str) -> None:
    body = """
    const kernel = await createKernel(files, given);
    const shapes = ["784-500", "3-2", "33-130", "784-500", "100-37"];
    const all = await Promise.all(shapes.map((shape) => read(shape + ".safetensors")));
    const answer = (handle, weights) => {
      kernel.encode(handle, Float32Array.from({ length: weights.visible }, (_, k) => (k % 3) / 2));
      kernel.decode(handle);
      return kernel.reconstruction(handle).slice();
    };
    const alone = [];
    for (const weights of all) {
      const one = await createKernel(files, given);
      const handle = one.load(weights);
      one.encode(handle, Float32Array.from({ length: weights.visible }, (_, k) => (k % 3) / 2));
      one.decode(handle);
      alone.push(one.reconstruction(handle).slice());
    }
    const handles = all.map((weights) => kernel.load(weights));
    kernel.unload(handles[0]);
    handles[0] = kernel.load(all[0]);
    kernel.unload(handles[2]);
    handles[2] = kernel.load(all[2]);
    return all.every((weights, k) => String(answer(handles[k], weights)) === String(alone[k]));
    """
    assert open_modules(page, url).evaluate(script(body), engine) is True


@pytest.mark.parametrize("engine", ENGINES)
def test_a_unit_that_is_off_has_the_code_zero_until_it_is_on_again(page: Page, url: str, engine: str) -> None:
    body = """
    const kernel = await createKernel(files, given);
    const handle = kernel.load(await read("7-5.safetensors"));
    const pixels = new Float32Array(7).fill(0.5);
    kernel.encode(handle, pixels);
    const before = Array.from(kernel.code(handle));
    kernel.setUnit(handle, 3, false);
    const off = Array.from(kernel.code(handle));
    kernel.update(handle, pixels);
    const later = kernel.code(handle)[3];
    kernel.setUnit(handle, 3, true);
    return [before, off, later, Array.from(kernel.code(handle))];
    """
    before, off, later, after = open_modules(page, url).evaluate(script(body), engine)
    assert off == [*before[:3], 0, before[4]]
    assert later == 0
    assert after == before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("visible", "hidden"), SHAPES)
def test_states_together_are_answered_as_each_alone(
    page: Page, url: str, engine: str, visible: int, hidden: int
) -> None:
    """Of an odd and an even count, sparse and dense, with a unit off, with held pixels, and after memory has grown."""
    body = """
    const kernel = await createKernel(files, given.engine);
    const weights = await read(given.file);
    const handle = kernel.load(weights);
    kernel.setUnit(handle, 0, false);
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    let worst = 0;
    for (const count of [1, 4, 9]) {
      const states = await kernel.states(handle, count);
      kernel.load(await read("784-500.safetensors"));
      states.fed.forEach((fed, k) => fed.forEach((_, at) => (fed[at] = random() < (k + 1) / 9 ? random() - 0.2 : 0)));
      states.encode();
      states.decode();
      const whole = states.reconstruction.map((values) => values.slice());
      states.held.fill(1, 0, weights.visible - 1);
      states.decode();
      for (let k = 0; k < count; k++) {
        kernel.encode(handle, states.fed[k]);
        kernel.decode(handle);
        const code = kernel.code(handle);
        const answer = kernel.reconstruction(handle);
        const last = weights.visible - 1;
        for (let at = 0; at < code.length; at++) worst = Math.max(worst, Math.abs(states.code[k][at] - code[at]));
        for (let at = 0; at <= last; at++) worst = Math.max(worst, Math.abs(whole[k][at] - answer[at]));
        worst = Math.max(worst, Math.abs(states.reconstruction[k][last] - answer[last]));
      }
      states.close();
    }
    return worst;
    """
    given = {"engine": engine, "file": f"{visible}-{hidden}.safetensors"}
    assert open_modules(page, url).evaluate(script(body), given) <= 4 * EXACT


def test_chromium_gets_the_fastest_kernel_unasked(page: Page, url: str) -> None:
    assert open_modules(page, url).evaluate(script("return (await createKernel(files)).engine;")) == "wasm-relaxed"


def test_without_webassembly_the_plain_kernel_serves(page: Page, url: str) -> None:
    page.add_init_script("delete globalThis.WebAssembly")
    body = """
    const kernel = await createKernel(files);
    const handle = kernel.load(await read("784-500.safetensors"));
    kernel.decode(handle);
    return [typeof WebAssembly, kernel.engine, kernel.reconstruction(handle).every((value) => value > 0 && value < 1)];
    """
    assert open_modules(page, url).evaluate(script(body)) == ["undefined", "plain", True]


@pytest.mark.parametrize(
    ("file", "said"), [("missing.wasm", "missing.wasm: status: 404"), ("index.html", "index.html: format")]
)
def test_a_kernel_file_that_cannot_be_had_is_named(loud_page: Page, url: str, file: str, said: str) -> None:
    body = f'await createKernel({{ simd: "{file}", relaxed: "{file}" }});'
    with pytest.raises(Error, match=said):
        open_modules(loud_page, url).evaluate(script(body))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("kernel.encode(handle, new Float32Array(783))", "expected 784 pixels, got 783"),
        ("kernel.decode(7)", "expected the handle of a loaded model, got 7"),
        ("kernel.unload(handle); kernel.code(handle)", "expected the handle of a loaded model, got 0"),
    ],
)
def test_a_wrong_call_is_refused(page: Page, url: str, engine: str, call: str, said: str) -> None:
    body = f"""
    const kernel = await createKernel(files, given);
    const handle = kernel.load(await read("784-500.safetensors"));
    {call};
    """
    with pytest.raises(Error, match=said):
        open_modules(page, url).evaluate(script(body), engine)
