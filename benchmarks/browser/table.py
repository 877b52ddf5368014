"""The benchmark's table, in Markdown, from results.json."""

import json
import statistics
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
        wire = results["gzipped"][name] / 1000
        rows.append(
            f"| {name} | {one[name]:,.1f} | {one[name] / one[OURS]:.2f} | {eleven[name]:,.0f} "
            f"| {eleven[name] / eleven[OURS]:.2f} | {f'{wire:,.1f}' if wire else '–'} | {results['error'][name]:.0e} |"
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
    one, eleven, four = (measured[count]["p95_ms"] for count in ("one", "eleven", "four"))
    training = measured["training"]
    return (
        f"The page itself, on a processor slowed {measured['slower']} times, paints 95 % of the pen's events within "
        f"{one:.0f} ms,\nwith the wall of all models in view within {eleven:.0f} ms, and the walk's four answers "
        f"within {four:.0f} ms. On {measured['cores']} cores\nthat are not slowed, beside a worker that trains on "
        f"{training['images_per_second']:,} images a second, it paints them within {training['p95_ms']:.0f} ms."
    )


def training(results: dict[str, Any]) -> str:
    """Training: one row per contender, images a second and how many times fewer than ours; then what ours reach."""
    runs = results["runs"]
    noises = {"masking": "masking 50 %", "gaussian": "Gaussian, variance 0.5"}
    rows = [
        "| contender | " + " | ".join(f"{words}, images/s | ours is × as fast" for words in noises.values()) + " |",
        "|---|" + "---:|" * 2 * len(noises),
    ]
    rates = {
        noise: {name: statistics.median(run[noise][name] for run in runs) for name in runs[0][noise]}
        for noise in noises
    }
    for name in runs[0]["masking"]:
        cells = [f"{rates[noise][name]:,.0f} | {rates[noise][OURS] / rates[noise][name]:.1f}" for noise in noises]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    shares = {words: ", ".join(f"{run['of_peak'][noise][OURS]:.0%}" for run in runs) for noise, words in noises.items()}
    told = "\n".join(f"{words}: {share}." for words, share in shares.items())
    peak = statistics.median(run["peak"] for run in runs) / 1e9
    return (
        "\n".join(rows) + f"\n\nMedians of {len(runs)} runs (Chromium {results['chromium']}, one thread, "
        f"{results['cores']} cores of {results['processor']}).\n"
        f"The machine's peak, measured in the same rounds, was {peak:.0f} GFLOP/s. "
        f"Of it ours reached, in each run:\n{told}"
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
