"""`python -m export`: the models alone, for a page of your own: weights, golden vectors, and a manifest of them.

    <name>.<hash>.safetensors           the weights of a model
    golden-pixels.<hash>.safetensors    a hundred inputs
    golden-<name>.<hash>.safetensors    what JAX answers to them
    manifest.<hash>.json                every file's length and SHA-256

In:  `Config`, the folders of weights and templates.
Out: a folder; the golden vectors in the weights folder are brought up to date.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.draw.strokes import read_samples
from export.site.manifest import hashed_name, make_manifest
from export.site.ours import check_replaceable
from export.site.swap import replace_folder
from export.weights.golden import (
    GoldenError,
    golden_pixels,
    read_golden,
    read_golden_pixels,
    write_golden,
    write_golden_pixels,
)
from export.weights.models import read_models
from export.weights.tensors import format_tensors
from export.weights.weights_file import Weights, format_weights
from train.errors import DaeError, to_install
from train.settings.config import Config


class BundleError(DaeError):
    """The golden vectors cannot be computed here."""


def export_models(config: Config, folder: Path, template: Path, out: Path, dtype: str) -> str:
    """Write the models of `config` into `out` and say in one line what that was."""
    check_replaceable(out)
    weights = read_models(config, folder)
    pixels = _golden_pixels(folder / "golden", template, weights[0].visible)
    answers = {one.name: _golden(folder / "golden", one, pixels) for one in weights}
    files = [("golden-pixels.safetensors", format_tensors({"pixels": pixels}, {}))]
    for one in weights:
        same = one.dtype == dtype
        data = one.data if same else format_weights(one.params, one.facts, dtype, one.name)
        files.append((f"{one.name}.safetensors", data))
        files.append((f"golden-{one.name}.safetensors", format_tensors({"reconstruction": answers[one.name]}, {})))
    hashed = {hashed_name(name, data): data for name, data in files}  # a model may be called "golden-pixels"
    name, data = make_manifest(hashed)
    notes = [f"note: {note}" for note in replace_folder(out, hashed | {name: data})]
    return "\n".join([*notes, f"{out}: {len(weights)} models in {dtype}, {len(hashed) + 1} files"])


def _golden_pixels(folder: Path, template: Path, visible: int) -> NDArray[np.float32]:
    """The inputs, written anew where they are not there."""
    try:
        return read_golden_pixels(folder, visible)
    except GoldenError:
        pixels = golden_pixels(read_samples(template / "samples.json"), int(visible**0.5))
        write_golden_pixels(folder, pixels)
        return pixels


def _golden(folder: Path, weights: Weights, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """A model's answers, computed anew where they are not there or those of other weights."""
    try:
        return read_golden(folder, weights.name, weights.sha256, pixels)
    except GoldenError:
        answers = _ask_jax([weights], pixels)[0]
        write_golden(folder, weights.name, answers, pixels, weights.sha256)
        return answers


def _ask_jax(models: Sequence[Weights], pixels: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    try:
        import jax

        from train.learn.devices import find_devices
        from train.learn.model import reconstruct
    except ModuleNotFoundError as error:
        raise BundleError(
            f"golden vectors are missing, and computing them needs the Python package {error.name}: "
            f"run `{to_install('train')}`"
        ) from None
    find_devices()
    answer = jax.jit(jax.vmap(reconstruct, in_axes=(None, 0)))
    return [np.asarray(answer(weights.params, pixels), np.float32) for weights in models]
