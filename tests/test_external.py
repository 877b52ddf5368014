"""Weights trained elsewhere: whatever their names, order and precision, or one sentence about what does not fit."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from export.command import main
from export.site.check import check_site
from export.weights.external import ExternalError, read_external
from workshop.checkout import run_build
from workshop.tiny import make_project

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
    params = read_external(save(tmp_path, suffix, stored))
    for got, expected in zip(params, content.values(), strict=True):
        np.testing.assert_array_equal(got, expected.astype(np.float32), strict=True)


def test_names_of_your_own(tmp_path: Path) -> None:
    content = arrays()
    path = save(
        tmp_path, ".npz", {"enc": content["weight"].T, "h": content["hidden_bias"], "v": content["visible_bias"]}
    )
    names = {"weight": "enc", "hidden_bias": "h", "visible_bias": "v"}
    np.testing.assert_array_equal(read_external(path, names).weight, content["weight"])


SQUARE = arrays(visible=9, hidden=9)


@pytest.mark.parametrize(
    ("names", "turned"),
    [
        (("weight", "hidden_bias", "visible_bias"), False),
        (("encoder.weight", "encoder.bias", "decoder.bias"), True),
        (("kernel", "b1", "b2"), False),
        (("layers/dense/kernel:0", "b1", "b2"), False),
        (("net.0.weight", "b1", "b2"), True),
    ],
)
def test_where_sizes_do_not_tell_the_convention_of_the_name_does(
    tmp_path: Path, names: tuple[str, ...], turned: bool
) -> None:
    weight = SQUARE["weight"]
    path = save(tmp_path, ".npz", dict(zip(names, SQUARE.values(), strict=True)))
    given = dict(zip(("weight", "hidden_bias", "visible_bias"), names, strict=True))
    np.testing.assert_array_equal(read_external(path, given).weight, weight.T if turned else weight)
    np.testing.assert_array_equal(
        read_external(path, given, transposed=not turned).weight, weight if turned else weight.T
    )


@pytest.mark.parametrize("names", [("W", "b1", "b2"), ("weight", "b1", "b2"), ("W", "b", "b_prime")])
def test_where_nothing_tells_which_way_the_weight_lies_the_file_is_refused(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    path = save(tmp_path, ".npz", dict(zip(names, SQUARE.values(), strict=True)))
    with pytest.raises(
        ExternalError, match=rf"{names[0]}: expected `transposed` in models.toml, .* as there are 9 of both"
    ):
        read_external(path)
    np.testing.assert_array_equal(read_external(path, transposed=False).weight, SQUARE["weight"])


def test_bfloat16_is_read_as_the_upper_half_of_float32(tmp_path: Path) -> None:
    halves = (arrays()["weight"].view("<u4") >> 16).astype("<u2")
    header = (
        b'{"W":{"dtype":"BF16","shape":[9,5],"data_offsets":[0,90]},'
        b'"b1":{"dtype":"BF16","shape":[5],"data_offsets":[90,100]},'
        b'"b2":{"dtype":"F32","shape":[9],"data_offsets":[100,136]}}'
    )
    path = tmp_path / "mine.safetensors"
    numbers = halves.tobytes() + np.array([0x3F80, 0xC000, 0, 0, 0], "<u2").tobytes() + bytes(36)
    path.write_bytes(len(header).to_bytes(8, "little") + header + numbers)
    params = read_external(path)
    np.testing.assert_array_equal(params.weight, (halves.astype("<u4") << 16).view("<f4"))
    np.testing.assert_array_equal(params.hidden_bias, np.array([1, -2, 0, 0, 0], np.float32))


RANDOM = np.random.default_rng(7)
OTHER = RANDOM.normal(size=(5, 9)).astype(np.float32)
PYTORCH = {
    "encoder.weight": arrays()["weight"].T,
    "encoder.bias": arrays()["hidden_bias"],
    "decoder.bias": arrays()["visible_bias"],
}
THEANO = {"W": arrays()["weight"], "b": arrays()["hidden_bias"], "b_prime": arrays()["visible_bias"]}
PLAIN = {"fc1.weight": arrays()["weight"].T, "fc1.bias": np.zeros(5), "fc2.bias": np.zeros(9)}
PLAIN_NAMES = {"weight": "fc1.weight", "hidden_bias": "fc1.bias", "visible_bias": "fc2.bias"}


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize(
    ("content", "names", "second"),
    [
        (PYTORCH, {}, {"decoder.weight": OTHER.T}),
        (PYTORCH, {}, {"decoder.weight": OTHER}),
        (PYTORCH, {"weight": "encoder.weight"}, {"decoder.weight": OTHER.T}),
        (PYTORCH, {}, {"decoder.weight": OTHER.T.astype(np.float64)}),
        (PYTORCH, {}, {"decoder.weight_v": OTHER.T, "decoder.weight_g": np.ones((9, 1))}),
        (PYTORCH, {}, {"something": OTHER}),
        (PYTORCH, {}, {"decoder.weight": (arrays()["weight"] * 1.01)}),
        (THEANO, {}, {"W_prime": OTHER}),
        (THEANO, {}, {"V": OTHER}),
        (THEANO | {"b2": np.zeros(9)}, {"weight": "W", "visible_bias": "b2"}, {"W2": OTHER}),
        (PLAIN, PLAIN_NAMES, {"fc2.weight": OTHER.T}),
        (
            {f"adam_net.{name}": array for name, array in PYTORCH.items()},
            {
                "weight": "adam_net.encoder.weight",
                "hidden_bias": "adam_net.encoder.bias",
                "visible_bias": "adam_net.decoder.bias",
            },
            {"adam_net.decoder.weight": OTHER.T},
        ),
    ],
)
def test_a_decoder_with_a_weight_of_its_own_is_refused_by_name(
    tmp_path: Path, suffix: str, content: Arrays, names: dict[str, str], second: Arrays
) -> None:
    path = save(tmp_path, suffix, content | second)
    name = next(iter(second))
    with pytest.raises(
        ExternalError, match=rf"mine\{suffix}: '{name}': expected a tied autoencoder, .* a second weight"
    ):
        read_external(path, names)
    read_external(save(tmp_path, suffix, content), names)


@pytest.mark.parametrize(
    "second",
    [
        {"decoder.weight": arrays()["weight"]},
        {"decoder.weight": arrays()["weight"].astype(np.float16)},
        {"copy": arrays()["weight"].T},
        {"encoder.weight.exp_avg": OTHER, "encoder.weight.exp_avg_sq": OTHER},
        {"optimizer/encoder/weight": OTHER, "momentum": OTHER},
        {"m": OTHER, "v": OTHER},
        {"encoder.weight_m": OTHER, "encoder.weight_v": OTHER},
        {"mask": np.ones((5, 9), bool)},
    ],
)
def test_the_transpose_and_an_optimisers_state_are_no_second_weight(tmp_path: Path, second: Arrays) -> None:
    params = read_external(save(tmp_path, ".npz", PYTORCH | second))
    np.testing.assert_array_equal(params.weight, arrays()["weight"])


def test_of_arrays_that_nothing_marks_the_one_named_in_models_toml_counts(tmp_path: Path) -> None:
    path = save(tmp_path, ".npz", THEANO | {"average": OTHER.T})
    with pytest.raises(ExternalError, match=r"'average': .* say with `weight` in models\.toml which one counts"):
        read_external(path)
    np.testing.assert_array_equal(read_external(path, {"weight": "W"}).weight, THEANO["W"])


def test_on_a_square_weight_only_the_transpose_is_tied(tmp_path: Path) -> None:
    names = ("encoder.weight", "encoder.bias", "decoder.bias")
    content = dict(zip(names, SQUARE.values(), strict=True))
    read_external(save(tmp_path, ".npz", content | {"decoder.weight": SQUARE["weight"].T}))
    with pytest.raises(ExternalError, match=r"'decoder\.weight': expected a tied autoencoder"):
        read_external(save(tmp_path, ".npz", content | {"decoder.weight": SQUARE["weight"]}))


def test_what_nobody_asks_for_may_be_anything(tmp_path: Path) -> None:
    more: Arrays = {"epoch": 12, "kind": "none", "config": {"hidden": 5}, "when": np.datetime64("2020-01-01")}
    many = {f"m{number}": np.zeros(2, np.float32) for number in range(300)}
    path = save(tmp_path, ".npz", THEANO | more | many)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.npy", bytes(50_000_000))
        archive.writestr("notes.txt", "no array")
    data = path.read_bytes()
    at = data.index(b"m17.npy") + 7
    path.write_bytes(data[:at] + b"\xff" * 40 + data[at + 40 :])  # damaged
    np.testing.assert_array_equal(read_external(path).weight, THEANO["W"])
    counters = THEANO | {"steps": np.array([7]), "used": np.ones((5, 9), bool), "nan": np.full(3, np.nan)}
    np.testing.assert_array_equal(read_external(save(tmp_path, ".safetensors", counters)).weight, THEANO["W"])


def test_a_compressed_and_a_fortran_ordered_array_are_read(tmp_path: Path) -> None:
    content = arrays()
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **(content | {"weight": np.asfortranarray(content["weight"])}))
    np.testing.assert_array_equal(read_external(path).weight, content["weight"])


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
    with pytest.raises(ExternalError, match=rf"mine\.npz: .*{message}"):
        read_external(save(tmp_path, ".npz", content))


def test_files_that_are_no_arrays_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\3\4 and then nothing")
    with pytest.raises(ExternalError, match=r"a\.npz: expected an \.npz file, got"):
        read_external(tmp_path / "a.npz")
    (tmp_path / "a.pt").write_bytes(b"")
    with pytest.raises(ExternalError, match=r"a\.pt: expected a \.safetensors or \.npz file, got '\.pt'"):
        read_external(tmp_path / "a.pt")


def test_an_array_longer_or_shorter_than_its_shape_is_refused_before_it_is_made(tmp_path: Path) -> None:
    path = save(tmp_path, ".npz", arrays())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["weight.npy"] = parts["weight.npy"].replace(b"(9, 5)", b"(9999999999, 5)")[: len(parts["weight.npy"])]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(ExternalError, match=r"mine\.npz: "):
        read_external(path)


def test_a_model_of_your_own_is_shown_beside_the_others(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    save(project, ".npz", {"W": arrays(visible=784, hidden=7)["weight"].T, "b1": np.zeros(7), "b2": np.zeros(784)})
    with (project / "models.toml").open("a") as config:
        config.write('\n[[model]]\nfile = "mine.npz"\nname = "mine"\n')
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    assert main([word if word.startswith("--") else str(project / word) for word in places]) == 0
    page = (project / "_site" / "lab" / "index.html").read_text()
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
    assert '"shape":[3,3]' in (tmp_path / "_site" / "lab" / "index.html").read_text()
    assert check_site(tmp_path / "_site") == []


def test_a_model_whose_sums_are_long_passes_the_check_with_rounded_weights(tmp_path: Path) -> None:
    content = {name: 0.5 * array for name, array in arrays(visible=784, hidden=4000).items()}
    save(tmp_path, ".npz", content)
    (tmp_path / "models.toml").write_text('[[model]]\nfile = "mine.npz"\nname = "mine"\n')
    (tmp_path / "project").mkdir()
    template = str(make_project(tmp_path / "project") / "site_template")
    words = ["--config", str(tmp_path / "models.toml"), "--out", str(tmp_path / "_site"), "--template", template]
    assert main([*words, "--dtype", "F16"]) == 0
    assert check_site(tmp_path / "_site") == []


def test_a_thousand_models_are_built_and_checked(tmp_path: Path) -> None:
    save(tmp_path, ".npz", arrays(visible=4, hidden=2))
    entries = "".join(f'[[model]]\nfile = "mine.npz"\nname = "m{number}"\n' for number in range(1000))
    (tmp_path / "models.toml").write_text(entries)
    (tmp_path / "project").mkdir()
    template = str(make_project(tmp_path / "project") / "site_template")
    words = ["--config", str(tmp_path / "models.toml"), "--out", str(tmp_path / "_site"), "--template", template]
    for command in (words, ["check", str(tmp_path / "_site")]):
        done = run_build(*command)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["W", "b1", "b2"])
def test_numbers_whose_sums_leave_float32_are_refused(tmp_path: Path, name: str) -> None:
    content = {"W": np.ones((9, 5), "f4"), "b1": np.zeros(5, "f4"), "b2": np.zeros(9, "f4")}
    read_external(save(tmp_path, ".npz", content))
    content[name] = np.full_like(content[name], 2e37)
    with pytest.raises(ExternalError, match=r"mine\.npz: expected numbers whose sums are within the range of float32"):
        read_external(save(tmp_path, ".npz", content))
