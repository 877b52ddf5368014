"""Write the README's figures: all between `<!-- name -->` and `<!-- /name -->` is made from a measured file.

In: `weights/report.json` and the `results.json` of each benchmark. Out: `README.md`, in place.
`python -m benchmarks.readme` writes it; `tests/test_readme.py` holds README and files together.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.browser.table import frames, latency, table
from benchmarks.training.table import division, scaling_table
from benchmarks.training.table import table as speed_table

ROOT = Path(__file__).resolve().parent.parent


def test_losses(report: dict[str, Any]) -> str:
    """One row per model: its test loss, another seed's, the 2015 recipe's, and what it does to halves and specks."""
    seeds = sorted({seed for model in report["models"].values() for seed in model.get("seeds", {})}, key=int)
    words = [
        "model",
        "test loss",
        *(f"from seed {seed}" for seed in seeds),
        "2015 recipe",
        "less by",
        "completion",
        "cleaning",
    ]
    rows = ["| " + " | ".join(words) + " |", "|---|" + "---:|" * (len(words) - 1)]
    for name, model in report["models"].items():
        loss, old = model["test_loss"], report["recipe_2015"].get(name)
        other = [model.get("seeds", {}).get(seed) for seed in seeds]
        cells = [
            f"`{name}`",
            *(_number(value) for value in (loss, *other, old)),
            "–" if old is None else f"{1 - loss / old:.1%}",
            _number(model["completion"]["restored"]),
            _number(model["cleaning"]["removed"]),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def recipes(results: dict[str, Any]) -> str:
    """One row per variant of the recipe: loss and completion on held-out images, for each model."""
    names = list(dict.fromkeys(name for row in results["few"].values() for name in row))
    rows = [
        "| epochs | recipe | " + " | ".join(f"`{name}`" for name in names) + " |",
        "|---:|---|" + "---:|" * len(names),
    ]
    for which in ("few", "all"):
        for words, row in results[which].items():
            cells = [f"{row[n]['loss']:.2f} ({row[n]['completion']:.2f})" if n in row else "" for n in names]
            rows.append(f"| {results['epochs'][which]} | {words} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def single_file(results: dict[str, Any]) -> str:
    """A sentence: how large the single file is, and how soon it is painted."""
    painted, answered = (results[key]["median"] for key in ("first_paint_ms", "first_answer_ms"))
    return (
        f"The single file is {results['bytes'] / 1e6:.1f} MB. From disk it is painted after {painted} ms and answers "
        f"after {answered} ms\n(medians of {results['visits']} visits on two cores, {results['browser']})."
    )


def browser(results: dict[str, Any]) -> str:
    """The kernel beside its peers, and whole frames."""
    machine = f"Chromium {results['chromium']}, one thread, {results['cores']} cores of {results['processor']}"
    return f"{table(results)}\n\nMedians ({machine}).\n{frames(results)}"


def lighthouse(results: dict[str, Any]) -> str:
    """Lighthouse's scores, a row for each language."""
    scores = results["median"]
    rows = ["| page | performance | accessibility | best practices | search |", "|---|---:|---:|---:|---:|"]
    for language, score in scores.items():
        cells = [f"{score[name]:.0f}" for name in ("performance", "accessibility", "best-practices", "seo")]
        rows.append(f"| {language} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "test-losses": ("weights/report.json", test_losses),
    "recipes": ("benchmarks/training/recipes.json", recipes),
    "training": ("benchmarks/training/results.json", speed_table),
    "scaling": ("benchmarks/training/results.json", scaling_table),
    "division": ("benchmarks/training/results.json", division),
    "single-file": ("benchmarks/single_file.json", single_file),
    "browser": ("benchmarks/browser/results.json", browser),
    "lighthouse": ("benchmarks/lighthouse/results.json", lighthouse),
    "latency": ("benchmarks/browser/latency.json", latency),
}


def render(text: str, root: Path = ROOT) -> str:
    """The README's text with every table made anew."""
    for name, (file, make) in TABLES.items():
        body = make(json.loads((root / file).read_text()))
        parts = re.split(f"(<!-- /?{name} -->)", text)
        if len(parts) != 5:
            raise ValueError(f"README.md: expected <!-- {name} --> and <!-- /{name} --> once each")
        parts[2] = f"\n{body}\n"
        text = "".join(parts)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(render(readme.read_text()))
