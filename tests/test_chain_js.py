"""One step of the page's chains, with given draws, beside JAX; and what a drawing holds of itself."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from playwright.sync_api import Page

from train.data.noise import NOISES
from train.learn.model import reconstruct
from workshop.scripts import open_modules, serving, write_random

VISIBLE, HIDDEN, CHAINS = 784, 500, 9
TOLERANCE = 1e-5
STEP = """async ({ noise, level, count, draw, noisy, sampled, pixels, held, noises, draws, engine }) => {
  const { createKernel } = await load("network/kernel");
  const { parseWeights } = await load("network/weights");
  const { Chains } = await load("network/chain");
  const { makeNoises } = await load("draw/noise");
  const bytes = await (await fetch("random.safetensors")).arrayBuffer();
  const kernel = await createKernel({ simd: "kernel/simd.wasm", relaxed: "kernel/relaxed.wasm" }, engine);
  const states = await kernel.states(kernel.load(parseWeights(bytes, "random.safetensors")), draws.length);
  const facts = { kind: noise, draw, count, minimum: 0, maximum: 1, slider: 1, words: {} };
  const given = [...(noisy ? noises : []), ...(sampled ? draws : [])];
  const chains = new Chains(states, makeNoises([facts])[noise], level, (_, values) => values.set(given.shift()));
  chains.begin(Float32Array.from(pixels), Float32Array.from(held));
  chains.step(noisy, sampled);
  const lists = (arrays) => arrays.map((values) => Array.from(values));
  const [answers, pixelsAfter, means] = [states.reconstruction, chains.pixels, chains.means].map(lists);
  return { answers, pixels: pixelsAfter, means, left: given.length };
}"""
HOLD = """async ([ink, missing]) => {
  const { holdDrawing } = await load("draw/held");
  const held = new Float32Array(ink.length);
  return [holdDrawing(Float32Array.from(ink), Float32Array.from(missing), 28, held), Array.from(held)];
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("chain")
    write_random(folder / "random.safetensors", VISIBLE, HIDDEN, 0.1)
    with serving(folder) as served:
        yield served


@pytest.mark.parametrize("engine", ["wasm-relaxed", pytest.param("wasm-simd", marks=pytest.mark.matrix), "plain"])
@pytest.mark.parametrize(
    ("noise", "level", "noisy", "sampled"),
    [
        ("masking", 0.5, True, True),
        ("salt-and-pepper", 0.5, True, True),
        ("gaussian", 0.75, True, True),
        pytest.param("gaussian", 0.75, False, False, marks=pytest.mark.matrix),
    ],
)
def test_a_step_is_what_jax_makes_of_the_same_draws(
    page: Page, url: str, tmp_path: Path, engine: str, noise: str, level: float, noisy: bool, sampled: bool
) -> None:
    params = write_random(tmp_path / "same.safetensors", VISIBLE, HIDDEN, 0.1)
    random = np.random.default_rng(1)
    kind = NOISES[noise]
    shape = CHAINS, kind.count(VISIBLE)
    noises = (random.standard_normal(shape) if kind.draw == "normal" else random.random(shape)).astype(np.float32)
    draws = random.random((CHAINS, VISIBLE), np.float32)
    start = (random.random(VISIBLE) < 0.2).astype(np.float32)
    held = np.arange(VISIBLE) < 300
    given: dict[str, Any] = {"noise": noise, "level": level, "count": kind.count(VISIBLE), "draw": kind.draw}
    given |= {"noisy": noisy, "sampled": sampled, "engine": engine, "pixels": start.tolist()}
    given |= {"held": held.astype(int).tolist(), "noises": noises.tolist(), "draws": draws.tolist()}
    got = open_modules(page, url).evaluate(STEP, given)
    fed = np.stack([kind.apply(start, level, one) if noisy else start for one in noises])
    answers = np.asarray(jax.vmap(reconstruct, in_axes=(None, 0))(params, jnp.asarray(fed)))
    assert np.abs(np.array(got["answers"])[:, ~held] - answers[:, ~held]).max() <= TOLERANCE
    expected = np.where(held, start, answers)
    assert np.abs(np.array(got["means"]) - expected).max() <= TOLERANCE
    pixels = np.array(got["pixels"])
    assert (pixels[:, held] == start[held]).all()
    if sampled:
        certain = (np.abs(draws - answers) > TOLERANCE) & ~held
        assert (pixels[certain] == (draws < answers)[certain]).all()
    else:
        assert np.abs(pixels - expected).max() <= TOLERANCE
    assert got["left"] == 0, "every draw is used"


def test_what_is_held_is_the_half_that_has_the_ink_or_all_that_is_not_hidden(page: Page, url: str) -> None:
    open_modules(page, url)
    nothing = np.zeros((28, 28))
    cases = {
        "nothing": (nothing, nothing),
        "above": (box(4, 12, 8, 20), box(0, 12, 0, 28)),
        "below": (box(15, 24, 8, 20), box(15, 28, 0, 28)),
        "left": (box(4, 24, 8, 14), box(0, 28, 0, 14)),
        "right": (box(4, 24, 15, 20), box(0, 28, 15, 28)),
        "ink": (box(4, 24, 8, 20), box(4, 24, 8, 20)),
    }
    for word, (ink, held) in cases.items():
        assert page.evaluate(HOLD, [ink.ravel().tolist(), nothing.ravel().tolist()]) == [word, held.ravel().tolist()]
    hidden = box(14, 28, 0, 28)
    expected = ["shown", (1 - hidden).ravel().tolist()]
    assert page.evaluate(HOLD, [box(4, 24, 8, 20).ravel().tolist(), hidden.ravel().tolist()]) == expected


def test_normal_draws_of_chains_are_normal(page: Page, url: str) -> None:
    """By the share of draws in each of many parts of the line, tails and all."""
    body = """async () => {
      const { drawsFrom } = await load("network/chain");
      const draws = new Float32Array(2_000_000);
      drawsFrom(7, 3)("normal", draws);
      const counts = new Array(100).fill(0);
      for (const draw of draws) counts[Math.min(Math.max(Math.floor(10 * (draw + 5)), 0), 99)] += 1;
      return counts;
    }"""
    counts = np.array(open_modules(page, url).evaluate(body))
    edges = [0.5 * (1 + math.erf((k / 10 - 5) / math.sqrt(2))) for k in range(101)]
    edges[0], edges[-1] = 0.0, 1.0
    expected = 2_000_000 * np.diff(edges)
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected) + 5).all()
    assert counts[:15].sum() > 0 < counts[85:].sum(), "the tails beyond the last layer"


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    values = np.zeros((28, 28))
    values[top:bottom, left:right] = 1
    return values
