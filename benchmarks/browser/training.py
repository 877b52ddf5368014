"""Measure training in the page beside its peers in Chromium, and JAX on one core; writes training.json.

    python -m benchmarks.browser.training [--runs 3]

In:  nothing but the repository; the peers of package.json are installed if they are not there.
Out: for each run, noise and contender the images a second (median over rounds of a page in which all take turns), and
     what share of the machine's peak ours reach: the arithmetic of dense products, 10 x 784 x 500 operations an image,
     over what a loop of multiply-adds of four float32 numbers does in the same round.

All train 784 pixels and 500 units with tied weights on batches of 100, the noise and Adam included, in one thread. The
images are digits that the page draws.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from functools import partial
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.browser.run import HERE, ROOT, Isolated, call, processor
from workshop.browser import launch
from workshop.npm import fetched

OPERATIONS = 10 * 784 * 500  # of an image: five products, an addition and a multiplication each
BATCH, LEVEL = 100, 0.5
JAX_IMAGES, JAX_EPOCHS = 2000, 4
OURS = ("ours, SIMD", "ours, relaxed SIMD")


def jax_rate(noise: str) -> float:
    """Images a second of our training in JAX; call it in a process of its own."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from train.data.drawn import draw_digits, read_grammar
    from train.learn.training import initial_state, make_epoch, make_mesh, stack
    from train.settings.config import ModelSpec
    from train.settings.recipe import Recipe

    images = draw_digits(read_grammar(ROOT / "site_template" / "digits.json"), 0, range(JAX_IMAGES))[0]
    spec = ModelSpec(noise, noise, LEVEL, "drawn", Recipe())
    mesh = make_mesh(1, 1)
    epoch = make_epoch([spec], len(images), mesh)
    states = stack([initial_state(spec.recipe, images.shape[1])], mesh)
    seconds = []
    for number in range(JAX_EPOCHS):
        start = time.perf_counter()
        states, _ = epoch(states, jnp.asarray(images), jnp.array([LEVEL]), jnp.int32(number))
        jax.block_until_ready(states)
        seconds.append(time.perf_counter() - start)
    return float(len(images) / np.median(seconds[1:]))


def ask_jax(noise: str) -> float:
    """The same, in a process that has one core."""
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    command = [sys.executable, "-m", "benchmarks.browser.training", "--jax", noise]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"XLA_FLAGS": flags}, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def measure() -> dict[str, Any]:
    """One run."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Isolated, directory=str(ROOT)))
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/benchmarks/browser/index.html"
    with sync_playwright() as playwright:
        browser = launch(playwright)
        measured = call(browser, url, "trainings")
        browser.close()
    server.shutdown()
    return {noise: _rates(race) | {"JAX, one core": ask_jax(noise)} for noise, race in measured.items()} | {
        "peak": statistics.median(peak for race in measured.values() for peak in race["peaks"]),
        "of_peak": {noise: _shares(race) for noise, race in measured.items()},
        "load": os.getloadavg()[0],
    }


def _rates(race: dict[str, Any]) -> dict[str, float]:
    for name, one in race["contenders"].items():
        if not one["last"] < one["first"]:
            raise ValueError(f"{name}: expected a loss below {one['first']}, got {one['last']}")
    return {name: BATCH / statistics.median(one["seconds"]) for name, one in race["contenders"].items()}


def _shares(race: dict[str, Any]) -> dict[str, float]:
    peaks = race["peaks"]
    return {
        name: statistics.median(
            OPERATIONS * BATCH / seconds / peak
            for seconds, peak in zip(race["contenders"][name]["seconds"], peaks, strict=True)
        )
        for name in OURS
    }


def main() -> None:
    """Run it and write training.json."""
    parser = argparse.ArgumentParser(description="Training in the page beside its peers.")
    parser.add_argument("--runs", type=int, default=3, help="how often (default: 3)")
    parser.add_argument("--jax", metavar="NOISE", help="only what JAX reaches, on one core")
    given = parser.parse_args()
    if given.jax:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print(jax_rate(given.jax))
        return
    fetched("", HERE)
    runs = [measure() for _ in range(given.runs)]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        version = browser.version
        browser.close()
    versions = json.loads((HERE / "package.json").read_text())["dependencies"]
    results = {"chromium": version, "processor": processor(), "cores": os.cpu_count(), "runs": runs}
    (HERE / "training.json").write_text(json.dumps(results | {"versions": versions}, indent=1) + "\n")


if __name__ == "__main__":
    main()
