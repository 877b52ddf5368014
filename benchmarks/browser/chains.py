"""Measure nine chains answered together beside nine answered one by one, and write chains.json.

`python -m benchmarks.browser.chains` runs the benchmark's page in Chromium; `python -m benchmarks.documents` writes the
table into docs/kernel.md.
"""

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.browser.run import measured_in_chromium, processor

RESULTS = Path(__file__).resolve().parent / "chains.json"


def table(results: dict[str, Any]) -> str:
    """One row an engine and model: µs one by one, together, and their ratio; with half held; a whole step."""
    rows = [
        "| engine | model | one by one, µs | together, µs | of that | half held, µs | of that | a whole step, µs |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for engine, models in results["engines"].items():
        for name, one in models.items():
            alone, together, half = one["one by one"], one["together"], one["together, half held"]
            rows.append(
                f"| {engine} | `{name}` | {alone:,.0f} | {together:,.0f} | {together / alone:.2f} "
                f"| {half:,.0f} | {half / alone:.2f} | {one['a whole step']:,.0f} |"
            )
    machine = f"Chromium {results['chromium']}, one thread of {results['processor']}"
    return "\n".join(rows) + f"\n\nMedians over turns in one page ({machine})."


def main() -> None:
    """Run everything once and write chains.json."""
    engines, version = measured_in_chromium("chains")
    results = {"engines": engines, "chromium": version, "processor": processor(), "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
