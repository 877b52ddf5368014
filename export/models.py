"""The weights of every model that models.toml lists, trained first where they are missing or of another recipe.

In:  a `Config`, the weights folder and, for training, perhaps a folder of images.
Out: one `Weights` for each model. Imports JAX only when something must be trained.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from export.own import read_own
from export.weights import UNKNOWN, Weights, WeightsError, make_weights, read_weights
from train.config import Config, ModelSpec
from train.dataset import load_dataset, named_dir
from train.files import FileError


def read_models(
    config: Config, folder: Path, data_dir: Path | None, say: Callable[[str], None], *, train: bool
) -> list[Weights]:
    """Read and check all weights; train those that need it and say why, or refuse to where `train` is False."""
    images = images_digest(config, data_dir) if train else ""
    missing = {spec.name: reason for spec in config.models if (reason := why_train(spec, folder, images))}
    if missing and not train:
        name, reason = next(iter(missing.items()))
        raise WeightsError(f"{name} must be trained, as {reason}: run `python build.py`")
    if missing:
        for name, reason in missing.items():
            say(f"training {name}: {reason}")
        _train(config, [spec for spec in config.models if spec.name in missing], folder, data_dir)
    return [_read_model(spec, folder) for spec in config.models]


def weights_path(spec: ModelSpec, folder: Path) -> Path:
    """The file of a model that is trained here."""
    return folder / f"{spec.name}.safetensors"


def images_digest(config: Config, data_dir: Path | None) -> str:
    """The digest of images of one's own, where it is said which they are; empty for all data sets that have a name."""
    place = data_dir or named_dir()
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
    metadata = read_weights(path).metadata
    got, expected = metadata["recipe"], spec.fingerprint()
    if got != expected:
        return f"the recipe in models.toml is {expected}, that of {path} is {got}"
    if images and metadata.get("images", images) != images:
        return f"the images are others than those of {path}"
    return ""


def _train(config: Config, specs: list[ModelSpec], folder: Path, data_dir: Path | None) -> None:
    try:
        from train.command import train_models
    except ModuleNotFoundError as error:
        raise FileError(
            f"training needs the Python package {error.name}, which is not installed: "
            "run `pip install 'dae-site[train]'`, in a checkout `pip install -e '.[train]'`"
        ) from None
    train_models(config, specs, folder, data_dir)


def _read_own(spec: ModelSpec, path: Path) -> Weights:
    """Weights trained elsewhere, as a file of ours that says what it does not know."""
    params = read_own(path, dict(spec.arrays), spec.transposed)
    metadata = dict.fromkeys(("epochs", "seed", "recipe", "test_loss"), UNKNOWN)
    metadata |= {"noise": spec.noise, "level": str(spec.level), "dataset": spec.dataset}
    return replace(make_weights(path, params, metadata), name=spec.name)


def _read_model(spec: ModelSpec, folder: Path) -> Weights:
    if spec.weights_file is not None:
        return _read_own(spec, spec.weights_file)
    path = weights_path(spec, folder)
    weights = read_weights(path)
    expected = {"noise": spec.noise, "dataset": spec.dataset, "recipe": spec.fingerprint()}
    for key, value in expected.items():
        if weights.metadata[key] != value:
            raise WeightsError(f"{path}: __metadata__: {key}: expected {value!r}, got {weights.metadata[key]!r}")
    if float(weights.metadata["level"]) != spec.level:
        raise WeightsError(f"{path}: __metadata__: level: expected {spec.level}, got {weights.metadata['level']!r}")
    return weights
