"""Samples a second of training, against PyTorch and per-step JAX, interleaved in one run; writes results.json.

    python benchmarks/training/run.py --data-dir MNIST --torch-python VENV/bin/python [--rounds 3] [--epochs 3]

PyTorch may live in another virtual environment (`pip install torch numpy`); what is measured is in contender.py.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FLOP = 5 * 2 * 784 * 500  # a sample: two products forward, three backward (the corrupted input needs no gradient)


def contend(python: str, name: str, copies: int, options: argparse.Namespace, images: int) -> dict[str, float]:
    """Run one contender in `copies` processes at once; the sum of their median rates, and of their memory."""
    command = [python, str(HERE / "contender.py"), name, str(options.data_dir), str(images), str(options.epochs)]
    environment = os.environ | ({"OPENBLAS_NUM_THREADS": "1"} if name == "sgemm" else {})
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(copies)]
    answers = [json.loads(process.communicate()[0]) for process in started]
    rate = sum(statistics.median(answer["samples_per_second"]) for answer in answers)
    return {"samples_per_second": rate, "bytes": sum(answer["bytes"] for answer in answers)}


def summary(rounds: list[dict[str, float]], pytorch: float, peak: float) -> dict[str, float]:
    """Medians over the rounds, the ratio to PyTorch, the share of the peak of single-precision products."""
    rate = statistics.median(one["samples_per_second"] for one in rounds)
    memory = statistics.median(one["bytes"] for one in rounds)
    return {
        "samples_per_second": round(rate),
        "to_pytorch": round(rate / pytorch, 2),
        "share_of_peak": round(rate / peak, 3),
        "bytes": round(memory),
    }


def main() -> None:
    """Measure and write results.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--torch-python", default=sys.executable, help="the Python that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    plan = [
        ("pytorch", options.torch_python, 1),
        ("per-step", sys.executable, 1),
        ("ours", sys.executable, cores),
        ("sgemm", sys.executable, cores),
    ]
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name, _, _ in plan}
    for _ in range(options.rounds):
        for name, python, copies in plan:
            rounds[name].append(contend(python, name, copies, options, 60_000))
    pytorch, peak = (
        statistics.median(one["samples_per_second"] for one in rounds[name]) for name in ("pytorch", "sgemm")
    )
    results: dict[str, Any] = {
        "cores": cores,
        "rounds": options.rounds,
        "load_before": os.getloadavg()[0],
        "gflops_peak": round(peak * FLOP / 1e9, 1),
        "contenders": {name: summary(runs, pytorch, peak) for name, runs in rounds.items() if name != "sgemm"},
    }
    results["scaling"] = {
        str(images): round(contend(sys.executable, "ours", cores, options, images)["samples_per_second"])
        for images in (15_000, 30_000, 60_000)
    }
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(options.out)


if __name__ == "__main__":
    main()
