"""The weights of every model that models.toml lists: which must be trained and why, and all of them read.

In:  a `Config`, the weights folder and, to know whether images changed, perhaps a folder of images.
Out: one `Weights` for each model. Nothing is trained here, and JAX is not imported.
"""

from dataclasses import replace
from pathlib import Path

from export.weights.external import read_external
from export.weights.weights_file import UNKNOWN, Facts, Weights, WeightsError, make_weights, read_weights
from train.data.dataset import load_dataset, named_folder
from train.errors import typed
from train.settings.config import Config, ModelSpec


def missing(config: Config, folder: Path, images: str = "") -> dict[str, str]:
    """Why each model must be trained whose weights are not those that models.toml asks for, by name."""
    return {spec.name: reason for spec in config.models if (reason := why_train(spec, folder, images))}


def read_models(config: Config, folder: Path) -> list[Weights]:
    """Read and check all weights; `WeightsError` where a model must be trained first."""
    for name, reason in missing(config, folder).items():
        raise WeightsError(f"{name} must be trained, as {reason}: run `{typed('build')}`")
    return [read_model(spec, folder) for spec in config.models]


def weights_path(spec: ModelSpec, folder: Path) -> Path:
    """The file of a model that is trained here."""
    return folder / f"{spec.name}.safetensors"


def images_digest(config: Config, data_dir: Path | None) -> str:
    """The digest of images of one's own, where it is said which they are; empty for all data sets that have a name."""
    place = data_dir or named_folder()
    return load_dataset(config.dataset, place).digest() if config.dataset == "custom" and place else ""


def why_train(spec: ModelSpec, folder: Path, images: str = "") -> str:
    """Why a model must be trained; empty where its weights are those that models.toml asks for.

    `images` is what `images_digest` gives: another than the one in the weights' metadata is a reason, too.
    """
    if spec.weights_file is not None:
        return ""
    path = weights_path(spec, folder)
    if not path.exists():
        return f"{path} is missing"
    facts, expected = read_weights(path).facts, spec.fingerprint()
    if facts.recipe != expected:
        return f"the recipe in models.toml is {expected}, that of {path} is {facts.recipe or UNKNOWN}"
    if images and (facts.images or images) != images:
        return f"the images are others than those of {path}"
    return ""


def _read_external(spec: ModelSpec, path: Path) -> Weights:
    """Weights trained elsewhere, as a file of ours that says what it does not know."""
    params = read_external(path, dict(spec.arrays), spec.transposed)
    return replace(make_weights(path, params, Facts(spec.noise, spec.level, spec.dataset)), name=spec.name)


def read_model(spec: ModelSpec, folder: Path) -> Weights:
    """The weights of one model, trained here or elsewhere, which are there."""
    if spec.weights_file is not None:
        return _read_external(spec, spec.weights_file)
    path = weights_path(spec, folder)
    weights = read_weights(path)
    expected = {"noise": spec.noise, "level": spec.level, "dataset": spec.dataset, "recipe": spec.fingerprint()}
    for key, value in expected.items():
        got = getattr(weights.facts, key)
        if got != value:
            raise WeightsError(f"{path}: __metadata__: {key}: expected {value!r}, got {got!r}")
    return weights
