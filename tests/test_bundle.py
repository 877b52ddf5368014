"""`python -m export`: the models alone, and golden vectors brought up to date by JAX."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from export.command import main
from export.site.manifest import find_manifest, read_manifest
from export.weights.golden import read_golden
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.tiny import PIXELS, make_project


def words(project: Path) -> list[str]:
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_export"]
    return [word if word.startswith("--") else str(project / word) for word in places]


def test_the_folder_holds_models_golden_vectors_and_a_manifest(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    for _ in range(2):
        assert main(["export", *words(project)]) == 0
    entries = read_manifest(find_manifest(project / "_export"))
    plain = {name.split(".")[0] for name in entries}
    assert plain == {"none", "masking-80", "golden-pixels", "golden-none", "golden-masking-80"}
    (weights,) = (project / "_export").glob("none.*")
    assert weights.read_bytes() == (project / "weights" / "none.safetensors").read_bytes()
    (pixels,) = (project / "_export").glob("golden-pixels.*")
    np.testing.assert_array_equal(load_file(pixels)["pixels"], PIXELS)


def test_missing_golden_vectors_are_computed_by_jax(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    golden = project / "weights" / "golden"
    (golden / "none.safetensors").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "export", *words(project)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    weights = read_weights(project / "weights" / "none.safetensors")
    expected = reconstruct(weights.params, PIXELS.astype(np.float64))
    np.testing.assert_allclose(read_golden(golden, "none", weights.sha256, PIXELS), expected, atol=1e-6)
