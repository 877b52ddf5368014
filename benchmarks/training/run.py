"""Samples a second of training, against PyTorch and per-step JAX, interleaved in one run; writes results.json.

    python benchmarks/training/run.py --data-dir MNIST --torch-python VENV/bin/python [--rounds 3] [--epochs 3]
    python benchmarks/training/run.py --data-dir MNIST --scaling              only the scaling, the rest stays

PyTorch may live in another virtual environment (`pip install torch numpy`); what is measured is in contender.py.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLOP = 5 * 2 * 784 * 500  # a sample: two products forward, three backward (the corrupted input needs no gradient)


@dataclass(frozen=True)
class Job:
    """What one contender has to do."""

    python: str
    name: str
    copies: int = 1  # processes at once
    models: int | None = None  # in each process, where it is not one
    images: int = 60_000
    epochs: int = 3


def contend(job: Job, data_dir: Path) -> dict[str, float]:
    """Run one contender: over its processes the sum of their median rates and of their memory, the longest time."""
    name, copies = job.name, job.copies
    command = [job.python, str(HERE / "contender.py"), name, str(data_dir), str(job.images), str(job.epochs)]
    command += [] if job.models is None else [str(job.models)]
    environment = os.environ | ({"OPENBLAS_NUM_THREADS": "1"} if name == "sgemm" else {})
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(copies)]
    answers = [json.loads(process.communicate()[0]) for process in started]
    return {
        "samples_per_second": sum(statistics.median(answer["samples_per_second"]) for answer in answers),
        "seconds": max(answer["seconds"] for answer in answers),
        "bytes": sum(answer["bytes"] for answer in answers),
    }


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
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    ours = Job(sys.executable, "ours", epochs=options.epochs)
    if options.scaling:
        results: dict[str, object] = json.loads(options.out.read_text())
    else:
        results = contest(ours, options.torch_python, options.rounds, options.data_dir)
    results["scaling"] = scaling(ours, options.rounds, options.data_dir)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(options.out)


def contest(ours: Job, torch_python: str, count: int, data_dir: Path) -> dict[str, object]:
    """Medians over `count` rounds, in each of which all contenders take their turn."""
    cores = os.cpu_count() or 1
    plan = [
        replace(ours, name="pytorch", python=torch_python),
        replace(ours, name="per-step"),
        replace(ours, name="mesh", models=cores),
        replace(ours, copies=cores),
        replace(ours, name="sgemm", copies=cores),
    ]
    rounds: dict[str, list[dict[str, float]]] = {job.name: [] for job in plan}
    load = os.getloadavg()[0]
    for _ in range(count):
        for job in plan:
            rounds[job.name].append(contend(job, data_dir))
    pytorch, peak = (
        statistics.median(one["samples_per_second"] for one in rounds[name]) for name in ("pytorch", "sgemm")
    )
    return {
        "cores": cores,
        "rounds": count,
        "load_before": load,
        "versions": {"PyTorch": version(torch_python, "torch"), "JAX": version(sys.executable, "jax")},
        "gflops_peak": round(peak * FLOP / 1e9, 1),
        "contenders": {name: summary(runs, pytorch, peak) for name, runs in rounds.items() if name != "sgemm"},
    }


def version(python: str, package: str) -> str:
    """The version of a package that a Python has."""
    code = f"import importlib.metadata; print(importlib.metadata.version('{package}'))"
    return subprocess.run([python, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def scaling(ours: Job, count: int, data_dir: Path) -> dict[str, dict[str, float]]:
    """Seconds on one core for one, two and four times the images, the epochs, the models: medians of whole trainings.

    Interleaved as the contenders are, without the epoch that compiles.
    """
    jobs = {
        "images": [replace(ours, images=images, epochs=2) for images in (15_000, 30_000, 60_000)],
        "epochs": [replace(ours, images=15_000, epochs=epochs) for epochs in (2, 4, 8)],
        "models": [replace(ours, images=15_000, epochs=2, models=models) for models in (1, 2, 4)],
    }
    rounds = [
        {what: [contend(job, data_dir)["seconds"] for job in row] for what, row in jobs.items()} for _ in range(count)
    ]
    return {
        what: {
            str(factor): round(statistics.median(one[what][at] for one in rounds), 2)
            for at, factor in enumerate((1, 2, 4))
        }
        for what in jobs
    }


if __name__ == "__main__":
    main()
