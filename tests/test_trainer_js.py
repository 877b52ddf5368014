"""Training in the page, in real Chromium: JAX's gradients and weights from the same draws, in three engines."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from train.data.drawn import draw_digits, read_grammar
from train.data.noise import NOISES
from train.learn.model import initial_params
from train.learn.optimizer import make_optimizer
from train.learn.params import Params
from train.learn.training import batch_loss
from train.settings.recipe import Recipe
from workshop.checkout import ROOT
from workshop.matrix import in_matrix
from workshop.scripts import open_modules, random_params, serving

ENGINES = ("wasm-relaxed", "wasm-simd", "plain")
VISIBLE = 784
STEPS, HELD_OUT = 50, 130
OPTIMIZER = make_optimizer(Recipe(learning_rate=1e-3), STEPS)
NOISE = {"none": 0.0, "masking": 0.5, "salt-and-pepper": 0.5, "gaussian": 0.5}
TABLE = [{"kind": one.kind, "draw": one.draw, "count": one.count(VISIBLE)} for one in NOISES.values()]
OPEN = """
const { createTrainingKernel } = await load("learn/kernel");
const { Trainer } = await load("learn/trainer");
const { makeNoises } = await load("draw/noise");
const floats = async (file) => new Float32Array(await (await fetch(file)).arrayBuffer());
const images = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer());
const kernelOf = async (engine) => createTrainingKernel(engine === "plain" ? null :
  await (await fetch(engine.replace("wasm-", "kernel/train-") + ".wasm")).arrayBuffer(), engine);
const read = async (name, visible, hidden) => ({ visible, hidden, weight: await floats(name + "-weight.bin"),
  hiddenBias: await floats(name + "-hidden_bias.bin"), visibleBias: await floats(name + "-visible_bias.bin") });
const PARTS = ["weight", "hiddenBias", "visibleBias"];
const empty = ({ visible, hidden }) => ({ visible, hidden, weight: new Float32Array(visible * hidden),
  hiddenBias: new Float32Array(hidden), visibleBias: new Float32Array(visible) });
const worst = (some, others, part) =>
  some[part].reduce((most, one, k) => Math.max(most, Math.abs(one - others[part][k])), 0);
"""


def script(body: str) -> str:
    return f"async (given) => {{ {OPEN} {body} }}"


def write_params(folder: Path, name: str, params: Params) -> None:
    for part, values in params._asdict().items():
        np.asarray(values, "<f4").tofile(folder / f"{name}-{part}.bin")


def digits(count: int) -> NDArray[np.uint8]:
    return draw_digits(read_grammar(ROOT / "site_template" / "digits.json"), 3, range(count))[0]


def initial(hidden: int) -> Params:
    """The initial weight, and biases that are not 0, so that theirs count too."""
    params = initial_params(jax.random.key(hidden), VISIBLE, hidden)
    return params._replace(hidden_bias=jnp.linspace(-1, 1, hidden), visible_bias=jnp.linspace(-3, 0, VISIBLE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What JAX says: for each noise the gradient of one batch, and the weights after STEPS steps."""
    folder = tmp_path_factory.mktemp("trainer")
    params = initial(500)
    write_params(folder, "initial", params)
    images = digits(1000)
    images.tofile(folder / "images.bin")
    gradient = jax.jit(jax.grad(batch_loss))
    clean = images[:100].astype(np.float32) / np.float32(255)
    for kind, level in NOISE.items():
        draws = draw(kind, (100, VISIBLE))
        draws.tofile(folder / f"draws-{kind}.bin")
        write_params(folder, f"gradient-{kind}", gradient(params, NOISES[kind].apply(clean, level, draws), clean))
    for kind in ("masking", "gaussian"):
        train(folder, "fifty", kind, 500, images, 100)
    train(folder, "few", "masking", 40, images, 20)
    return folder


def train(folder: Path, name: str, kind: str, hidden: int, images: NDArray[np.uint8], batch: int) -> None:
    """STEPS steps of JAX on these images in turns, with draws that are written down."""
    params = initial_params(jax.random.key(hidden), VISIBLE, hidden)
    write_params(folder, f"{name}-{kind}-before", params)
    draws = draw(kind, (STEPS, batch, VISIBLE))
    draws.tofile(folder / f"draws-{name}-{kind}.bin")
    state = (params, OPTIMIZER.init(params))
    for number in range(STEPS):
        first = number * batch % (len(images) - batch + 1)
        clean = images[first : first + batch].astype(np.float32) / np.float32(255)
        state = step(*state, NOISES[kind].apply(clean, NOISE[kind], draws[number]), clean)
    write_params(folder, f"{name}-{kind}-after", state[0])


