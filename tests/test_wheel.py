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

from export.site.check import check_site
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.documents import code_of_the_documents
from workshop.serving import serve
from workshop.synthetic import write_idx
from workshop.visit import draw, last, visit


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


def test_the_wheel_holds_one_package_with_all_assets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("site_template", "weights", "train", "export"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"dae_site/{path.relative_to(ROOT).as_posix()}" in names
    assert {"dae_site/models.toml", "dae_site/.github/workflows/pages.yml"} <= names
    assert {name.split("/")[0] for name in names if not name.split("/")[0].endswith(".dist-info")} == {"dae_site"}
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert zipfile.ZipFile(wheel).read(entry_points) == b"[console_scripts]\ndae-site = dae_site:main\n"


def run(
    command: Path, *words: str | Path, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a user does, with nothing of the checkout in the environment."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | (environment or {})
    return subprocess.run([command, *words], cwd=cwd, env=clean, capture_output=True, text=True, check=False)


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def built(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the installed command builds in a folder of other people's modules, called as ours are."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("train.py", "export.py", "build.py", "dae_site.py"):
        (folder / name).write_text("raise SystemExit('the wrong module')\n")
    packages = next(installed.parent.parent.glob("lib/python*/site-packages"))
    for name in ("train", "export"):
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    package = read(packages / "dae_site")
    done = run(installed, "build", cwd=folder, environment={"PYTHONPATH": str(folder / "nowhere")})
    assert done.returncode == 0, done.stderr
    assert run(installed, "check", cwd=folder).returncode == 0
    assert read(packages / "dae_site") == package
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".py") == ["_site"]
    return folder / "_site"


def test_the_installed_command_builds_the_same_site_in_any_folder(built: Path, site: Path) -> None:
    assert read(built) == read(site)
    assert check_site(built) == []


def test_what_the_installed_command_built_works_in_the_browser(built: Path, page: Page) -> None:
    server = serve(built)
    for path in ("lab/", "ja/lab/"):
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
    for command in ("build", "train"):
        done = run(installed, command, cwd=tmp_path)
        assert done.returncode == 1
        assert re.fullmatch(
            r"error: training needs the Python package \w+.*: run `pip install 'dae-site\[train\]'`\n", done.stderr
        )


def test_it_says_its_version_and_knows_its_commands(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version", cwd=tmp_path).stdout == "dae-site 0.1.0\n"
    said = run(installed, "--help", cwd=tmp_path).stdout
    for command in ("init", "build", "serve", "check", "export", "train", "figures"):
        assert f"\n    {command} " in said
        assert f"usage: dae-site {command} " in run(installed, command, "--help", cwd=tmp_path).stdout
    assert run(installed, "biuld", cwd=tmp_path).returncode == 2


def test_what_it_tells_to_type_is_a_command_of_its_own(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text('[[model]]\nnoise = "masking"\nlevel = 0.33\n')
    done = run(installed, "export", cwd=tmp_path)
    assert done.stderr.startswith("error: masking-33 must be trained, as ")
    assert done.stderr.endswith(": run `dae-site build`\n")


def test_the_documents_code_runs_with_the_installed_package(
    installed: Path, mnist: Path | None, tmp_path: Path
) -> None:
    """With JAX lent by the environment of the tests, beside modules of the user's that are called as ours are."""
    packages = next(installed.parent.parent.glob("lib/python*/site-packages"))
    for name in ("train.py", "export.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')\n")
    folder = mnist or write_idx(tmp_path / "digits", train=2000, test=100)
    lent = f"import sys\nimport dae_site\nsys.path.append({str(Path(np.__file__).parent.parent)!r})\n"
    told = "\nimport train\nprint(train.__file__, mine.weight.shape)\n"
    code = code_of_the_documents("mnist" if mnist else "custom", folder)
    code = code.replace("weights/masking-80", str(packages / "dae_site" / "weights" / "masking-80"))
    (tmp_path / "notebook.py").write_text(lent + code + told)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    python = installed.parent / "python"
    done = subprocess.run([python, "notebook.py"], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{packages / 'dae_site' / 'train' / '__init__.py'} (784, 100)\n"


def test_init_makes_a_folder_and_writes_over_nothing(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "init", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = read(tmp_path / "mine")
    assert set(files) == {"models.toml", "models.schema.json", ".github/workflows/pages.yml", ".gitignore"}
    assert files["models.toml"].startswith(b"#:schema ./models.schema.json\n")
    assert files["models.schema.json"] == (ROOT / "models.schema.json").read_bytes()
    workflow = files[".github/workflows/pages.yml"].decode()
    assert re.findall(r"- run: (.*)", workflow) == [
        "python -m pip install 'dae-site==0.1.0'",
        'dae-site build --url "$BASE_URL"',
        "dae-site check",
    ]
    (tmp_path / "mine" / "models.toml").write_text("# my own\n")
    (tmp_path / "mine" / ".gitignore").unlink()
    again = run(installed, "init", "mine", cwd=tmp_path)
    assert again.returncode == 1
    assert "got models.toml, models.schema.json, .github/workflows/pages.yml; nothing was written" in again.stderr
    assert (tmp_path / "mine" / "models.toml").read_text() == "# my own\n"
    assert not (tmp_path / "mine" / ".gitignore").exists()


def test_a_models_toml_anywhere_finds_the_weights_of_the_package(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text((ROOT / "models.toml").read_text().rpartition("[[model]]")[0])
    done = run(installed, "build", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "10 models" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_site", "models.toml"]
    with (tmp_path / "models.toml").open("a") as file:
        file.write('[[model]]\nnoise = "masking"\nlevel = 0.33\n')
    done = run(installed, "build", cwd=tmp_path)
    assert re.fullmatch(r"training masking-33: \S+ is missing\n", done.stdout)
    assert done.stderr.startswith("error: training needs the Python package ")
    names = {path.name for path in (tmp_path / "weights").iterdir()}
    assert len({name for name in names if name.endswith(".safetensors") and ".reader." not in name}) == 10
    assert len({name for name in names if ".reader." in name}) == 11  # and that of the pixels
