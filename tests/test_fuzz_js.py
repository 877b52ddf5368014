"""Files by a stranger in the page's reader: each is read with the right numbers or refused by name, at once, in little
memory.

DAE_FUZZ and DAE_FUZZ_SEED are those of test_fuzz.py.
"""

import base64
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from safetensors.numpy import load

from export.weights.weights_file import format_weights
from tests.test_fuzz import COUNT, LONGEST, SEED, mutate, repair
from tests.test_weights import FACTS, params
from workshop.scripts import open_modules, serving

BATCH = 500
READ = """
async (texts) => {
  const { parseWeights } = await load("network/weights");
  let taken = 0;
  const count = (kind) => new Proxy(kind, {
    construct(target, given) {
      const made = new target(...given);
      if (!(given[0] instanceof ArrayBuffer)) taken += made.byteLength;
      return made;
    },
  });
  const [floats, halves, slice] = [Float32Array, Uint16Array, ArrayBuffer.prototype.slice];
  globalThis.Float32Array = count(floats);
  globalThis.Uint16Array = count(halves);
  ArrayBuffer.prototype.slice = function (...given) {
    const made = slice.apply(this, given);
    taken += made.byteLength;
    return made;
  };
  const answers = texts.map((text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const answer = { values: null, fault: "", milliseconds: 0, taken: 0 };
    taken = 0;
    const started = performance.now();
    try {
      const { weight, hiddenBias, visibleBias } = parseWeights(bytes.buffer, "some.safetensors");
      answer.values = [weight, hiddenBias, visibleBias].map((array) => Array.from(array));
    } catch (error) {
      const { expected, got } = error.details ?? {};
      const named = error.code === "format" && error.file === "some.safetensors" && String(expected) && String(got);
      answer.fault = named ? error.name : String(error);
    }
    return { ...answer, milliseconds: performance.now() - started, taken };
  });
  globalThis.Float32Array = floats;
  globalThis.Uint16Array = halves;
  ArrayBuffer.prototype.slice = slice;
  return answers;
}
"""


def check(data: bytes, answer: dict[str, Any]) -> bool:
    """Hold one answer against the file; whether it was accepted."""
    assert answer["milliseconds"] < 1000 * LONGEST
    assert answer["taken"] <= 4 * len(data)
    if answer["values"] is None:
        assert answer["fault"] == "WeightsError"
        return False
    theirs = load(data)
    for name, values in zip(("weight", "hidden_bias", "visible_bias"), answer["values"], strict=True):
        np.testing.assert_array_equal(np.array(values, np.float64), theirs[name].astype(np.float64).ravel())
        assert np.isfinite(theirs[name]).all()
    return True


@pytest.mark.parametrize("dtype", ["F32", "F16"])
def test_mutated_weights_are_refused_or_hold_what_another_reader_finds(page: Page, tmp_path: Path, dtype: str) -> None:
    chance = random.Random(f"{SEED} {dtype}")
    source = format_weights(params(), FACTS, dtype)
    accepted = 0
    with serving(tmp_path) as url:
        open_modules(page, url)
        for start in range(0, COUNT, BATCH):
            files = [mutate(source, chance) for _ in range(min(BATCH, COUNT - start))]
            files = [repair(data) if number % 2 else data for number, data in enumerate(files)]
            answers = page.evaluate(READ, [base64.b64encode(data).decode() for data in files])
            accepted += sum(check(data, answer) for data, answer in zip(files, answers, strict=True))
    print(f"{COUNT} files: {accepted} accepted, {COUNT - accepted} refused")
    assert COUNT // 200 < accepted < COUNT - COUNT // 200
