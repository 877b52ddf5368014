"""Lint, formatting and types of everything that is code: the same commands an editor would run."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from workshop.npm import NODE, fetched

ROOT = Path(__file__).resolve().parent.parent
CHECKS = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]


def run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_python_is_clean(command: list[str]) -> None:
    assert run([sys.executable, "-m", *command]) == ""


def test_javascript_is_clean() -> None:
    assert run([*NODE, str(fetched("@biomejs/biome/bin/biome")), "ci", "--error-on-warnings"]) == ""


def test_javascript_has_no_type_error() -> None:
    compiler = fetched("typescript/bin/tsc")
    assert run([*NODE, str(compiler), "--project", "tsconfig.json"]) == ""


def test_the_product_says_what_it_takes_and_gives() -> None:
    files = [ROOT / "build.py", *(ROOT / "train").rglob("*.py"), *(ROOT / "export").rglob("*.py")]
    found = {path.name: len(re.findall(r"\bAny\b", path.read_text())) for path in files}
    assert sum(found.values()) <= 20, {name: count for name, count in found.items() if count}


def test_a_class_has_a_name_of_its_own() -> None:
    files = [*(ROOT / "train").rglob("*.py"), *(ROOT / "export").rglob("*.py")]
    names = Counter(name for path in files for name in re.findall(r"^class (\w+)", path.read_text(), re.MULTILINE))
    assert [name for name, count in names.items() if count > 1] == []


# Each word of the glossary has one meaning; what else it was used for is called otherwise, and may not come back.
GIVEN_UP = {
    "size, for which there are side, bytes, shape and count": r"(?<![.\w-])_?sizes?\b|_sizes?\b",
    "references, which are urls": r"\breferences\b",
    "frame, which is the animation's alone": r"MNIST's frame|frame of the (?:image|digit)",
    "dir in names, where a folder is meant": r"\b(?!is_|data_|rm|mk|download_)[a-z]+_dir\b",
}
# Words of others: of the file system, of Pillow and matplotlib, of HTML, of the sockets, of our own options.
OF_OTHERS = r"st_size|figsize|stack-size|request_queue_size|font-size|\bsize=|max_size|viewport_size|\"sizes\""


def test_no_word_has_a_second_meaning_again() -> None:
    places = [("train", "*.py"), ("export", "*.py"), ("site_template/js", "*.js"), ("site_template", "*.j2")]
    found = [
        f"{path.relative_to(ROOT)}:{number}: {said}: {line.strip()}"
        for folder, pattern in places
        for path in sorted((ROOT / folder).rglob(pattern))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for said, word in GIVEN_UP.items()
        if re.search(word, re.sub(OF_OTHERS, "", line))
    ]
    assert found == []
    assert all(
        re.search(word, "size = sizes_of(references, frame of the image, weights_dir)") for word in GIVEN_UP.values()
    )
