"""Write the documents' figures: all between `<!-- name -->` and `<!-- /name -->` is made from a measured file.

In: `weights/report.json`, the table of hyperparameters and the results of each benchmark.
Out: `README.md` and `docs/*.md`, in place.
`python -m benchmarks.documents` writes them; `tests/test_documents.py` holds documents and files together.
"""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import knowledge
from benchmarks.browser.chains import table as chains_table
from benchmarks.browser.table import frames, latency, table
from benchmarks.browser.table import training as page_training
from benchmarks.few import table as few_table
from benchmarks.training.table import scaling_table
from benchmarks.training.table import table as speed_table
from train.run.report import read_report
from train.settings.recipe import HYPERPARAMETERS, Recipe

ROOT = Path(__file__).resolve().parent.parent


def test_losses(path: Path) -> str:
    """One row per model: its test loss, another seed's, the 2015 recipe's, and what it does to halves and specks.

    The test loss has behind it how far it depends on the draw of the noise: the standard deviation, where known.
    """
    report = read_report(path)
    known = any(row.measures.test_loss_spread is not None for row in report.models.values())
    seeds = sorted({seed for row in report.models.values() for seed in row.seeds})
    words = [
        "model",
        "test loss, ± over ten draws of the noise" if known else "test loss",
        *(f"from seed {seed}" for seed in seeds),
        "2015 recipe",
        "less by",
        "completion",
        "cleaning",
    ]
    rows = ["| " + " | ".join(words) + " |", "|---|" + "---:|" * (len(words) - 1)]
    for name, row in report.models.items():
        loss, old = row.measures.test_loss, report.recipe_2015.get(name)
        spread = row.measures.test_loss_spread
        other = [row.seeds.get(seed) for seed in seeds]
        cells = [
            f"`{name}`",
            _number(loss) + ("" if spread is None else f" ± {spread:.2f}"),
            *(_number(value) for value in (*other, old)),
            "–" if old is None else f"{1 - loss / old:.1%}",
            _number(row.measures.completion.restored),
            _number(row.measures.cleaning.removed),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def candidates(results: dict[str, Any]) -> str:
    """One row per candidate for the recipe: each model's loss on held-out images, and the sum of ratios to 2015's."""
    names = list(results["losses"]["2015"])
    rows = ["| candidate | sum of ratios | " + " | ".join(f"`{name}`" for name in names) + " |"]
    rows.append("|---|---:|" + "---:|" * len(names))
    least = min(results["sum_of_ratios"], key=lambda name: float(results["sum_of_ratios"][name]))
    for words, ratio in results["sum_of_ratios"].items():
        cells = [f"{results['losses'][words][name]:.2f}" for name in names]
        words = f"**{words}**" if words == least else words
        rows.append(f"| {words} | {ratio:.3f} | " + " | ".join(cells) + " |")
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
    """Lighthouse's scores, a row for each page in each language."""
    scores = results["median"]
    rows = ["| page | performance | accessibility | best practices | search |", "|---|---:|---:|---:|---:|"]
    for page, score in scores.items():
        cells = [f"{score[name]:.0f}" for name in ("performance", "accessibility", "best-practices", "seo")]
        rows.append(f"| {page} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def hyperparameters(_: Path) -> str:
    """One row per hyperparameter: its default, what it may be, its unit, what it means, and whether models share it."""
    rows = ["| key | default | allowed | unit | what it is | models of one computation |", "|---|---:|---|---|---|---|"]
    for name, one in HYPERPARAMETERS.items():
        default = json.dumps(getattr(Recipe, name))
        common = "may differ" if one.per_model else "share it"
        rows.append(f"| `{name}` | {default} | {one.allowed.words} | {one.unit} | {one.words} | {common} |")
    return "\n".join(rows)


def first_minute(results: dict[str, Any]) -> str:
    """The walk on a slow connection, a row for each language."""
    rows = ["| walk | answers | MB until all are live | first live after, s | all live after, s |"]
    rows.append("|---|---:|---:|---:|---:|")
    for language, page in results["pages"].items():
        cells = (
            page["answers"],
            f"{page['bytes'] / 1e6:.2f}",
            f"{page['first_live_s']:.1f}",
            f"{page['all_live_s']:.1f}",
        )
        rows.append(f"| {language} | " + " | ".join(map(str, cells)) + " |")
    rate, latency = results["bits_per_second"] / 1e6, results["latency_ms"]
    conditions = f"{rate:g} Mbit/s, {latency} ms to each answer, an empty cache ({results['browser']})"
    return "\n".join(rows) + f"\n\nMedians of {results['visits']} visits: {conditions}."


def light(results: dict[str, Any]) -> str:
    """How far off the lighter weights are, and how large."""
    models = results["models"].values()
    each = [one["light_bytes"] / 1e6 for one in models]
    whole = max(one["float32_bytes"] for one in models) / 1e6
    other = max(one["worst_bfloat16"] for one in models)
    return (
        f"Over {results['digits']:,} test digits, clean and under each noise of the site, an output of the lighter "
        f"form is off by\nat most {results['worst']:.4f}; {results['bound']:g} is promised. bfloat16 would be off by "
        f"{other:.2f}. A model takes {min(each):.2f} to\n{max(each):.2f} MB on the way, in float32 {whole:.2f} MB."
    )


def learning(results: dict[str, Any]) -> str:
    """How soon and how well networks learn in the page."""
    walk, lab = results["walk"], results["lab"]
    first, second = (math.ceil(one["first_strokes_s"]) for one in (walk, lab))
    times = ", ".join(f"{lab[f'loss_{seconds}_s']:.1f} after {seconds} s" for seconds in (10, 30, 60))
    return (
        f"On one press of the walk twenty filters of each of two networks are strokes within "
        f"{first} s. In the lab {results['hidden']}\nunits under {results['noise']} "
        f"{results['level']:.0%} have theirs within {second} s, and on drawn digits that they never "
        f"learned from\na loss of {times} ({results['cores']} cores, {results['browser']}).\n"
        f"After {results['images']:,} images their loss on MNIST's test images is {lab['loss_mnist']:.1f}."
    )


def of_json(make: Callable[[Any], str]) -> Callable[[Path], str]:
    """A table of what a benchmark wrote."""
    return lambda path: make(json.loads(path.read_text()))


TABLES: dict[str, tuple[str, Callable[[Path], str]]] = {
    "test-losses": ("weights/report.json", test_losses),
    "reading": ("weights/report.json", knowledge.reading),
    "few": ("benchmarks/few.json", of_json(few_table)),
    "asking": ("weights/report.json", knowledge.asking),
    "dreaming": ("weights/report.json", knowledge.dreaming),
    "hyperparameters": ("train/settings/recipe.py", hyperparameters),
    "candidates": ("benchmarks/training/candidates.json", of_json(candidates)),
    "training": ("benchmarks/training/results.json", of_json(speed_table)),
    "scaling": ("benchmarks/training/results.json", of_json(scaling_table)),
    "single-file": ("benchmarks/single_file.json", of_json(single_file)),
    "browser": ("benchmarks/browser/results.json", of_json(browser)),
    "chains": ("benchmarks/browser/chains.json", of_json(chains_table)),
    "first-minute": ("benchmarks/first_minute.json", of_json(first_minute)),
    "light": ("benchmarks/light.json", of_json(light)),
    "lighthouse": ("benchmarks/lighthouse/results.json", of_json(lighthouse)),
    "page-training": ("benchmarks/browser/training.json", of_json(page_training)),
    "learning": ("benchmarks/learning.json", of_json(learning)),
    "latency": ("benchmarks/browser/latency.json", of_json(latency)),
}


def documents(root: Path = ROOT) -> dict[Path, str]:
    """The text of each document with every table made anew; each table stands in one document, once."""
    texts = {path: path.read_text() for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]}
    for name, (file, make) in TABLES.items():
        places = [path for path, text in texts.items() if f"<!-- {name} -->" in text]
        if len(places) != 1:
            raise ValueError(f"<!-- {name} -->: expected in one document, got {len(places)}")
        parts = re.split(f"(<!-- /?{name} -->)", texts[places[0]])
        if len(parts) != 5:
            raise ValueError(f"{places[0]}: expected <!-- {name} --> and <!-- /{name} --> once each")
        parts[2] = f"\n{make(root / file)}\n"
        texts[places[0]] = "".join(parts)
    return texts


if __name__ == "__main__":
    for document, text in documents().items():
        document.write_text(text)
