"""Imports run one way along the data, and a build with all weights present imports no JAX."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINE = [
    "train.errors",
    "train.sources",
    "train.image_files",
    "train.download",
    "train.dataset",
    "train.noise",
    "train.config",
    "train.params",
    "train.model",
    "train.training",
    "export.weights",
    "export.page",
    "export.site",
]
COMMANDS = {"train.command", "train.__main__", "export.command", "export.__main__"}
NEEDS_JAX = {"jax", "jaxlib", "optax", "jaxtyping", "tensorflow_datasets"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, *, top_level: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


PACKAGES = sorted(path for name in ("train", "export") for path in (ROOT / name).glob("*.py"))


@pytest.mark.parametrize("path", PACKAGES, ids=module_name)
def test_training_imports_nothing_of_the_export(path: Path) -> None:
    name = module_name(path)
    if name.startswith("train.") and name not in COMMANDS:
        assert {other for other in imported(path) if other.startswith("export")} == set()


def test_each_stage_imports_only_the_stages_before_it() -> None:
    for position, name in enumerate(LINE):
        later = set(LINE[position + 1 :])
        assert imported(ROOT / (name.replace(".", "/") + ".py")) & later == set(), name


@pytest.mark.parametrize("path", sorted((ROOT / "export").glob("*.py")), ids=module_name)
def test_the_export_names_no_jax(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path, top_level=True)} & NEEDS_JAX == set()
