"""The README's table of training speed, from results.json: `python benchmarks/training/table.py` prints it."""

import json
from pathlib import Path
from typing import Any

from benchmarks.training.contender import COPIES

RESULTS = Path(__file__).resolve().parent / "results.json"
NAMES = {
    "pytorch": "PyTorch, eager, fused Adam, all threads",
    "per-step": "JAX, a compiled step, batches from the host",
    "mesh": "JAX, a compiled epoch, one process with one device a core",
    "bfloat16": "ours with bfloat16 products",
    "ours": "**ours: a compiled epoch, one process and one model a core**",
}


def table(results: dict[str, Any]) -> str:
    """Markdown: samples a second, ratio to PyTorch, share of the sgemm peak, peak memory; and how it was measured."""
    lines = ["| contender | samples/s | to PyTorch | share of peak | memory |", "|---|---:|---:|---:|---:|"]
    for name, words in NAMES.items():
        one = results["contenders"][name]
        lines.append(
            f"| {words} | {one['samples_per_second']:,} | {one['to_pytorch']:.2f} | {one['share_of_peak']:.0%} "
            f"| {one['bytes'] / 1e6:,.0f} MB |"
        )
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    measured = (
        f"Medians of {results['rounds']} rounds, in each of which all take their turn, on {results['cores']} cores\n"
        f"({versions})"
    )
    return "\n".join(
        [*lines, "", f"{measured}; the peak is that of float32 products, {results['gflops_peak']} GFLOP/s."]
    )


def scaling_table(results: dict[str, Any]) -> str:
    """Markdown: seconds for one, two and four times the images, epochs or models."""
    lines = ["| seconds on one core | once | twice | four times |", "|---|---:|---:|---:|"]
    for what, row in results["scaling"].items():
        lines.append(f"| {what} | " + " | ".join(f"{seconds:.2f}" for seconds in row.values()) + " |")
    return "\n".join(lines)


def division(results: dict[str, Any]) -> str:
    """A sentence: how much faster two cores are with steps that are divided over them."""
    one, two = (results["division"][name] for name in ("large", "divided"))
    return (
        f"A training with {COPIES} copies of each image takes {one:.1f} s on one core and {two:.1f} s on "
        f"two:\n{one / two:.2f} times as fast (medians, in turns)."
    )


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text())))
