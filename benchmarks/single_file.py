"""First paint of the single file: `python -m benchmarks.single_file` builds it and opens it from disk, again and again.

In: the committed weights. Out: `benchmarks/single_file.json` with its bytes, and the milliseconds from navigation to
first contentful paint (https://www.w3.org/TR/paint-timing/) and to the first answer, each in a fresh profile without
network.
"""

import json
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from export.command import main
from workshop.browser import launch
from workshop.visit import visit

RESULTS = Path(__file__).resolve().parent / "single_file.json"
VISITS = 15
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ANSWERED = """() => document.addEventListener("reconstruct", () => { window.first ??= performance.now(); })"""


def measure(browser: Browser, file: Path) -> tuple[float, float]:
    """One visit: milliseconds to the first paint and to the first answer."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    context.add_init_script(f"({ANSWERED})()")
    page = visit(context.new_page(), f"{file.as_uri()}?page=lab")
    painted, answered = page.evaluate(PAINTED), page.evaluate("() => window.first")
    context.close()
    return painted, answered


def summary(values: list[float]) -> dict[str, float]:
    """Median and range in whole milliseconds."""
    return {"median": round(statistics.median(values)), "least": round(min(values)), "most": round(max(values))}


def run(file: Path, visits: int = VISITS) -> dict[str, Any]:
    """Bytes and times of a single file."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        measure(browser, file)  # the first one starts the browser's processes
        painted, answered = zip(*(measure(browser, file) for _ in range(visits)), strict=True)
        version = browser.version
        browser.close()
    return {
        "bytes": file.stat().st_size,
        "visits": visits,
        "first_paint_ms": summary(list(painted)),
        "first_answer_ms": summary(list(answered)),
        "browser": f"Chromium {version}, headless",
        "machine": f"{platform.machine()}, {platform.system()}",
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dae.html"
        if main(["--single-file", "--out", str(path)]) != 0:
            raise SystemExit(1)
        results = run(path)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))
