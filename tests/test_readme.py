"""The README's tables are those of the measured files, and the commands it names exist."""

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
