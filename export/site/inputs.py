"""All that a site is made of, read and checked before anything is made of it.

In:  models.toml, the weights folder (weights, golden vectors, report.json) and the template folder.
Out: `Inputs`; an error that names the file where something is missing or does not fit.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rcssmin
import rjsmin

from export.draw.strokes import Sample, read_samples
from export.site.catalogue import Messages, read_catalogues
from export.site.modules import Module, noise_kinds, read_modules
from export.site.pages import PAGES
from export.site.short_names import shortened
from export.site.training_images import TrainingImages
from export.weights.golden import golden_pixels, read_golden, read_golden_pixels
from export.weights.reader_file import ReaderFile, read_golden_shares, read_reader, reader_path, stem_of
from export.weights.reference import reconstruct
from export.weights.tensors import MANY, format_tensors
from export.weights.weights_file import Weights
from train.data.drawn import read_grammar
from train.data.noise import NOISES
from train.errors import DaeError, strangers
from train.files import FileError, is_source, read_file, read_text
from train.learn.knowledge import RANDOM
from train.learn.readers import PIXELS
from train.run.report import Report, check_row, read_report
from train.settings.config import Config, ModelSpec

NOISE_MODULE = "draw/noise"  # what each noise does to an image
WORKER = "learn/worker"  # the first module of the worker that trains
LATER_STYLE = "panels.css"  # of what comes later than the first view
SMALL = 1 << 20  # bytes: more than any file of the template folder has


class SiteError(DaeError):
    """What was gathered does not fit together."""


@dataclass(frozen=True)
class Inputs:
    """All that a site is made of, read and checked."""

    specs: tuple[ModelSpec, ...]
    weights: tuple[Weights, ...]  # one for each spec
    readers: Mapping[str, ReaderFile]  # by the model's name, and that of the bare pixels; those that there are
    golden: bytes  # safetensors: "pixels", "reconstruction/<name>" of each model, "shares/<stem>" of each reader
    report: Report
    catalogues: Mapping[str, Messages]
    modules: Mapping[str, Module]
    statics: Mapping[str, bytes]  # stylesheets and icons by file name
    kernels: Mapping[str, bytes]  # WebAssembly by variant
    samples: tuple[Sample, ...]
    samples_json: bytes
    grammar_json: bytes  # how the page draws digits
    scripts: Mapping[str, str]  # those that stand inside pages, by file name, without their comments
    template: Path
    training: TrainingImages | None = None  # what networks may learn from in the page


def gather(
    config: Config, weights: Sequence[Weights], folder: Path, template: Path, training: TrainingImages | None = None
) -> Inputs:
    """Read everything but weights and images, and check that it fits together."""
    _check_sides(config, weights, training)
    samples_json = _compact(template / "samples.json")
    samples = read_samples(template / "samples.json")
    readers = _read_readers(weights, folder, config.dataset)
    return Inputs(
        specs=config.models,
        weights=tuple(weights),
        readers=readers,
        golden=_read_golden(config.models, weights, samples, folder, readers),
        report=_read_report(folder / "report.json", config, weights),
        catalogues=read_catalogues(template / "locale", config.dataset),
        modules=_read_modules(template / "js"),
        statics=_read_statics(template),
        kernels=_read_kernels(template / "kernel"),
        samples=samples,
        samples_json=samples_json,
        grammar_json=_read_grammar(template / "digits.json"),
        scripts={
            path.name: shortened(str(rjsmin.jsmin(read_text(path))), str(path)) for path in _sources(template, "*.js")
        },
        template=template,
        training=training,
    )


def _check_sides(config: Config, weights: Sequence[Weights], training: TrainingImages | None) -> None:
    """All models see images of one side, and square ones, as those are that networks learn from in the page."""
    visible = weights[0].visible
    if math.isqrt(visible) ** 2 != visible:
        raise SiteError(f"{config.path}: {weights[0].name}: expected n x n pixels, got {visible}")
    for one in weights:
        if one.visible != visible:
            raise SiteError(
                f"{config.path}: {one.name}: expected {visible} pixels as in {weights[0].name}, got {one.visible}"
            )
    if training and training.side**2 != visible:
        raise SiteError(
            f"{config.path}: [page]: training_images: expected a data set of images with {visible} pixels, as the "
            f"models see, got {training.side} x {training.side}"
        )


def _read_golden(
    specs: Sequence[ModelSpec],
    weights: Sequence[Weights],
    samples: Sequence[Sample],
    folder: Path,
    readers: Mapping[str, ReaderFile],
) -> bytes:
    """The golden vectors: inputs, and each model's and reader's answers; of weights trained elsewhere in float64."""
    trained = [spec.weights_file is None for spec in specs]
    visible = weights[0].visible
    pixels = (
        read_golden_pixels(folder / "golden", visible) if any(trained) else golden_pixels(samples, math.isqrt(visible))
    )
    golden = {"pixels": pixels}
    for one, ours in zip(weights, trained, strict=True):
        if ours:
            answers = read_golden(folder / "golden", one.name, one.sha256, pixels)
        else:
            answers = reconstruct(one.params, pixels.astype(np.float64)).astype(np.float32)
        golden[f"reconstruction/{one.name}"] = answers
    golden |= {f"shares/{stem_of(name)}": read_golden_shares(reader, folder) for name, reader in readers.items()}
    return format_tensors(golden, {}, header_limit=MANY)


def _read_readers(weights: Sequence[Weights], folder: Path, dataset: str) -> dict[str, ReaderFile]:
    """The readers of these very weights and, if there are some, of the bare pixels; all of the same classes."""
    readers = {one.name: read_reader(one.name, folder, one, dataset) for one in weights}
    found = {name: reader for name, reader in readers.items() if reader is not None}
    pixels = read_reader(PIXELS, folder, None, dataset)
    if found and pixels is not None:
        found[PIXELS] = pixels
    features = {one.name: one.hidden for one in weights} | {PIXELS: weights[0].visible}
    classes = next((reader.classes for reader in found.values()), 0)
    for name, reader in found.items():
        if reader.reader.weight.shape != (features[name], classes):
            raise SiteError(
                f"{reader_path(name, folder)}: weight: expected shape {[features[name], classes]}, got "
                f"{list(reader.reader.weight.shape)}"
            )
    return found


def _read_report(path: Path, config: Config, weights: Sequence[Weights]) -> Report:
    """The report of the training; it must speak of the very models that are shown, if they were trained here.

    What it says of the code of other weights is left out.
    """
    trained = [spec for spec in config.models if spec.weights_file is None]
    report = read_report(path) if trained else Report()
    for spec in trained:
        check_row(report, spec, f"{path}")
    of_code = {one.name: one.sha256 for one in weights} | {PIXELS: "", RANDOM: ""}
    known = {name: one for name, one in report.knowledge.items() if of_code.get(name) == one.weights}
    return replace(report, knowledge=known)


def _read_modules(folder: Path) -> dict[str, Module]:
    modules = read_modules(folder)
    for entry in (*(page.entry for page in PAGES), WORKER):
        if entry and entry not in modules:
            raise FileError(f"{folder / entry}.js: cannot read: no such file or folder")
    _check_noises(modules, folder)
    return modules


def _check_noises(modules: Mapping[str, Module], folder: Path) -> None:
    """The scripts can do to an image what every noise of the table does."""
    path = folder / f"{NOISE_MODULE}.js"
    if NOISE_MODULE not in modules:
        raise FileError(f"{path}: cannot read: no such file or folder")
    missing = NOISES.keys() - noise_kinds(modules[NOISE_MODULE])
    if missing:
        raise SiteError(
            f"{path}: APPLY: expected a function for each noise of train/data/noise.py, got none for "
            f"{', '.join(sorted(missing))}"
        )


def _read_statics(template: Path) -> dict[str, bytes]:
    """Stylesheets without their comments, and icons."""
    statics: dict[str, bytes] = {}
    for path in _sources(template, "*.css"):
        style = str(rcssmin.cssmin(read_text(path)))
        for word in ("url(", "@import"):
            if word in style:
                raise SiteError(f"{path}: expected a stylesheet that needs no other file, got {word}")
        statics[path.name] = style.encode()
    if LATER_STYLE not in statics:
        raise FileError(f"{template / LATER_STYLE}: cannot read: no such file or folder")
    for path in _sources(template, "*.svg"):
        statics[path.name] = read_text(path).encode()
    return statics


def _read_kernels(folder: Path) -> dict[str, bytes]:
    kernels: dict[str, bytes] = {}
    for path in _sources(folder, "*.wasm"):
        data = read_file(path, SMALL)
        if not data.startswith(b"\0asm\x01\0\0\0"):
            raise SiteError(f"{path}: expected WebAssembly, got {data[:8]!r}")
        kernels[path.stem.removeprefix("kernel-")] = data
    if not kernels:
        raise FileError(f"{folder}: expected at least one .wasm file, got none")
    return kernels


def _read_grammar(path: Path) -> bytes:
    read_grammar(path)
    return _compact(path)


def _sources(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that are meant, without what editors and systems leave beside them."""
    return sorted(path for path in folder.glob(pattern) if is_source(path))


def _compact(path: Path) -> bytes:
    """A JSON file without its spaces."""
    text = read_text(path)
    with strangers(str(path), "JSON", SiteError):
        return json.dumps(json.loads(text), separators=(",", ":")).encode()
