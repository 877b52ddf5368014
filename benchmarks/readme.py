"""Write the README's figures: all between `<!-- name -->` and `<!-- /name -->` is made from a measured file.

In: `weights/report.json` and the `results.json` of each benchmark. Out: `README.md`, in place.
`python -m benchmarks.readme` writes it; `tests/test_readme.py` holds README and files together.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def test_losses(report: dict[str, Any]) -> str:
    """One row per model: its test loss, the 2015 recipe's, and what it does to erased halves and to specks."""
    rows = [
        "| model | test loss, noise as trained | the 2015 recipe | completion | cleaning |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, model in report["models"].items():
        old = report["recipe_2015"].get(name)
        rows.append(
            f"| `{name}` | {model['test_loss']:.2f} | {'–' if old is None else f'{old:.2f}'} "
            f"| {model['completion']['restored']:.2f} | {model['cleaning']['removed']:.2f} |"
        )
    return "\n".join(rows)


def single_file(results: dict[str, Any]) -> str:
    """A sentence: how large the single file is, and how soon it is painted."""
    painted, answered = (results[key]["median"] for key in ("first_paint_ms", "first_answer_ms"))
    return (
        f"The single file is {results['bytes'] / 1e6:.1f} MB. From disk it is painted after {painted} ms and answers "
        f"after {answered} ms\n(medians of {results['visits']} visits on two cores, {results['browser']})."
    )


TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "test-losses": ("weights/report.json", test_losses),
    "single-file": ("benchmarks/single_file.json", single_file),
}


def render(text: str, root: Path = ROOT) -> str:
    """The README's text with every table made anew."""
    for name, (file, table) in TABLES.items():
        body = table(json.loads((root / file).read_text()))
        parts = re.split(f"(<!-- /?{name} -->)", text)
        if len(parts) != 5:
            raise ValueError(f"README.md: expected <!-- {name} --> and <!-- /{name} --> once each")
        parts[2] = f"\n{body}\n"
        text = "".join(parts)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(render(readme.read_text()))
