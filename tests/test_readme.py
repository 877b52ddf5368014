"""The README's tables are those of the measured files, and the commands it names exist."""

import json
import re
import shlex
import tomllib
from pathlib import Path

from benchmarks.readme import render

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text()


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines() if line.strip()]


def test_the_tables_are_those_of_the_measured_files() -> None:
    assert render(TEXT) == TEXT


LIMITS = {"masking-80": 104.2, "salt-and-pepper-50": 99.5, "gaussian-075": 102.0}  # nats, of the article's three


def test_all_noisy_models_are_as_much_better_than_the_recipe_of_2015_as_is_said() -> None:
    said = "all noisy models have a test loss at least 3 % below that of the recipe of 2015."
    assert said in " ".join(TEXT.split())
    report = json.loads((ROOT / "weights" / "report.json").read_text())
    noisy = {name: row for name, row in report["models"].items() if row["noise"] != "none"}
    assert len(noisy) == 10
    for name, row in noisy.items():
        limit = min(0.97 * report["recipe_2015"][name], LIMITS.get(name, 1e9))
        losses = [row["test_loss"], *row["seeds"].values()]
        assert len(losses) >= 2, name
        assert max(losses) <= limit, name


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


def test_every_relative_link_leads_to_a_file() -> None:
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links
    assert [link for link in links if link and not (ROOT / link).exists()] == []
