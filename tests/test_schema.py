"""models.schema.json is that of the reader's tables, and agrees with the reader on good and bad files."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from train.errors import ConfigError
from train.settings.reader import read_config
from train.settings.recipe import HYPERPARAMETERS, Recipe
from train.settings.schema import LINE, NAME_OF_FILE, schema_json
from train.settings.values import Number, Whole

ROOT = Path(__file__).resolve().parent.parent
VALIDATOR = jsonschema.Draft4Validator(json.loads(schema_json()))
PLAIN = '[[model]]\nnoise = "none"\n'
EXTERNAL = '[[model]]\nfile = "mine.npz"\nname = "mine"\n'


def bounds() -> list[str]:
    """Of every number of the recipe its ends, what is just beyond them, and what is no number at all."""
    texts = []
    for key, one in HYPERPARAMETERS.items():
        values = ['"cosine"', '"constant"', '"step"', "true", "[]", "{}", "1", "0.5"]
        if isinstance(one.allowed, Whole | Number):
            step = 1 if isinstance(one.allowed, Whole) else 1e-6
            ends = (one.allowed.minimum, one.allowed.maximum)
            values += [repr(end + off) for end in ends for off in (-step, 0, step)]
        texts += [f"[defaults]\n{key} = {value}\n{PLAIN}" for value in values]
    return texts


@pytest.mark.parametrize(
    "text",
    [
        "",
        *(EXTERNAL + f"activation = {value}" for value in ('"sigmoid"', '"relu"', "1")),
        PLAIN + 'activation = "sigmoid"',
        EXTERNAL.replace("mine.npz", "mine\\u0000.npz"),
        "model = []",
        "model = 3",
        "model = [3]",
        "[model]",
        PLAIN,
        PLAIN + "[page]\nx = 1",
        *(f"[page]\ntraining_images = {value}\n{PLAIN}" for value in (-1, 0, 60_000, 60_001, 0.5, "true", '"all"')),
        "speed = 1\n" + PLAIN,
        "dataset = 3\n" + PLAIN,
        "defaults = 3\n" + PLAIN,
        *(f'[dataset]\nname = "{name}"\n' + PLAIN for name in ("mnist", "kmnist", "custom", "cifar")),
        "[dataset]\n" + PLAIN,
        "[dataset]\nname = 1\n" + PLAIN,
        '[dataset]\nurl = "x"\n' + PLAIN,
        "[defaults]\nepoch = 1\n" + PLAIN,
        "[defaults]\nepochs = 1.0\n" + PLAIN,
        "[defaults]\nb1 = 0\n" + PLAIN,
        "[defaults]\nb1 = inf\n" + PLAIN,
        *bounds(),
        *(PLAIN + f"level = {level}" for level in ("0", "0.0", "0.5", "-1", '"0"')),
        *(
            f'[[model]]\nnoise = "{noise}"\n{level}'
            for noise in ("masking", "salt-and-pepper", "gaussian", "blur")
            for level in ("", "level = 0", "level = 1", "level = 1.5", "level = 100", "level = -0.1", "level = true")
        ),
        "[[model]]\nlevel = 0.5",
        "[[model]]\nnoise = 3",
        '[[model]]\nnoise = "masking"\nlevel = 0.5\nhidden = 1000\nlearning_rate = 0.1',
        '[[model]]\nnoise = "masking"\nlevel = 0.5\nhidden = 0',
        *(PLAIN + f'name = "{name}"' for name in ("a", "a.b-9", "-a", ".a", "A", "a/b", "", "x" * 64, "x" * 65)),
        PLAIN + "name = 3",
        PLAIN + 'weight = "W"',
        PLAIN + "transposed = true",
        EXTERNAL,
        EXTERNAL + 'weight = "W"\nhidden_bias = "b"\nvisible_bias = "c"\ntransposed = true',
        EXTERNAL + 'weight = ""',
        EXTERNAL + "weight = 3",
        EXTERNAL + "transposed = 1",
        EXTERNAL + "level = 0.5",
        EXTERNAL + 'noise = "masking"',
        EXTERNAL + 'noise = "masking"\nlevel = 0.5',
        EXTERNAL + 'noise = "none"\nlevel = 0.5',
        '[[model]]\nfile = ""',
        "[[model]]\nfile = 3",
    ],
)
def test_the_schema_allows_what_the_reader_allows(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text)
    faults = [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))]
    try:
        read_config(path)
        said = ""
    except ConfigError as error:
        said = str(error)
    assert bool(faults) == bool(said), (faults, said)


def test_the_file_is_that_of_the_tables_and_a_schema_of_draft_4() -> None:
    written = (ROOT / NAME_OF_FILE).read_bytes()
    assert written == schema_json(), "run `python -m train.settings.schema`"
    jsonschema.Draft4Validator.check_schema(json.loads(written))


@pytest.mark.parametrize("path", ["models.toml", "benchmarks/recipe_2015.toml", "examples/2015-repository.toml"])
def test_the_files_of_the_project_are_good_by_their_schema(path: str) -> None:
    assert list(VALIDATOR.iter_errors(tomllib.loads((ROOT / path).read_text()))) == []


def test_models_toml_begins_with_its_schema_and_explains_every_hyperparameter_as_the_table_does() -> None:
    lines = (ROOT / "models.toml").read_text().splitlines()
    assert lines[0] == LINE
    said = dict(line.split(" = ", 1) for line in lines if " = " in line and line.split(" ")[0] in HYPERPARAMETERS)
    assert said.keys() == HYPERPARAMETERS.keys()
    for key, rest in said.items():
        value, _, words = rest.partition("# ")
        assert words == HYPERPARAMETERS[key].words
        assert tomllib.loads(f"value = {value}")["value"] == getattr(Recipe(), key)
