"""The benchmark's table, in Markdown, from results.json."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results.json"
OURS = "ours, relaxed SIMD"


def table(results: dict[str, Any]) -> str:
    """One row per contender: µs for one changed pixel, how many times ours, KB gzipped, worst error; then the limit."""
    rows = [
        "| contender | one model, µs | × ours | eleven models, µs | × ours | code, KB gzipped | worst error |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    one, eleven = results["one"], results["eleven"]
    for name in one:
        size = results["gzipped"][name] / 1000
        rows.append(
            f"| {name} | {one[name]:,.1f} | {one[name] / one[OURS]:.2f} | {eleven[name]:,.0f} "
            f"| {eleven[name] / eleven[OURS]:.2f} | {f'{size:,.1f}' if size else '–'} | {results['error'][name]:.0e} |"
        )
    limit = results["native"]
    rows.append(
        f"| native code that only reads the weights | {limit['one']:.1f} | {limit['one'] / one[OURS]:.2f} "
        f"| {limit['eleven']:,.0f} | {limit['eleven'] / eleven[OURS]:.2f} | – | – |"
    )
    frame = results["frame"]
    said = ", ".join(
        f"{name} {'model' if name == 'one' else 'models'} {frame[name]['ours']:.2f} ms "
        f"(the page of 2015 {frame[name]['the page of 2015']:.1f} ms, an empty frame {frame[name]['nothing']:.2f} ms)"
        for name in frame
    )
    return "\n".join([*rows, "", f"Event to painted, ours on one canvas: {said}."])


def ratios(results: dict[str, Any]) -> dict[str, float]:
    """Ours over each bar's contender, ratios of medians."""
    one, eleven, frame = results["one"], results["eleven"], results["frame"]["one"]
    return {
        "one model, of onnxruntime-web": one[OURS] / one["onnxruntime-web wasm"],
        "one model, of tensorflow.js wasm": one[OURS] / one["tensorflow.js wasm"],
        "one model, of numeric.js": one[OURS] / one["numeric.js"],
        "one model, of the native limit": one[OURS] / results["native"]["one"],
        "eleven models, of onnxruntime-web": eleven[OURS] / eleven["onnxruntime-web wasm"],
        "event to painted, of the 2015 page": frame["ours"] / frame["the page of 2015"],
    }


if __name__ == "__main__":
    measured = json.loads(RESULTS.read_text())
    print(table(measured))
    for bar, ratio in ratios(measured).items():
        print(f"{bar}: {ratio:.3f}")