@jax.jit
def step(
    params: Params, state: optax.OptState, corrupted: jax.Array, clean: jax.Array
) -> tuple[Params, optax.OptState]:
    change, after = OPTIMIZER.update(jax.grad(batch_loss)(params, corrupted, clean), state, params)
    moved: Params = optax.apply_updates(params, change)
    return moved, after


def draw(kind: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Draws as JAX gives them: below 1 where they are uniform."""
    random = np.random.default_rng(5)
    if NOISES[kind].draw == "normal":
        return random.standard_normal(shape, np.float32)
    return random.random(shape, np.float32)


@pytest.fixture(scope="module")
def modules(browser: Browser, folder: Path) -> Iterator[Page]:
    with serving(folder) as url:
        page = open_modules(browser.new_page(), url)
        yield page
        page.close()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("noise", NOISE)
def test_gradients_are_jax_s(modules: Page, engine: str, noise: str) -> None:
    """A step whose rate and epsilon are alike, and huge, goes down the gradient itself."""
    body = """
    const kernel = await kernelOf(given.engine);
    const net = kernel.create({ visible: 784, hidden: 500, batch: 100, draws: 784 });
    const before = await read("initial", 784, 500);
    net.setParams(before);
    const [bytes, draws] = [await images("images.bin"), await floats(`draws-${given.noise}.bin`)];
    const { apply } = makeNoises(given.table)[given.noise];
    for (let image = 0; image < 100; image++) {
      for (let k = 0; k < 784; k++) net.clean[image][k] = bytes[784 * image + k] / 255;
      apply(net.clean[image], given.level, draws.subarray(784 * image, 784 * (image + 1)), net.fed[image]);
    }
    net.forward(100);
    net.learn(2 ** 20, 2 ** 20, 0, 0);
    const got = empty(before);
    net.copyParams(got);
    for (const part of PARTS) got[part].forEach((value, k) => (got[part][k] = before[part][k] - value));
    const gradient = await read(`gradient-${given.noise}`, 784, 500);
    const zero = empty(before);
    return [kernel.engine, ...PARTS.map((part) => worst(got, gradient, part) / worst(gradient, zero, part))];
    """
    given = {"engine": engine, "noise": noise, "level": NOISE[noise], "table": TABLE}
    kind, *errors = modules.evaluate(script(body), given)
    assert kind == engine
    assert max(errors) <= 1e-5


@pytest.mark.parametrize(
    ("engine", "name", "noise", "hidden", "batch"),
    [
        ("wasm-relaxed", "fifty", "masking", 500, 100),
        ("wasm-relaxed", "fifty", "gaussian", 500, 100),
        pytest.param("wasm-simd", "fifty", "gaussian", 500, 100, marks=pytest.mark.matrix),
        ("plain", "few", "masking", 40, 20),
    ],
)
def test_weights_after_fifty_steps_are_jax_s(
    modules: Page, engine: str, name: str, noise: str, hidden: int, batch: int
) -> None:
    body = """
    const kernel = await kernelOf(given.engine);
    const draws = await floats(`draws-${given.name}-${given.noise}.bin`);
    let drawn = 0;
    const create = (shape) => {
      const net = kernel.create(shape);
      net.draw = () => net.draws.set(draws.subarray(784 * drawn, 784 * ++drawn));
      return net;
    };
    const params = await read(`${given.name}-${given.noise}-before`, 784, given.hidden);
    const recipe = { ...given.recipe, hidden: given.hidden, batch: given.batch };
    const settings = { kernel: { engine: kernel.engine, create }, noises: makeNoises(given.table), params, recipe };
    const trainer = new Trainer({ ...settings, noise: given.noise, level: given.level });
    const all = await images("images.bin");
    for (let step = 0; step < recipe.steps; step++) {
      const first = (step * given.batch) % (all.length / 784 - given.batch + 1);
      trainer.step(all.subarray(784 * first, 784 * (first + given.batch)));
    }
    const got = empty(params);
    trainer.copyParams(got);
    const after = await read(`${given.name}-${given.noise}-after`, 784, given.hidden);
    return [trainer.imagesSeen, drawn, worst(params, after, "weight"), ...PARTS.map((part) => worst(got, after, part))];
    """
    recipe = {
        "learningRate": 1e-3,
        "schedule": "cosine",
        "warmup": 0.05,
        "b1": 0.9,
        "b2": 0.999,
        "seed": 0,
        "steps": STEPS,
    }
    given = {"engine": engine, "name": name, "noise": noise, "hidden": hidden, "batch": batch, "recipe": recipe}
    seen, drawn, moved, *errors = modules.evaluate(script(body), given | {"level": NOISE[noise], "table": TABLE})
    assert seen == drawn == STEPS * batch
    assert moved > 0.01
    assert max(errors) <= 1e-4


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("visible", "hidden", "batch"),
    [(1, 1, 1), (7, 5, 3), (33, 130, 9), *in_matrix([(100, 37, 30)])],
)
def test_every_size_learns_what_float64_does(modules: Page, engine: str, visible: int, hidden: int, batch: int) -> None:
    """Also of fewer images than a batch has room for; half of the batches are sparse."""
    random = np.random.default_rng(visible)
    params = random_params(visible, hidden, 0.3)
    body = """
    const kernel = await kernelOf(given.engine);
    const net = kernel.create(given.shape);
    const before = { ...given.shape };
    for (const part of PARTS) before[part] = Float32Array.from(given.params[part]);
    return given.batches.map(({ clean, fed }) => {
      net.setParams(before);
      clean.forEach((values, image) => net.clean[image].set(values));
      fed.forEach((values, image) => net.fed[image].set(values));
      const loss = net.forward(clean.length);
      net.learn(2 ** 20, 2 ** 20, 0, 0);
      const after = empty(before);
      net.copyParams(after);
      return [loss, ...PARTS.map((part) => Array.from(after[part], (value, k) => before[part][k] - value))];
    });
    """
    batches = []
    for share in (1.0, 0.1, 1.0, 0.1):
        fed = random.normal(0, 1, (batch, visible)) * (random.random((batch, visible)) < share)
        clean = random.random((batch, visible))
        batches.append((clean.astype(np.float32), fed.astype(np.float32)))
    names = dict(zip(("weight", "hiddenBias", "visibleBias"), params, strict=True))
    given = {
        "shape": {"visible": visible, "hidden": hidden, "batch": batch + 2, "draws": 4},
        "engine": engine,
        "params": {part: values.ravel().tolist() for part, values in names.items()},
        "batches": [{"clean": clean.tolist(), "fed": fed.tolist()} for clean, fed in batches],
    }
    for (pixels, corrupted), (loss, *gradients) in zip(batches, modules.evaluate(script(body), given), strict=True):
        right, expected = exact(params, corrupted.astype(float), pixels.astype(float))
        assert loss == pytest.approx(right, rel=1e-6)
        for got, value in zip(gradients, expected, strict=True):
            assert np.abs(np.array(got) - value.ravel()).max() <= 1e-5 * np.abs(value).max() + 1e-8


def exact(params: Params, fed: NDArray[np.float64], clean: NDArray[np.float64]) -> tuple[float, Params]:
    """The summed loss and the gradient of its mean, in float64, as one derives them by hand."""
    code = 1 / (1 + np.exp(-(fed @ params.weight + params.hidden_bias)))
    logits = code @ params.weight.T + params.visible_bias
    loss = np.sum(np.maximum(logits, 0) - logits * clean + np.log1p(np.exp(-np.abs(logits))))
    error = (1 / (1 + np.exp(-logits)) - clean) / len(fed)
    back = error @ params.weight * code * (1 - code)
    return float(loss), Params(fed.T @ back + error.T @ code, back.sum(axis=0), error.sum(axis=0))


def test_the_rate_is_optax_s(modules: Page) -> None:
    """By the steps of Adam for a gradient that is always 1, which are as long as the rate."""
    body = """
    const { rateOf } = await load("learn/recipe");
    return given.map((recipe) => Array.from({ length: recipe.steps + 3 }, (_, step) => rateOf(recipe, step)));
    """
    cases = [("cosine", 0.125, 20), ("cosine", 0.0, 7), ("cosine", 0.25, 10), ("cosine", 0.9, 1), ("cosine", 0.5, 3)]
    cases += [("constant", 0.0, 5), ("constant", 0.3, 15), ("constant", 0.01, 5)]
    given = [{"learningRate": 0.25, "schedule": how, "warmup": warmup, "steps": steps} for how, warmup, steps in cases]
    for (how, warmup, steps), rates in zip(cases, modules.evaluate(script(body), given), strict=True):
        optimizer = make_optimizer(Recipe(learning_rate=0.25, schedule=how, warmup=warmup, b1=0, b2=0), steps)
        state = optimizer.init(jnp.ones(1))
        update = jax.jit(optimizer.update)
        for rate in rates:
            change, state = update(jnp.ones(1), state)
            assert rate == pytest.approx(-float(change[0]), abs=2e-6), (how, warmup, steps)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("draw", ["uniform", "normal"])
def test_draws_are_those_of_four_generators_in_turns(modules: Page, engine: str, draw: str) -> None:
    body = """
    const { createGenerators } = await load("learn/random");
    const { createGenerator, drawUniforms, drawNormals } = await load("draw/draws");
    const net = (await kernelOf(given.engine)).create({ visible: 3, hidden: 1, batch: 1, draws: 800 });
    net.random.set(createGenerators(9, 4));
    const got = [];
    for (let round = 0; round < 50; round++) {
      net.draw(given.draw, 800);
      got.push(...net.draws);
    }
    const expected = [4, 5, 6, 7].map((stream) => {
      const values = new Float32Array(got.length / 4);
      (given.draw === "uniform" ? drawUniforms : drawNormals)(createGenerator(9, stream), values);
      return values;
    });
    return Math.max(...got.map((value, k) => Math.abs(value - expected[k % 4][Math.floor(k / 4)])));
    """
    bound = 0 if draw == "uniform" else 2e-6
    assert modules.evaluate(script(body), {"engine": engine, "draw": draw}) <= bound


@pytest.mark.parametrize("engine", ENGINES)
def test_a_held_out_loss_is_jax_s_and_disturbs_nothing(modules: Page, engine: str) -> None:
    """Its draws are the same each time, whatever was learned in between; that of `none` can be computed here."""
    body = """
    const kernel = await kernelOf(given.engine);
    const all = await images("images.bin");
    const { initialParams } = await load("learn/initial");
    const recipe = { hidden: 40, batch: 20, seed: 1, learningRate: 1e-3, schedule: "constant", warmup: 0, b1: 0.9,
      b2: 0.999, steps: 9 };
    const run = (asks) => {
      const settings = { kernel, noises: makeNoises(given.table), params: initialParams(784, 40, 1), recipe };
      const trainer = new Trainer({ ...settings, noise: "masking", level: 0.5 });
      const heldOut = all.subarray(784 * 100, 784 * (100 + given.heldOut));
      const losses = asks ? [trainer.loss(heldOut), trainer.loss(heldOut)] : [];
      const steps = [0, 1, 2].map((step) => {
        if (asks) trainer.loss(heldOut);
        return trainer.step(all.subarray(784 * 20 * step, 784 * 20 * (step + 1)));
      });
      trainer.setNoise("none", 0);
      const params = empty({ visible: 784, hidden: 40 });
      trainer.copyParams(params);
      return { losses, steps, clean: trainer.loss(heldOut), params: PARTS.map((part) => Array.from(params[part])) };
    };
    return [run(false), run(true)];
    """
    alone, asked = modules.evaluate(script(body), {"engine": engine, "table": TABLE, "heldOut": HELD_OUT})
    assert alone["steps"] == asked["steps"]
    assert asked["losses"][0] == asked["losses"][1]
    assert 500 < asked["losses"][0] < 600
    weight, hidden_bias, visible_bias = (np.array(values) for values in alone["params"])
    pixels = digits(100 + HELD_OUT)[100:].astype(np.float64) / 255
    right, _ = exact(Params(weight.reshape(VISIBLE, -1), hidden_bias, visible_bias), pixels, pixels)
    assert alone["clean"] == pytest.approx(right / HELD_OUT, rel=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_that_is_not_finite_is_told_and_changes_nothing(modules: Page, engine: str) -> None:
    body = """
    const kernel = await kernelOf(given.engine);
    const { initialParams } = await load("learn/initial");
    const recipe = { hidden: 8, batch: 4, seed: 1, learningRate: 1, schedule: "constant", warmup: 0, b1: 0, b2: 0,
      steps: 9 };
    const params = initialParams(784, 8, 1);
    params.weight[5] = Number.NaN;
    const settings = { kernel, noises: makeNoises(given.table), params, recipe };
    const trainer = new Trainer({ ...settings, noise: "none", level: 0 });
    const loss = trainer.step(new Uint8Array(784 * 4).fill(255));
    const after = empty(params);
    trainer.copyParams(after);
    const same = PARTS.every((part) => params[part].every((value, k) => Object.is(value, after[part][k])));
    return [Number.isFinite(loss), trainer.steps, same];
    """
    assert modules.evaluate(script(body), {"engine": engine, "table": TABLE}) == [False, 0, True]


@pytest.mark.parametrize("engine", ["wasm-relaxed", "wasm-simd"])
def test_a_step_allocates_nothing(modules: Page, engine: str) -> None:
    body = """
    const kernel = await kernelOf(given.engine);
    const { initialParams } = await load("learn/initial");
    const { ImageSupply } = await load("learn/supply");
    const recipe = { hidden: 8, batch: 10, seed: 1, learningRate: 1e-3, schedule: "cosine", warmup: 0.1, b1: 0.9,
      b2: 0.999, steps: 9 };
    const settings = { kernel, noises: makeNoises(given.table), params: initialParams(784, 8, 1), recipe };
    const trainer = new Trainer({ ...settings, noise: "gaussian", level: 0.5 });
    const supply = new ImageSupply((await images("images.bin")).subarray(0, 784 * 30), 784, 0);
    const batch = new Uint8Array(7840);
    const steps = (count) => {
      for (let step = 0; step < count; step++) {
        supply.fill(batch);
        trainer.step(batch);
      }
    };
    const used = () => performance.memory.usedJSHeapSize;
    let grown = Number.POSITIVE_INFINITY;
    for (let part = 0; part < 50 && grown > 50 * 400; part++) { // the optimising compiler takes its time
      await new Promise((done) => setTimeout(done, 50));
      const before = used();
      steps(50);
      if (used() >= before) grown = used() - before; // else the collector came between
    }
    return grown;
    """
    grown = modules.evaluate(script(body), {"engine": engine, "table": TABLE})
    assert grown <= 50 * 400, "but for a few numbers that calls put into boxes"


def test_given_images_come_once_in_every_pass(modules: Page) -> None:
    body = """
    const { createSupply } = await load("learn/supply");
    const supply = createSupply({ kind: "images", images: Uint8Array.from({ length: 30 }, (_, k) => k), seed: 4 }, 3);
    const batch = new Uint8Array(12);
    const seen = [];
    for (let k = 0; k < 5; k++) {
      supply.fill(batch);
      seen.push(...batch);
    }
    let refused = "";
    try {
      createSupply({ kind: "images", images: new Uint8Array(31), seed: 4 }, 3);
    } catch (error) {
      refused = error.message;
    }
    return [seen, refused];
    """
    seen, refused = modules.evaluate(script(body))
    first, second = seen[:30], seen[30:]
    assert sorted(first) == sorted(second) == list(range(30))
    assert first != second
    assert first != sorted(first)
    assert [seen[k + 1] - seen[k] for k in range(0, 60, 3)] == [1] * 20
    assert refused == "images: expected whole ones of 3 pixels, got 31 bytes"


def test_the_initial_weight_has_the_spread_of_jax_s(modules: Page) -> None:
    body = """
    const { initialParams } = await load("learn/initial");
    const [one, same, other] = [1, 1, 2].map((seed) => initialParams(784, 500, seed));
    const sum = one.weight.reduce((total, value) => total + value * value, 0);
    return [sum / one.weight.length, String(one.weight) === String(same.weight), one.weight[0] === other.weight[0],
      one.hiddenBias.length, one.visibleBias.length];
    """
    variance, same, other, hidden, visible = modules.evaluate(script(body))
    assert variance == pytest.approx(1 / VISIBLE, rel=0.01)
    assert (same, other, hidden, visible) == (True, False, 500, VISIBLE)


@pytest.mark.parametrize("variant", ["relaxed", "simd"])
def test_the_kernel_is_small(variant: str) -> None:
    assert len(gzip.compress((ROOT / "site_template" / "kernel" / f"train-{variant}.wasm").read_bytes(), 9)) <= 8000


def test_every_noise_of_the_table_is_tried() -> None:
    assert NOISE.keys() == NOISES.keys()
