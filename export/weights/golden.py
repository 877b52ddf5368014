"""Golden vectors: what JAX answers to a hundred fixed inputs, for the page to be held against.

golden/pixels.safetensors  pixels [100, visible]
golden/<name>.safetensors  reconstruction [100, visible]; metadata: weights_sha256 of the weights file that was asked,
                           pixels_sha256 of the inputs (their float32 bytes)

The inputs are 50 random images and 50 of our own drawings; none comes from a data set, so they can be shipped anywhere.

In:  the sample digits; the reconstructions of a model.
Out: two kinds of files, checked on reading; `GoldenError` says which is wrong, how, and what to run.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.draw.strokes import Sample, Stroke, Tool, render, stroke
from export.weights.tensors import Tensors, TensorsError, read_tensors, write_tensors
from train.errors import DaeError
from train.files import FileError

COUNT = 100
SIDE = 28.0  # pixels along an edge of the images for which the samples are drawn
SEED = 2015
INPUTS = "pixels"  # the name of their file
REMEDY = "run `python -m export` to write it anew"

Pixels = NDArray[np.float32]


class GoldenError(DaeError):
    """A golden file is missing, damaged, or belongs to other weights."""


def golden_pixels(samples: Sequence[Sample], side: int = 28) -> Pixels:
    """The inputs, [100, side * side]: the same values at every call."""
    generator = np.random.Generator(np.random.PCG64(SEED))
    drawn = [render(_vary(samples[k % len(samples)], k, generator, side), side) for k in range(COUNT // 2)]
    random = [_random_image(k, drawn, generator, side * side) for k in range(COUNT // 2)]
    return np.stack(random + drawn).astype(np.float32)


def _random_image(k: int, drawn: Sequence[Pixels], generator: np.random.Generator, visible: int) -> Pixels:
    """Number k of the random half: dense, sparse, black and white, or a drawing behind a mask."""
    values = generator.random(visible, np.float32)
    other = generator.random(visible, np.float32)
    kinds = (values, values * (other < 0.05), np.round(values), drawn[k] * (other < 0.5))
    image: Pixels = kinds[k % len(kinds)].astype(np.float32)
    return image


def _vary(sample: Sample, k: int, generator: np.random.Generator, side: int) -> list[Stroke]:
    """A sample turned, scaled and moved; now and then with the thin brush or something rubbed out."""
    angle, scale = generator.uniform(-0.35, 0.35), generator.uniform(0.6, 1.35)
    centre = SIDE / 2
    shift = centre + generator.uniform(-4, 4, 2)
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    tool: Tool = "hard" if k % 5 == 4 else "soft"
    zoom = side / SIDE
    strokes = [stroke(tool, ((one.points - centre) @ turn.T + shift) * zoom) for one in sample.strokes]
    if k % 7 == 6:
        strokes.append(stroke("eraser", [[0, 0.7 * side], [side, 0.7 * side]]))
    return strokes


def write_golden_pixels(directory: Path, pixels: Pixels) -> Path:
    """Write the inputs, in one step."""
    path = inputs_path(directory)
    write_tensors(path, {"pixels": pixels}, {"format": "dae-golden/1"})
    return path


def write_golden(directory: Path, name: str, reconstruction: Pixels, pixels: Pixels, weights_sha256: str) -> Path:
    """Write one model's answers ([100, visible]) to `pixels`, in one step."""
    if reconstruction.shape != pixels.shape:
        raise ValueError(f"{name}: expected reconstructions of shape {pixels.shape}, got {reconstruction.shape}")
    path = golden_path(directory, name)
    metadata = {"format": "dae-golden/1", "weights_sha256": weights_sha256, "pixels_sha256": _sha256(pixels)}
    write_tensors(path, {"reconstruction": reconstruction}, metadata)
    return path


def read_golden_pixels(directory: Path, visible: int = 784) -> Pixels:
    """The inputs, [100, visible]; raises GoldenError."""
    path = inputs_path(directory)
    return _take(_read(path), path, "pixels", visible)


def read_golden(directory: Path, name: str, weights_sha256: str, pixels: Pixels) -> Pixels:
    """One model's answers to `pixels`; raises GoldenError, also where they are those of other weights or inputs."""
    path = golden_path(directory, name)
    file = _read(path)
    for key, expected in (("weights_sha256", weights_sha256), ("pixels_sha256", _sha256(pixels))):
        got = file.metadata.get(key, "nothing")
        if got != expected:
            raise GoldenError(f"{path}: {key}: expected {expected}, got {got}: {REMEDY}")
    return _take(file, path, "reconstruction", pixels.shape[1])


def golden_path(directory: Path, name: str) -> Path:
    """The file of a model's answers; that of a model called "pixels" has a name that no model's can have."""
    return directory / f"{'_' if name == INPUTS else ''}{name}.safetensors"


def inputs_path(directory: Path) -> Path:
    """The file of the inputs."""
    return directory / f"{INPUTS}.safetensors"


def _sha256(pixels: Pixels) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels, "<f4").tobytes()).hexdigest()


def _read(path: Path) -> Tensors:
    try:
        return read_tensors(path)
    except (FileError, TensorsError) as error:
        raise GoldenError(f"{error}: {REMEDY}") from None


def _take(file: Tensors, path: Path, key: str, visible: int) -> Pixels:
    """The one tensor that the file should hold."""
    shapes = {name: list(tensor.shape) for name, tensor in file.tensors.items()}
    if shapes != {key: [COUNT, visible]}:
        raise GoldenError(f"{path}: expected {{'{key}': {[COUNT, visible]}}}, got {shapes}: {REMEDY}")
    return file.tensors[key].astype(np.float32, copy=False)
