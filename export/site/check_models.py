"""The models of a built site: every number that its pages and files tell of them, computed again.

In:  what the scripts of a page are told, and the site's files as bytes by path.  Out: faults, one sentence each.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from export.site.blocks import Block, as_list, as_object, as_text, as_whole, file_entries
from export.site.check_readers import check_reader
from export.site.manifest import sha256
from export.weights.light import BOUND, parse_light
from export.weights.reference import reconstruct
from export.weights.tensors import MANY, Array, parse_tensors
from export.weights.tolerance import tolerances
from export.weights.weights_file import Weights, parse_weights
from train.errors import DaeError, quote, told
from train.learn.readers import PIXELS

Files = Mapping[str, bytes]
Pixels = Array  # [count, visible]


def check_entries(site: Block, files: Files) -> Iterator[str]:
    """Every file that the scripts are told of is there, with the bytes that they are told."""
    for entry in file_entries(site):
        data = files.get(str(entry["file"]))
        if data is None:
            yield f"site data: {quote(entry['file'])}: expected the file, got none"
        elif entry.get("bytes") != len(data) or entry.get("sha256", sha256(data)) != sha256(data):
            yield f"site data: {entry['file']}: expected {len(data)} bytes with SHA-256 {sha256(data)}"


def check_models(site: Block, files: Files) -> list[str]:
    """The weights are weights, and the golden vectors are what they compute in float64."""
    faults: list[str] = []
    try:
        path = as_text(as_object(site["golden"])["file"])
        golden = parse_tensors(files[path], path, MANY).tensors
        for entry in map(as_object, as_list(site["models"])):
            name, file = as_text(entry["name"]), as_text(entry["file"])
            weights = parse_weights(files[file], name, file)
            faults += [f"{file}: {fault}" for fault in _check_entry(entry, weights, site)]
            answers, pixels = golden[f"reconstruction/{name}"], golden["pixels"]
            allowed = golden[f"tolerance/{name}"]
            if "light" in entry:
                faults += _check_light(as_text(as_object(entry["light"])["file"]), weights, pixels, files)
            faults += [f"{path}: {name}: {fault}" for fault in _check_golden(answers, allowed, weights, pixels)]
            faults += check_reader(name, entry.get("reader"), weights, golden, files)
        faults += check_reader(PIXELS, site.get("reader"), None, golden, files)
    except Exception as error:  # a stranger's data may raise anything
        said = str(error) if isinstance(error, DaeError) else told(error)
        faults.append(f"site data: expected models with weights and golden vectors, got: {said}")
    return faults


def _check_entry(entry: Block, weights: Weights, site: Block) -> Iterator[str]:
    """What the page says of a model is what its weights say."""
    said = (
        entry["noise"],
        entry["level"],
        entry["hidden"],
        site["dtype"],
        math.prod(map(as_whole, as_list(site["shape"]))),
    )
    got = (weights.facts.noise, weights.facts.level, weights.hidden, weights.dtype, weights.visible)
    for name, expected, value in zip(("noise", "level", "hidden", "dtype", "pixels"), said, got, strict=True):
        if expected != value:
            yield f"{name}: expected {expected} as in the site's data, got {value}"


def _check_light(where: str, weights: Weights, pixels: Pixels, files: Files) -> Iterator[str]:
    """The lighter form answers as the weights do, to what is promised."""
    light = parse_light(files[where], where)
    completed_by = parse_tensors(files[where], where).metadata.get("weights_sha256")
    if completed_by != weights.sha256:
        yield f"{where}: weights_sha256: expected {weights.sha256}, of the weights, got {quote(completed_by)}"
    if light.weight.shape != weights.params.weight.shape:
        yield f"{where}: expected {list(weights.params.weight.shape)} weights, got {list(light.weight.shape)}"
        return
    inputs = pixels.astype(np.float64)
    worst = float(np.abs(reconstruct(light, inputs) - reconstruct(weights.params, inputs)).max())
    if not worst <= BOUND:
        yield f"{where}: expected the answers of the float32 weights to {BOUND:g}, got a difference of {worst:.3g}"


def _check_golden(answers: Pixels, allowed: Array, weights: Weights, pixels: Pixels) -> Iterator[str]:
    expected = tolerances(weights.params, pixels, weights.dtype)
    # The build had the weights as they were before they were rounded to the site's type.
    if allowed.shape != expected.shape or not np.allclose(allowed, expected, rtol=0.1, atol=0):
        yield "tolerance: expected what roundings of the weights' type can do, got other numbers"
    error = np.abs(reconstruct(weights.params, pixels.astype(np.float64)) - answers).max(-1)
    if not (error <= expected).all():
        worst = int(np.argmax(error - expected))
        yield f"expected what the weights compute to {expected[worst]:.2g}, got a difference of {error[worst]:.3g}"
