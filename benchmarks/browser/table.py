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
    return "\n".join(rows)


def frames(results: dict[str, Any]) -> str:
    """A sentence: milliseconds from event to painted, ours and the page of 2015."""

    def said(frame: dict[str, float]) -> str:
        return f"{frame['ours']:.2f} ms (the page of 2015: {frame['the page of 2015']:.0f} ms)"

    one, eleven = (said(results["frame"][count]) for count in ("one", "eleven"))
    paced = results["frame_60_hz"]["one"]
    return (
        f"From event to painted a frame takes {one},\nwith eleven models {eleven}, where frames follow one another.\n"
        f"At 60 a second, when caches and clocks cool in between, it takes {said(paced)};\n"
        f"a frame with nothing to do takes {paced['nothing']:.2f} ms."
    )


def latency(measured: dict[str, Any]) -> str:
    """A sentence: how long the page takes on a slow processor."""
    one, eleven = (measured[count]["p95_ms"] for count in ("one", "eleven"))
    return (
        f"The page itself, on a processor slowed {measured['slower']} times, paints 95 % of the pen's events within "
        f"{one:.0f} ms,\nand with the wall of all models in view within {eleven:.0f} ms."
    )


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
    print(table(measured), frames(measured), sep="\n\n")
    for bar, ratio in ratios(measured).items():
        print(f"{bar}: {ratio:.3f}")
