"""Installed outside the checkout, the command does what `python build.py` does in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from export.check import check_site
from tests.tiny import ROOT


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


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


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


def test_the_installed_command_builds_the_same_site_from_any_folder(
    installed: Path, site: Path, tmp_path: Path
) -> None:
    script = "import sys, export.command; print(export.command.__file__); sys.exit(export.command.main())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    built = {p.relative_to(tmp_path / "_site"): p.read_bytes() for p in (tmp_path / "_site").rglob("*") if p.is_file()}
    assert built == {p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()}
    assert check_site(tmp_path / "_site") == []
