"""How long lab and walk take from a pointer event to its painting, slowed fourfold or training; writes latency.json.

    python -m benchmarks.browser.latency [one] [eleven] [four] [training]

In:  the site, built anew, in Chromium with the CPU throttled 4x: a mouse draws in the lab, with the wall of all eleven
     models in view and with that hidden, and on the walk with its answers. Then in the lab, not throttled, with a
     worker that trains 500 units at full speed.
Out: for each the median and the 95th percentile, in milliseconds, from the event's dispatch to the end of the frame in
     which its answer was painted, and how many events there were.

A task posted in an animation frame runs after that frame is painted.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from workshop.browser import launch
from workshop.serving import serve
from workshop.visit import NUMBERS, draw, visit, wait_for

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SLOWER = 4
TURNS = 12  # of the pen
STEPS = 40  # events in a turn
LISTEN = """(() => {
  window.took = [];
  addEventListener("pointermove", ({ buttons }) => {
    if (!buttons) return;
    const start = performance.now();
    const painted = () => window.took.push(performance.now() - start);
    requestAnimationFrame(() => scheduler.postTask(painted, { priority: "user-blocking" }));
  }, true);
})()"""

LIVE = "() => document.querySelectorAll('.answer.live').length === document.querySelectorAll('.answer').length"
TRAIN = """async () => {
  const { root, trainer, noises } = JSON.parse(document.getElementById("site").textContent);
  const bytes = await (await fetch(root + trainer.relaxed.file)).arrayBuffer();
  const worker = new Worker(root + trainer.worker.file, { type: "module" });
  const images = Uint8Array.from({ length: 784 * 1000 }, (_, k) => (k % 5 === 0 ? (k * 31) % 256 : 0));
  const recipe = { hidden: 500, batch: 100, seed: 0, learningRate: 1e-3, schedule: "constant", warmup: 0, b1: 0.9,
    b2: 0.999, steps: 1e6 };
  const rows = noises.map(({ kind, draw, count }) => ({ kind, draw, count }));
  const plan = { visible: 784, recipe, racers: [{ noise: "gaussian", level: 0.5 }], params: null, noises: rows,
    data: { kind: "images", images, seed: 0 }, heldOut: null };
  worker.postMessage({ type: "start", plan, engine: "wasm-relaxed", bytes });
  worker.postMessage({ type: "play" });
  window.rates = [];
  return new Promise((done) => {
    worker.onmessage = ({ data: { told, buffer } }) => {
      worker.postMessage({ type: "buffer", buffer }, [buffer]);
      if (!told.playing) return;
      window.rates.push(told.imagesPerSecond);
      done();
    };
  });
}"""


def scribble(page: Page) -> None:
    """Draw figures of eight with the mouse, a stroke each, and undo them."""
    box = page.locator("#pad").bounding_box()
    assert box
    for turn in range(TURNS):
        for step in range(STEPS):
            angle = 2 * math.pi * (step / STEPS + turn / 7)
            x, y = 0.5 + 0.28 * math.cos(angle), 0.5 + 0.32 * math.sin(2 * angle)
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if step == 0:
                page.mouse.down()
        page.mouse.up()
        page.click("#undo")


def measure(
    browser: Browser, url: str, *, wall: bool = False, walk: bool = False, trains: bool = False
) -> dict[str, Any]:
    """One visit; the events of its scribbling. A page that trains is not slowed down."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.add_init_script(LISTEN)
    visit(page, url if walk else f"{url}lab/{'' if wall else '?hide=wall'}")
    if walk:
        wait_for(page, LIVE)
        page.wait_for_load_state("networkidle")  # completed to float32
    if wall:
        draw(page)
        wait_for(page, NUMBERS)
    if trains:
        page.evaluate(TRAIN)
    else:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    scribble(page)
    took: list[float] = page.evaluate("() => window.took")
    rates: list[float] = page.evaluate("() => window.rates ?? []")
    context.close()
    measured: dict[str, Any] = {
        "median_ms": round(statistics.median(took), 2),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2),
        "events": len(took),
    }
    return measured | ({"images_per_second": round(statistics.median(rates))} if rates else {})


CASES = {"one": {"wall": False}, "eleven": {"wall": True}, "four": {"walk": True}, "training": {"trains": True}}


def main() -> None:
    """Build, measure the cases that are named, or all, and write latency.json; the others stay as they were."""
    names = sys.argv[1:] or list(CASES)
    results: dict[str, Any] = {"slower": SLOWER, "cores": os.cpu_count()}
    if set(names) < CASES.keys():
        results = json.loads((HERE / "latency.json").read_text()) | results
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "site"
        subprocess.run([sys.executable, str(ROOT / "build.py"), "--out", str(site)], check=True, stdout=subprocess.PIPE)
        server = serve(site)
        browser = launch(playwright)
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        for name in names:
            results[name] = measure(browser, url, **CASES[name]) | {"browser": f"Chromium {browser.version}"}
        browser.close()
        server.shutdown()
    (HERE / "latency.json").write_text(json.dumps(results, indent=1) + "\n")
    print(HERE / "latency.json")


if __name__ == "__main__":
    main()
