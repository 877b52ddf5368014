"""Installed outside the checkout, the command does what `python build.py` does in it."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from playwright.sync_api import Page

from export.check import check_site
from export.reference import reconstruct
from export.weights import read_weights
from tests.conftest import serve
from tests.tiny import ROOT
from tests.visit import draw, last, visit


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return path


def needed(one: Distribution) -> Iterator[Distribution]:
    """All that a distribution needs without extras, and what that needs."""
    for line in one.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield (other := distribution(requirement.name))
            yield from needed(other)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a clean environment: it has the wheel, what the wheel declares to need, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, str(wheel)], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (ours,) = (one for one in distributions(path=[str(packages)]) if one.name == "dae-site")
    for other in needed(ours):
        for top in {file.parts[0] for file in other.files or [] if ".." not in file.parts}:
            if not (packages / top).exists():
                (packages / top).symlink_to(str(other.locate_file(top)))
    return folder / "bin" / "dae-site"


def test_the_wheel_holds_all_assets_and_no_module_called_build(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("site_template", "weights"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"export/assets/{path.relative_to(ROOT).as_posix()}" in names
    assert {"export/assets/models.toml", "export/assets/site_template/single_file.js"} <= names
    assert {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")} == {
        "export",
        "train",
    }
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert b"dae-site = export.command:main" in zipfile.ZipFile(wheel).read(entry_points)


@pytest.fixture(scope="module")
def built(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the installed command builds in an empty folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([installed], cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([installed, "check"], cwd=folder, env=clean, check=False).returncode == 0
    return folder / "_site"


def test_the_installed_command_builds_the_same_site_in_any_folder(built: Path, site: Path) -> None:
    files = [{p.relative_to(top): p.read_bytes() for p in top.rglob("*") if p.is_file()} for top in (built, site)]
    assert files[0] == files[1]
    assert check_site(built) == []


def test_what_the_installed_command_built_works_in_the_browser(built: Path, page: Page) -> None:
    server = serve(built)
    for path in ("", "ja/"):
        visit(page, f"http://127.0.0.1:{server.server_address[1]}/{path}")
        draw(page)
        answer = last(page)
        params = read_weights(ROOT / "weights" / f"{answer.model}.safetensors").params
        assert np.abs(reconstruct(params, answer.fed) - answer.reconstruction).max() < 1e-5
    page.goto("about:blank")
    server.shutdown()
    server.server_close()


def test_the_installed_command_says_what_training_needs(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text('[[model]]\nnoise = "masking"\nlevel = 0.33\n')
    done = subprocess.run([installed], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"error: training needs the Python package \w+.*: run `pip install .*\n", done.stderr)
