"""The figures that the README and the page compare with: the test losses of the recipe of 2015, trained here.

    python -m train --config benchmarks/recipe_2015.toml --weights FOLDER --data-dir MNIST
    python -m benchmarks.recipe_2015 FOLDER

In:  the report of that training. Out: `recipe_2015` in weights/report.json.
"""

import sys
from dataclasses import replace
from pathlib import Path

from train.run.report import read_report, report_path, write_report

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"


def main(folder: Path) -> None:
    """Copy the test losses from the report in `folder`."""
    path = report_path(WEIGHTS)
    rows = read_report(report_path(folder)).models
    losses = {name: round(row.measures.test_loss, 2) for name, row in rows.items()}
    write_report(path, replace(read_report(path), recipe_2015=losses))
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
