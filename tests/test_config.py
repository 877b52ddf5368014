"""models.toml is read as it stands, and everything that can be wrong in it is named."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from train.errors import ConfigError
from train.settings.config import Config, model_name, with_epochs, with_seed
from train.settings.reader import read_config
from train.settings.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent
ELEVEN = [
    "none",
    *(f"masking-{level}" for level in (25, 50, 80)),
    *(f"salt-and-pepper-{level}" for level in (25, 50, 75)),
    *(f"gaussian-{level}" for level in ("025", "050", "075", "100")),
]


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "models.toml"
    path.write_text(text)
    return read_config(path)


def test_the_default_file_lists_the_eleven_models_with_one_recipe() -> None:
    config = read_config(ROOT / "models.toml")
    assert [spec.name for spec in config.models] == ELEVEN
    assert config.dataset == "mnist"
    assert {spec.recipe for spec in config.models} == {config.defaults}


def test_the_defaults_in_the_file_are_those_of_the_code() -> None:
    assert read_config(ROOT / "models.toml").defaults == Recipe()


def test_a_model_may_change_the_recipe_for_itself(tmp_path: Path) -> None:
    config = read(tmp_path, '[defaults]\nepochs = 7\n[[model]]\nnoise = "none"\nhidden = 1000\n')
    assert config.models[0].recipe == Recipe(epochs=7, hidden=1000)


def test_weights_trained_elsewhere_are_named_by_file(tmp_path: Path) -> None:
    config = read(tmp_path, '[[model]]\nfile = "mine.safetensors"\nname = "mine"\n')
    assert config.models[0].weights_file == tmp_path / "mine.safetensors"
    assert config.models[0].name == "mine"


def test_sigmoid_units_may_be_vouched_for_and_no_others_are_taken(tmp_path: Path) -> None:
    own = '[[model]]\nfile = "mine.npz"\nname = "mine"\nactivation = '
    assert read(tmp_path, own + '"sigmoid"\n') == read(tmp_path, own.removesuffix("activation = "))
    with pytest.raises(ConfigError, match=r"\[\[model\]\] 1: activation: expected \"sigmoid\", got 'relu'"):
        read(tmp_path, own + '"relu"\n')


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_bytes(b'\xef\xbb\xbf[[model]]\r\nnoise = "none"\r\n')
    assert [model.name for model in read_config(tmp_path / "models.toml").models] == ["none"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "{path}: expected at least one [[model]], got none"),
        (
            "[defaults]\nhidden = 0x" + "f" * 5000,
            "{path}: [defaults]: hidden: expected a whole number from 1 to 65536, ",
        ),
        ("[defaults]\nhidden = " + "9" * 5000, "{path}: not valid TOML: "),
        ("a = " + "[" * 5000, "{path}: not valid TOML: "),
        ('"\\u001b[2J" = 1', "{path}: unknown key '\\x1b[2J', expected one of "),
        (
            '[[model]]\nfile = "m\\u0000.npz"',
            "{path}: [[model]] 1: file: expected the path of a weights file, got 'm\\x00",
        ),
        (
            '[[model]]\nnoise = "none"\nactivation = "sigmoid"',
            "{path}: [[model]] 1: activation: expected only where there",
        ),
        ("model = [", "{path}: not valid TOML: "),
        ("speed = 1", "{path}: unknown key 'speed', expected one of dataset, defaults, page, model"),
        ('[dataset]\nname = "cifar"', '{path}: [dataset]: name: expected one of "mnist", "fashion_mnist"'),
        ("[dataset]\nurl = 1", "{path}: [dataset]: unknown key 'url', expected one of name"),
        ("[defaults]\nepoch = 1", "{path}: [defaults]: unknown key 'epoch', expected one of hidden, epochs"),
        ("[defaults]\nepochs = 1.5", "{path}: [defaults]: epochs: expected a whole number from 1 to 10000, got 1.5"),
        ("[defaults]\nepochs = true", "{path}: [defaults]: epochs: expected a whole number"),
        ("[defaults]\nlearning_rate = nan", "{path}: [defaults]: learning_rate: expected a number in (0, 1], got nan"),
        (
            '[defaults]\nschedule = "step"',
            '{path}: [defaults]: schedule: expected "cosine" or "constant", got \'step\'',
        ),
        ('[[model]]\nnoise = "blur"', '{path}: [[model]] 1: noise: expected one of "none", "masking"'),
        ("[[model]]\nlevel = 0.5", '{path}: [[model]] 1: noise: expected one of "none", "masking"'),
        ('[[model]]\nnoise = "masking"', "{path}: [[model]] 1: level: expected a number in [0, 1], got nothing"),
        (
            '[[model]]\nnoise = "none"\n[[model]]\nnoise = "masking"\nlevel = 1.5',
            "{path}: [[model]] 2: level: expected a number in [0, 1], got 1.5",
        ),
        ('[[model]]\nnoise = "none"\nlevel = 0.5', "{path}: [[model]] 1: level: expected a number in [0, 0], got 0.5"),
        (
            '[[model]]\nnoise = "gaussian"\nlevel = -1',
            "{path}: [[model]] 1: level: expected a number in [0, 100], got -1",
        ),
        ('[[model]]\nnoise = "none"\nname = "../x"', "{path}: [[model]] 1: name: expected small letters"),
        ('[[model]]\nnoise = "none"\nname = "none.reader"', "{path}: [[model]] 1: name: expected small letters"),
        (
            '[[model]]\nnoise = "none"\n[[model]]\nnoise = "none"',
            "{path}: [[model]] 2: expected another noise and level",
        ),
        ("model = 3", "{path}: expected at least one [[model]]"),
        ("defaults = 3", "{path}: [defaults]: expected a table, got 3"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(message.format(path=tmp_path / "models.toml"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: cannot be read: No such file"):
        read_config(tmp_path / "nothing.toml")


@pytest.mark.parametrize("field", [field.name for field in fields(Recipe)])
def test_every_part_of_the_recipe_changes_the_fingerprint(field: str) -> None:
    spec = read_config(ROOT / "models.toml").models[0]
    value = getattr(spec.recipe, field)
    other: Any = (
        "constant" if isinstance(value, str) else (value / 2 or -1.0) if isinstance(value, float) else value + 1
    )
    assert replace(spec, recipe=replace(spec.recipe, **{field: other})).fingerprint() != spec.fingerprint()


def test_noise_level_and_data_set_change_the_fingerprint_too() -> None:
    spec = read_config(ROOT / "models.toml").models[1]
    others = [replace(spec, noise="salt-and-pepper"), replace(spec, level=0.3), replace(spec, dataset="kmnist")]
    assert len({one.fingerprint() for one in [spec, *others]}) == 4
    assert replace(spec, name="another").fingerprint() == spec.fingerprint()


def test_another_number_of_epochs_goes_to_every_model() -> None:
    config = with_epochs(read_config(ROOT / "models.toml"), 3)
    assert {spec.recipe.epochs for spec in config.models} == {3}
    with pytest.raises(ConfigError, match="--epochs: epochs: expected a whole number from 1 to 10000, got 0"):
        with_epochs(config, 0)


def test_another_seed_goes_to_every_model_and_changes_nothing_else() -> None:
    before = read_config(ROOT / "models.toml").models
    after = with_seed(before, 7)
    assert [replace(spec.recipe, seed=0) for spec in after] == [spec.recipe for spec in before]
    assert {spec.recipe.seed for spec in after} == {7}
    with pytest.raises(ConfigError, match="--seed: seed: expected a whole number from 0 to 2147483647, got -1"):
        with_seed(before, -1)


def test_a_name_follows_from_noise_and_level() -> None:
    assert model_name("gaussian", 0.5) == "gaussian-050"
    assert model_name("none", 0.0) == "none"


@pytest.mark.parametrize("noise", ["masking", "salt-and-pepper", "gaussian"])
def test_a_level_whose_name_would_be_too_long_for_a_file_needs_a_name_of_its_own(tmp_path: Path, noise: str) -> None:
    model = f'[[model]]\nnoise = "{noise}"\nlevel = 1e-300\n'
    with pytest.raises(ConfigError) as error:
        read(tmp_path, model)
    assert str(error.value) == (
        f"{tmp_path / 'models.toml'}: [[model]] 1: level: expected one that makes a name of at most 64 letters, got "
        f"1e-300, which makes {len(model_name(noise, 1e-300))}; give the model a `name`"
    )
    spec = read(tmp_path, model + 'name = "hardly-any"\n').models[0]
    assert (spec.name, spec.level) == ("hardly-any", 1e-300)


def test_a_derived_name_may_be_as_long_as_one_that_is_given(tmp_path: Path) -> None:
    masking = '[[model]]\nnoise = "masking"\nlevel = {}\n'
    assert len(read(tmp_path, masking.format("1e-55")).models[0].name) == 64
    with pytest.raises(ConfigError, match="got 1e-56, which makes 65"):
        read(tmp_path, masking.format("1e-56"))
    assert len(read(tmp_path, masking.format("0.5") + f'name = "{"a" * 64}"').models[0].name) == 64
