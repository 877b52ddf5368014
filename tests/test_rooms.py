"""Every Python module is in a room; imports go down the list of rooms or stay inside one, and never in a circle.

All imports count: those inside functions and those for type checkers, too.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from workshop.checkout import ROOT

ROOMS = (  # along the data: a module may import from its own room and from those before it
    ("train.errors", "train.files"),
    ("train.data",),
    ("train.settings",),
    ("train.learn",),
    ("train.run",),
    ("export.draw",),
    ("export.weights",),
    ("export.site",),
    (  # the commands
        "train.options",
        "train.command",
        "train.command_end",
        "train.__main__",
        "export.assets",
        "export.command",
        "export.command_build",
        "export.command_init",
        "export.command_places",
        "export.__main__",
        "build",
    ),
)
COMPOSES = {"train.command", "train.__main__"}  # of `train`, these alone may import the exporter


def find_modules() -> dict[str, Path]:
    """Every module of ours by its dotted name; packages by theirs."""
    paths = [ROOT / "build.py", *(ROOT / "train").rglob("*.py"), *(ROOT / "export").rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


MODULES = find_modules()


def imported(path: Path) -> Iterator[str]:
    """What a module imports, wherever it does so, by its dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{path}: expected absolute imports"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from names & MODULES.keys()
            if not names <= MODULES.keys():
                yield node.module


ARROWS = {name: set(imported(path)) for name, path in MODULES.items()}
OURS = {name: others & MODULES.keys() for name, others in ARROWS.items()}


def room(name: str) -> int:
    """The place of a module's room in the list; `train` and `export` themselves, which are empty, are in the first."""
    if name in ("train", "export"):
        return 0
    (place,) = (k for k, room in enumerate(ROOMS) for top in room if name == top or name.startswith(f"{top}."))
    return place


def test_every_module_is_in_one_room() -> None:
    assert all(room(name) >= 0 for name in MODULES)
    assert [top for tops in ROOMS for top in tops if top not in MODULES] == []
    assert not OURS["train"] | OURS["export"]


def test_no_arrow_goes_back() -> None:
    back = {f"{name} -> {other}" for name, others in OURS.items() for other in others if room(other) > room(name)}
    assert back == set()


def test_no_circle() -> None:
    try:
        TopologicalSorter(OURS).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_of_the_training_the_command_alone_knows_the_exporter() -> None:
    knows = {name for name, others in OURS.items() if any(other.startswith("export") for other in others)}
    assert {name for name in knows if name.startswith("train")} <= COMPOSES


def test_workshop_tests_and_benchmarks_are_imported_by_nothing_of_the_product() -> None:
    outside = {other.split(".")[0] for others in ARROWS.values() for other in others}
    assert outside & {"tests", "workshop", "benchmarks", "site_template"} == set()
