"""How long the page takes from a pointer event to its painting, on a processor slowed fourfold; writes latency.json.

    python -m benchmarks.browser.latency

In:  the site, built anew, in Chromium with the CPU throttled 4x: a mouse draws, with one model and with the wall of all
     eleven in view.
Out: for each the median and the 95th percentile, in milliseconds, from the event's dispatch to the end of the frame in
     which its answer was painted, and how many events there were.

A task posted in an animation frame runs after that frame is painted.
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import launch, serve
from tests.visit import open_panel, visit, wait_for

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


def measure(browser: Browser, url: str, *, wall: bool) -> dict[str, float]:
    """One visit; the events of its scribbling."""
    context = browser.new_context(viewport={"width": 1280, "height": 2400})
    page = context.new_page()
    page.add_init_script(LISTEN)
    visit(page, url)
    if wall:
        open_panel(page, "wall")
        wait_for(page, "() => document.querySelectorAll('.tile').length === 11")
        page.wait_for_load_state("networkidle")
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    scribble(page)
    took: list[float] = page.evaluate("() => window.took")
    context.close()
    return {
        "median_ms": round(statistics.median(took), 2),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2),
        "events": len(took),
    }


def main() -> None:
    """Build, measure and write latency.json."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "site"
        subprocess.run([sys.executable, str(ROOT / "build.py"), "--out", str(site)], check=True, stdout=subprocess.PIPE)
        server = serve(site)
        browser = launch(playwright)
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        results: dict[str, Any] = {"slower": SLOWER, "browser": f"Chromium {browser.version}"}
        results |= {name: measure(browser, url, wall=name == "eleven") for name in ("one", "eleven")}
        browser.close()
        server.shutdown()
    (HERE / "latency.json").write_text(json.dumps(results, indent=1) + "\n")
    print(HERE / "latency.json")


if __name__ == "__main__":
    main()
