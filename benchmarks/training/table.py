"""The README's table of training speed, from results.json: `python benchmarks/training/table.py` prints it."""

import json
from pathlib import Path
from typing import TypedDict

RESULTS = Path(__file__).resolve().parent / "results.json"
NAMES = {
    "pytorch": "PyTorch, eager, fused Adam, all threads",
    "per-step": "JAX, a compiled step, batches from the host",
    "mesh": "JAX, a compiled epoch, one process with one device a core",
    "ours": "**ours: a compiled epoch, one process and one model a core**",
}


class Rate(TypedDict):
    """What one contender gave."""

    samples_per_second: int
    to_pytorch: float
    share_of_peak: float
    bytes: int


class Contest(TypedDict):
    """Medians over rounds in which all contenders take their turn."""

    cores: int
    rounds: int
    load_before: float
    versions: dict[str, str]
    gflops_peak: float
    contenders: dict[str, Rate]


class Scaled(TypedDict):
    """Seconds for once, twice and four times the images, the epochs, the models."""

    scaling: dict[str, dict[str, float]]


def table(results: Contest) -> str:
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


def scaling_table(results: Scaled) -> str:
    """Markdown: seconds for one, two and four times the images, epochs or models."""
    lines = ["| seconds on one core | once | twice | four times |", "|---|---:|---:|---:|"]
    for what, row in results["scaling"].items():
        lines.append(f"| {what} | " + " | ".join(f"{seconds:.2f}" for seconds in row.values()) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text())))
