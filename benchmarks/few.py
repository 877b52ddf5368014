"""What readers learn from few examples, as in the walk's *Teach it yourself*, and how long they take in the page.

    python -m benchmarks.few          writes benchmarks/few.json

In:  MNIST's test images where `--data-dir` or $DAE_DATA_DIR has them, the committed weights, `learn/few` in Chromium.
Out: shares   of each code: how many other digits of three classes are named rightly, from 1, 2, 3 examples of each;
              mean over draws of the classes and examples
     milliseconds  of the page: the codes of 24 examples from four networks, and five readers that learn and are counted
"""

import argparse
import json
import os
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright
from sklearn.linear_model import Ridge

from export.weights.weights_file import read_weights
from train.data.dataset import load_dataset
from train.learn.read_codes import features_of
from train.learn.readers import PIXELS
from workshop.browser import launch
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

RESULTS = Path(__file__).with_suffix(".json")
WALK = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")
DRAWS, CLASSES, OTHERS = 200, 3, 17
EACH = (1, 2, 3)
RIDGE = 0.1  # that of learn/few
TIME = """async ([names, rounds]) => {
  const { FewReader, countRight } = await load("learn/few");
  const { createKernel } = await load("network/kernel");
  const { parseWeights } = await load("network/weights");
  const kernel = await createKernel({ simd: "kernel/simd.wasm", relaxed: "kernel/relaxed.wasm" });
  const handles = [];
  for (const name of names) {
    const bytes = await (await fetch(`weights/${name}.safetensors`)).arrayBuffer();
    handles.push(kernel.load(parseWeights(bytes, name)));
  }
  const draw = () => Number(Math.random() < 0.2);
  const images = Array.from({ length: 24 }, () => Float32Array.from({ length: 784 }, draw));
  const encoders = [
    ...handles.map((handle) => (pixels) => {
      kernel.encode(handle, pixels);
      return kernel.code(handle).slice();
    }),
    (pixels) => pixels,
  ];
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (const encode of encoders) {
      const shown = images.map((pixels, k) => ({ code: encode(pixels), sign: k % 3 }));
      new FewReader(shown, 3);
      for (const each of [1, 2, 3]) countRight(shown, 3, each);
    }
    times.push(performance.now() - start);
  }
  return times;
}"""
Codes = NDArray[np.float32]


def share_right(codes: Codes, labels: NDArray[np.integer[Any]], each: int, seed: int) -> float:
    """How many others of three classes are named rightly after `each` examples of every one: one draw."""
    random = np.random.default_rng(seed)
    classes = random.choice(np.unique(labels), CLASSES, replace=False)
    pools = [random.choice(np.flatnonzero(labels == one), max(EACH) + OTHERS, replace=False) for one in classes]
    learned = codes[np.concatenate([pool[:each] for pool in pools])].astype(np.float64)
    others = codes[np.concatenate([pool[max(EACH) :] for pool in pools])].astype(np.float64)
    alpha = RIDGE * ((learned - learned.mean(0)) ** 2).sum() / len(learned)
    reader = Ridge(alpha=alpha).fit(learned, np.repeat(np.eye(CLASSES), each, axis=0))
    named = reader.predict(others).argmax(1)
    return float((named == np.repeat(np.arange(CLASSES), OTHERS)).mean())


def measure_shares(data_dir: Path | None) -> dict[str, list[float]]:
    """Of the walk's codes and bare pixels, from each number of examples."""
    data = load_dataset("mnist", data_dir)
    if data.labels is None:
        raise ValueError("labels: expected those of MNIST's test images, got none")
    shares = {}
    for name in (*WALK, PIXELS):
        params = None if name == PIXELS else read_weights(ROOT / "weights" / f"{name}.safetensors").params
        codes = np.asarray(features_of(params, data.test), np.float32)
        shares[name] = [
            statistics.mean(share_right(codes, data.labels.test, each, seed) for seed in range(DRAWS)) for each in EACH
        ]
    return shares


def measure_time() -> tuple[float, str]:
    """Milliseconds, the median after the page has warmed up, and the browser."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "weights").symlink_to(ROOT / "weights", target_is_directory=True)
        browser = launch(playwright)
        with serving(Path(folder)) as url:
            times = open_modules(browser.new_page(), url).evaluate(TIME, [list(WALK), 30])
        version = browser.version
        browser.close()
    return statistics.median(times), version


def table(results: dict[str, Any]) -> str:
    """One row a code: shares from each number of examples; then the time."""
    rows = ["| named rightly, % | " + " | ".join(f"from {each} of each" for each in EACH) + " |"]
    rows.append("|---|" + "---:|" * len(EACH))
    for name, shares in results["shares"].items():
        cells = " | ".join(f"{100 * share:.0f}" for share in shares)
        rows.append(f"| {'bare pixels' if name == PIXELS else f'`{name}`'} | {cells} |")
    told = (
        f"Three classes of MNIST's test digits at a time, mean over {results['draws']} draws. In the page five readers "
        f"learn 24 examples,\nand are counted, in {results['milliseconds']:.0f} ms "
        f"(Chromium {results['chromium']}, {results['cores']} cores)."
    )
    return "\n".join(rows) + f"\n\n{told}"


def main() -> None:
    """Measure both, and write few.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data-dir", type=Path, help="where MNIST's files are (default: $DAE_DATA_DIR, or a download)")
    milliseconds, version = measure_time()
    results = {
        "shares": measure_shares(parser.parse_args().data_dir),
        "draws": DRAWS,
        "milliseconds": milliseconds,
        "chromium": version,
        "cores": os.cpu_count(),
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
