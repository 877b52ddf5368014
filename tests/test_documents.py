"""The documents' tables are those of the measured files, and the commands and files that they name exist."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from benchmarks.documents import documents

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)


def commands() -> list[list[str]]:
    blocks = [block for path in DOCUMENTS for block in re.findall(r"```sh\n(.*?)```", path.read_text(), re.DOTALL)]
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines() if line.strip()]


def test_the_tables_are_those_of_the_measured_files() -> None:
    for path, text in documents().items():
        assert path.read_text() == text, path.name


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(TEXT.splitlines()) <= 150


def test_no_model_is_worse_than_the_recipe_of_2015() -> None:
    report = json.loads((ROOT / "weights" / "report.json").read_text())
    assert len(report["models"]) == 11
    for name, row in report["models"].items():
        losses = [row["test_loss"], *row["seeds"].values()]
        assert len(losses) >= 2, name
        assert max(losses) <= report["recipe_2015"][name], name


def test_training_in_the_page_is_as_fast_as_promised() -> None:
    """Of the machine's peak, and beside its peers, in every run that was measured."""
    for run in json.loads((ROOT / "benchmarks" / "browser" / "training.json").read_text())["runs"]:
        for noise, share in (("masking", 0.6), ("gaussian", 0.5)):
            assert run["of_peak"][noise]["ours, relaxed SIMD"] >= share
            for peer, times in (("tensorflow.js wasm", 6), ("plain typed arrays", 8), ("tensorflow.js cpu", 30)):
                assert run[noise]["ours, relaxed SIMD"] >= times * run[noise][peer], (noise, peer)


def test_every_module_and_script_that_a_command_runs_exists() -> None:
    ran = [words for words in commands() if words[:1] == ["python"]]
    assert ran
    for words in ran:
        if words[1] == "-m":
            own = ROOT / words[2].replace(".", "/")
            assert own.with_suffix(".py").exists() or (own / "__main__.py").exists() or words[2] in {"pytest", "venv"}
        else:
            assert (ROOT / words[1]).exists(), words


def test_the_set_up_installs_the_extras_that_the_project_declares() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = set(re.findall(r"\.\[(\w+)\]", TEXT))
    assert named
    assert named <= set(extras)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file(document: Path) -> None:
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", document.read_text()) if "://" not in link]
    assert [link for link in links if link and not (document.parent / link).exists()] == []


def test_the_flow_of_contributing_names_what_there_is() -> None:
    flow = re.findall(r"```\n(Python.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)[0]
    python, browser = flow.split("Browser")
    named = [
        *re.findall(r"\w[\w/]*\.\w+", python),
        *(f"site_template/{file}" for file in re.findall(r"js/[\w/]+\.js", browser)),
    ]
    assert len(named) > 15
    assert [file for file in named if not (ROOT / file).exists()] == []
