"""Weights trained elsewhere: whatever their names, order and precision, or one sentence about what does not fit."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from export.check import check_site
from export.command import main
from export.own import OwnError, read_own
from tests.tiny import make_project

VISIBLE, HIDDEN = 9, 5
Arrays = dict[str, Any]


def arrays(kind: str = "float32", visible: int = VISIBLE, hidden: int = HIDDEN) -> Arrays:
    random = np.random.default_rng(1)
    shapes = {"weight": (visible, hidden), "hidden_bias": (hidden,), "visible_bias": (visible,)}
    return {name: random.normal(size=shape).astype(kind) for name, shape in shapes.items()}


def save(folder: Path, suffix: str, content: Arrays) -> Path:
    path = folder / f"mine{suffix}"
    if suffix == ".npz":
        np.savez(path, **content)
    else:
        save_file({name: np.ascontiguousarray(array) for name, array in content.items()}, path)
    return path


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("names", [("weight", "hidden_bias", "visible_bias"), ("W", "b1", "b2")])
def test_any_precision_order_and_common_names_are_read(
    tmp_path: Path, suffix: str, kind: str, turned: bool, names: tuple[str, ...]
) -> None:
    content = arrays(kind)
    weight = content["weight"].T if turned else content["weight"]
    stored = dict(zip(names, (weight, content["hidden_bias"], content["visible_bias"]), strict=True))
    params = read_own(save(tmp_path, suffix, stored))
    for got, expected in zip(params, content.values(), strict=True):
        np.testing.assert_array_equal(got, expected.astype(np.float32), strict=True)


def test_names_of_your_own_and_a_square_weight(tmp_path: Path) -> None:
    content = arrays(visible=9, hidden=9)
    path = save(
        tmp_path, ".npz", {"enc": content["weight"].T, "h": content["hidden_bias"], "v": content["visible_bias"]}
    )
    names = {"weight": "enc", "hidden_bias": "h", "visible_bias": "v"}
    np.testing.assert_array_equal(read_own(path, names, transposed=True).weight, content["weight"])
    np.testing.assert_array_equal(read_own(path, names).weight, content["weight"].T)


def test_a_compressed_and_a_fortran_ordered_array_are_read(tmp_path: Path) -> None:
    content = arrays()
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **(content | {"weight": np.asfortranarray(content["weight"])}))
    np.testing.assert_array_equal(read_own(path).weight, content["weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": None}, "weight: expected one array called weight or W or .*, got 'hidden_bias', 'visible_bias'"),
        ({"W": np.zeros((9, 5))}, "weight: expected one array called weight or W"),
        ({"weight": np.zeros((9, 6))}, r"weight: expected shape \[9, 5\] or its transpose, .*, got \[9, 6\]"),
        ({"weight": np.zeros(45)}, r"weight: expected shape \[9, 5\] or its transpose"),
        ({"weight": np.zeros((9, 5), int)}, "expected float16, float32 or float64, got"),
        ({"weight": np.full((9, 5), np.nan)}, "weight: expected finite numbers"),
        ({"weight": np.full((9, 5), 1e300)}, "weight: expected finite numbers within the range of float32"),
        ({"weight": np.zeros((8, 5)), "visible_bias": np.zeros(8)}, "visible_bias: expected n x n numbers, .*, got 8"),
        ({"weight": np.array([{}], object)}, "expected float16, float32 or float64, got"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: Arrays, message: str) -> None:
    content = {name: array for name, array in (arrays() | change).items() if array is not None}
    with pytest.raises(OwnError, match=rf"mine\.npz: .*{message}"):
        read_own(save(tmp_path, ".npz", content))


def test_files_that_are_no_arrays_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\3\4 and then nothing")
    with pytest.raises(OwnError, match=r"a\.npz: expected an \.npz file, got"):
        read_own(tmp_path / "a.npz")
    (tmp_path / "a.pt").write_bytes(b"")
    with pytest.raises(OwnError, match=r"a\.pt: expected a \.safetensors or \.npz file, got '\.pt'"):
        read_own(tmp_path / "a.pt")


def test_an_array_longer_or_shorter_than_its_shape_is_refused_before_it_is_made(tmp_path: Path) -> None:
    path = save(tmp_path, ".npz", arrays())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["weight.npy"] = parts["weight.npy"].replace(b"(9, 5)", b"(9999999999, 5)")[: len(parts["weight.npy"])]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(OwnError, match=r"mine\.npz: "):
        read_own(path)


def test_a_model_of_your_own_is_shown_beside_the_others(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    save(project, ".npz", {"W": arrays(visible=784, hidden=7)["weight"].T, "b1": np.zeros(7), "b2": np.zeros(784)})
    with (project / "models.toml").open("a") as config:
        config.write('\n[[model]]\nfile = "mine.npz"\nname = "mine"\n')
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    assert main([word if word.startswith("--") else str(project / word) for word in places]) == 0
    page = (project / "_site" / "index.html").read_text()
    assert '"name":"mine","noise":"none","level":0.0,"hidden":7' in page
    assert '"name":"mine"' in page
    assert check_site(project / "_site") == []


def test_a_model_of_another_size_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path)
    save(project, ".npz", arrays())
    with (project / "models.toml").open("a") as config:
        config.write('\n[[model]]\nfile = "mine.npz"\nname = "mine"\n')
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    assert main([word if word.startswith("--") else str(project / word) for word in places]) == 1
    assert "mine: expected 784 pixels as in none, got 9" in capsys.readouterr().err


def test_models_of_your_own_alone_need_no_other_file(tmp_path: Path) -> None:
    save(tmp_path, ".safetensors", arrays())
    (tmp_path / "models.toml").write_text('[[model]]\nfile = "mine.safetensors"\nname = "mine"\n')
    (tmp_path / "project").mkdir()
    template = str(make_project(tmp_path / "project") / "site_template")
    words = ["--config", str(tmp_path / "models.toml"), "--out", str(tmp_path / "_site"), "--template", template]
    assert main(words) == 0
    assert '"shape":[3,3]' in (tmp_path / "_site" / "index.html").read_text()
    assert check_site(tmp_path / "_site") == []
