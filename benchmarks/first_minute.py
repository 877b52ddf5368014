"""How soon the walk is live on a slow connection: `python -m benchmarks.first_minute` writes first_minute.json.

In:  the site, built anew and served gzipped, as GitHub Pages serves it; Chromium with an empty cache, on 1.6 Mbit/s
     with 150 ms to each answer.
Out: for the walk in each language the bytes that came, headers included, until every answer on its first screen was
     live, the seconds from navigation to the first live answer and to the last, and the weights' precision that they
     computed with; times are medians over the visits.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from workshop.browser import launch
from workshop.checkout import ROOT
from workshop.network import BITS_PER_SECOND, LATENCY_MS, Gzipped, slow_down
from workshop.serving import serve
from workshop.visit import wait_for

RESULTS = Path(__file__).resolve().parent / "first_minute.json"
VISITS = 3
PAGES = {"en": "", "ja": "ja/"}
LISTEN = """(() => {
  window.live = {};
  document.addEventListener("reconstruct", ({ target, detail }) => {
    if (target.dataset.model) window.live[detail.model] ??= { ms: performance.now(), precision: detail.precision };
  });
})()"""
ALL_LIVE = """() => {
  const boxes = document.querySelectorAll("[data-model]").length;
  return boxes > 0 && Object.keys(live).length === boxes;
}"""
CAME = """(end) => ["navigation", "resource"]
  .flatMap((kind) => performance.getEntriesByType(kind))
  .filter(({ responseEnd }) => responseEnd <= end)
  .reduce((sum, { transferSize }) => sum + transferSize, 0)"""


def visit(browser: Browser, url: str) -> dict[str, Any]:
    """One visit with an empty cache, until every answer is live."""
    context = browser.new_context(viewport={"width": 390, "height": 664}, has_touch=True)
    page = context.new_page()
    page.add_init_script(LISTEN)
    slow_down(page)
    page.goto(url, wait_until="commit")
    wait_for(page, ALL_LIVE, seconds=60)
    live: dict[str, dict[str, Any]] = page.evaluate("() => live")
    times = sorted(one["ms"] for one in live.values())
    came = page.evaluate(CAME, times[-1])
    context.close()
    return {
        "bytes": came,
        "first": times[0],
        "all": times[-1],
        "precision": sorted({one["precision"] for one in live.values()}),
        "answers": len(live),
    }


def median(visits: list[dict[str, Any]], key: str) -> float:
    """Of a time in milliseconds, in seconds."""
    return round(float(statistics.median(one[key] for one in visits)) / 1000, 2)


def measure(browser: Browser, url: str) -> dict[str, Any]:
    """Some visits to one page, after one that is not counted: the server compresses what it then keeps."""
    visit(browser, url)
    visits = [visit(browser, url) for _ in range(VISITS)]
    return {
        "answers": visits[0]["answers"],
        "precision": sorted({precision for one in visits for precision in one["precision"]}),
        "bytes": max(one["bytes"] for one in visits),
        "first_live_s": median(visits, "first"),
        "all_live_s": median(visits, "all"),
    }


def main() -> None:
    """Build, visit and write first_minute.json."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "site"
        subprocess.run([sys.executable, str(ROOT / "build.py"), "--out", str(site)], check=True, stdout=subprocess.PIPE)
        server = serve(site, Gzipped)
        browser = launch(playwright)
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        results: dict[str, Any] = {
            "bits_per_second": BITS_PER_SECOND,
            "latency_ms": LATENCY_MS,
            "visits": VISITS,
            "browser": f"Chromium {browser.version}",
            "pages": {name: measure(browser, url + path) for name, path in PAGES.items()},
        }
        browser.close()
        server.shutdown()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
