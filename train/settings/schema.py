"""The JSON Schema (draft 4, which the editors' TOML tools read) of `models.toml`, from the tables that its reader uses.

    python -m train.settings.schema     writes models.schema.json anew, beside models.toml

What a schema cannot say, the reader alone does: two models of one name, a level whose digits make a name too long, and
"not a number" where a number is expected.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from train.files import replace_file
from train.settings.reader import DATASET, FILE, LEVELS, NAME, NOISE, OF_FILE, PAGE
from train.settings.recipe import HYPERPARAMETERS, Recipe
from train.settings.values import Json, Number, Slug, Text, Truth, Whole, Word

NAME_OF_FILE = "models.schema.json"
LINE = f"#:schema ./{NAME_OF_FILE}"  # the first of a models.toml, by which editors find it


def schema_json() -> bytes:
    """The bytes of models.schema.json."""
    return (json.dumps(schema(), indent=1, ensure_ascii=False) + "\n").encode()


def schema() -> dict[str, Json]:
    """The schema of a whole `models.toml`."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "What a site of denoising autoencoders shows",
        **_object(
            {
                "dataset": _object({key: one.schema() for key, one in DATASET.items()}),
                "defaults": _object(_recipe(with_defaults=True)),
                "page": _object({key: one.schema() for key, one in PAGE.items()}),
                "model": {"type": "array", "minItems": 1, "items": _model()},
            }
        ),
        "required": ["model"],
    }


def _object(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _recipe(*, with_defaults: bool) -> dict[str, Json]:
    properties: dict[str, Json] = {}
    for key, one in HYPERPARAMETERS.items():
        default: dict[str, Json] = {"default": getattr(Recipe, key)} if with_defaults else {}
        properties[key] = {"description": one.words, **one.allowed.schema(), **default}
    return properties


def _model() -> dict[str, Json]:
    """A [[model]]: noise and level go together, and what speaks of a file needs one."""
    keys: dict[str, Whole | Number | Word | Text | Slug | Truth] = {
        "noise": NOISE,
        "name": NAME,
        "file": FILE,
        **OF_FILE,
    }
    properties: dict[str, Json] = {key: {"description": one.words, **one.schema()} for key, one in keys.items()}
    properties["level"] = {"description": "how much of the noise", "type": "number"}
    needs: dict[str, Json] = {key: ["file"] for key in OF_FILE}
    noises: list[Json] = [
        _noise(kind, ["noise"] if of.maximum == 0 else ["noise", "level"]) for kind, of in LEVELS.items()
    ]
    return {
        **_object(properties | _recipe(with_defaults=False)),
        "dependencies": needs,
        "anyOf": [*noises, _noise("none", ["file"])],
    }


def _noise(kind: str, required: list[Json]) -> Json:
    return {
        "properties": {"noise": {"enum": [kind]}, "level": LEVELS[kind].schema()},
        "required": required,
    }


if __name__ == "__main__":
    path = Path(__file__).resolve().parents[2] / NAME_OF_FILE
    replace_file(path, schema_json())
    print(path)
