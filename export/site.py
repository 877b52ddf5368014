"""The site: gather everything, check it, render it in memory, and only then write.

In:  models.toml, the weights folder (weights, golden vectors, report.json) and the template folder.
Out: a folder of static files with relative links; every asset under a name that holds its hash.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rcssmin
import rjsmin
from markupsafe import Markup

from export.card import make_card
from export.catalogue import Messages, read_catalogues
from export.figures import make_figures
from export.golden import golden_pixels, read_golden, read_golden_pixels
from export.manifest import hashed_name, make_manifest, sha256
from export.modules import Module, eager, read_modules
from export.page import (
    LATER_MESSAGES,
    SCRIPT_MESSAGES,
    Model,
    PageContext,
    content_security_policy,
    make_environment,
    messages_of,
    render,
    script_json,
)
from export.presets import make_presets
from export.pwa import POLICY, add_pwa, read_sources
from export.reference import reconstruct
from export.strokes import Sample, read_samples
from export.tensors import format_tensors
from export.weights import Weights, format_weights, parse_weights
from train.config import Config, ModelSpec
from train.errors import DaeError
from train.files import FileError, read_file, read_text
from train.noise import NOISES

MAIN = "main"  # the first script
LATER_STYLE = "panels.css"  # of what comes later than the first view
SMALL = 1 << 20  # bytes: more than any file of the template folder has


class SiteError(DaeError):
    """What was gathered does not fit together."""


@dataclass(frozen=True)
class Inputs:
    """All that a site is made of, read and checked."""

    specs: tuple[ModelSpec, ...]
    weights: tuple[Weights, ...]  # one for each spec
    golden: bytes  # safetensors: "pixels", and "reconstruction/<name>" of each model
    report: Mapping[str, Any]
    catalogues: Mapping[str, Messages]
    modules: Mapping[str, Module]
    statics: Mapping[str, bytes]  # stylesheets and icons by file name
    kernels: Mapping[str, bytes]  # WebAssembly by variant
    samples: tuple[Sample, ...]
    samples_json: bytes
    guard: str  # the script that runs first, without its comments
    template: Path


def gather(config: Config, weights: Sequence[Weights], folder: Path, template: Path) -> Inputs:
    """Read everything but the weights, and check that it fits together."""
    _check_sizes(config, weights)
    samples_json = _compact(template / "samples.json")
    samples = read_samples(template / "samples.json")
    return Inputs(
        specs=config.models,
        weights=tuple(weights),
        golden=_read_golden(config.models, weights, samples, folder / "golden"),
        report=_read_report(folder / "report.json", config),
        catalogues=read_catalogues(template / "locale", config.dataset),
        modules=_read_modules(template / "js"),
        statics=_read_statics(template),
        kernels=_read_kernels(template / "kernel"),
        samples=samples,
        samples_json=samples_json,
        guard=str(rjsmin.jsmin(read_text(template / "guard.js"))),
        template=template,
    )


def make_files(inputs: Inputs, dtype: str, url: str = "", *, pwa: bool = False) -> dict[str, bytes]:
    """Every file of the site by its path, the manifest last; with `pwa` it also works offline."""
    shelf = _Shelf()
    site, models = _shelve(shelf, inputs, dtype)
    environment = make_environment(inputs.template)
    locales = tuple(inputs.catalogues)
    pages: dict[str, bytes] = {".nojekyll": b""}
    for locale in locales:
        context = _context(inputs, shelf, site, models, locale, dtype, url, POLICY if pwa else "")
        path = "index.html" if locale == locales[0] else f"{locale}/index.html"
        pages[path] = render(environment, "index.html.j2", context, inputs.catalogues, shelf.paths)
        if locale == locales[0]:
            pages["404.html"] = render(environment, "404.html.j2", context, inputs.catalogues, shelf.paths)
    files = pages | shelf.files
    if pwa:
        files = add_pwa(files, read_sources(inputs.template / "pwa"))
    name, data = make_manifest(files)
    return files | {name: data}


class _Shelf:
    """Assets under hashed names."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}  # by path from the site's top
        self.paths: dict[str, str] = {}  # path by plain name

    def put(self, name: str, data: bytes) -> dict[str, object]:
        """Keep an asset; what the scripts need to fetch it comes back."""
        path = f"assets/{hashed_name(name, data)}"
        self.files[path] = data
        self.paths[name] = path
        return {"file": path, "bytes": len(data)}


def _shelve(shelf: _Shelf, inputs: Inputs, dtype: str) -> tuple[dict[str, object], tuple[Model, ...]]:
    """Put all assets on the shelf; what is common to all pages' site data comes back, and the models."""
    for name, data in inputs.statics.items():
        shelf.put(name, data)
    for module in inputs.modules.values():
        shelf.put(f"{module.name}.js", module.code.encode())
    shelf.put("card.png", make_card(inputs.weights, inputs.samples))
    models = tuple(
        _shelve_model(shelf, spec, weights, dtype) for spec, weights in zip(inputs.specs, inputs.weights, strict=True)
    )
    side = math.isqrt(models[0].visible)
    site: dict[str, object] = {
        "shape": [side, side],
        "dtype": dtype,
        "models": [model.entry() for model in models],
        "kernel": {name: shelf.put(f"kernel-{name}.wasm", data) for name, data in inputs.kernels.items()},
        "golden": shelf.put("golden.safetensors", inputs.golden),
        "style": shelf.put(LATER_STYLE, inputs.statics[LATER_STYLE]),
        "words": shelf.put("words.json", _words(inputs.catalogues)),
        "samples": shelf.put("samples.json", inputs.samples_json),
    }
    if inputs.report["models"]:
        site["report"] = shelf.put("report.json", json.dumps(inputs.report, indent=1, ensure_ascii=False).encode())
    return site, models


def _words(catalogues: Mapping[str, Messages]) -> bytes:
    """What scripts that come later say, by language."""
    words = {locale: messages_of(catalogue, LATER_MESSAGES) for locale, catalogue in catalogues.items()}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def _shelve_model(shelf: _Shelf, spec: ModelSpec, weights: Weights, dtype: str) -> Model:
    data = weights.data
    if weights.dtype != dtype:
        data = format_weights(weights.params, weights.metadata, dtype, weights.name)
    parse_weights(data, weights.name, weights.name)
    path = str(shelf.put(f"{weights.name}.safetensors", data)["file"])
    own = spec.weights_file is not None
    return Model(
        name=spec.name,
        noise=spec.noise,
        level=spec.level,
        hidden=weights.hidden,
        visible=weights.visible,
        file=path,
        bytes=len(data),
        sha256=sha256(data),
        test_loss=None if own else float(weights.metadata["test_loss"]),
        own=own,
    )


def _context(
    inputs: Inputs,
    shelf: _Shelf,
    site: Mapping[str, object],
    models: tuple[Model, ...],
    locale: str,
    dtype: str,
    url: str,
    policy: str,
) -> PageContext:
    locales = tuple(inputs.catalogues)
    root = "./" if locale == locales[0] else "../"
    scripts = {name: root + shelf.paths[f"{name}.js"] for name in inputs.modules}
    importmap = script_json({"imports": scripts})
    messages = messages_of(inputs.catalogues[locale], SCRIPT_MESSAGES)
    return PageContext(
        locale=locale,
        locales=locales,
        other=next((name for name in locales if name != locale), locale),
        root=root,
        url=url,
        dtype=dtype,
        models=models,
        noises=tuple(NOISES.values()),
        dataset=inputs.specs[0].dataset,
        report=inputs.report,
        figures=make_figures(inputs.report, models),
        presets=make_presets(inputs.samples, models),
        main=scripts[MAIN],
        preloads=tuple(scripts[name] for name in eager(inputs.modules, MAIN)[1:]),
        guard=Markup(inputs.guard),
        csp=content_security_policy(scripts=(inputs.guard, str(importmap)), more=policy),
        site_json=script_json({"root": root, "locale": locale, **site, "messages": messages}),
        importmap_json=importmap,
    )


def _check_sizes(config: Config, weights: Sequence[Weights]) -> None:
    """All models see images of one size, and a square one."""
    visible = weights[0].visible
    if math.isqrt(visible) ** 2 != visible:
        raise SiteError(f"{config.path}: {weights[0].name}: expected n x n pixels, got {visible}")
    for one in weights:
        if one.visible != visible:
            raise SiteError(
                f"{config.path}: {one.name}: expected {visible} pixels as in {weights[0].name}, got {one.visible}"
            )


def _read_golden(
    specs: Sequence[ModelSpec], weights: Sequence[Weights], samples: Sequence[Sample], folder: Path
) -> bytes:
    """The golden vectors: inputs, and each model's answers; those of weights trained elsewhere in float64."""
    trained = [spec.weights_file is None for spec in specs]
    visible = weights[0].visible
    pixels = read_golden_pixels(folder, visible) if any(trained) else golden_pixels(samples, math.isqrt(visible))
    golden = {"pixels": pixels}
    for one, ours in zip(weights, trained, strict=True):
        if ours:
            answers = read_golden(folder, one.name, one.sha256, pixels)
        else:
            answers = reconstruct(one.params, pixels.astype(np.float64)).astype(np.float32)
        golden[f"reconstruction/{one.name}"] = answers
    return format_tensors(golden, {})


def _read_report(path: Path, config: Config) -> dict[str, Any]:
    """The report of the training; it must speak of the very models that are shown, if they were trained here."""
    if all(spec.weights_file is not None for spec in config.models):
        return {"models": {}}
    try:
        report = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise SiteError(f"{path}: expected JSON, got: {error}") from None
    if not isinstance(report, dict) or not isinstance(report.get("models"), dict):
        raise SiteError(f'{path}: expected an object with "models"')
    for spec in config.models:
        if spec.weights_file is not None:
            continue
        entry = report["models"].get(spec.name)
        got = entry.get("fingerprint") if isinstance(entry, dict) else None
        if got != spec.fingerprint():
            raise SiteError(
                f"{path}: models.{spec.name}.fingerprint: expected {spec.fingerprint()}, got {got}: "
                "run `python -m train`"
            )
    return report


def _read_modules(folder: Path) -> dict[str, Module]:
    modules = read_modules(folder)
    if MAIN not in modules:
        raise FileError(f"{folder / MAIN}.js: cannot read: no such file or folder")
    return modules


def _read_statics(template: Path) -> dict[str, bytes]:
    """Stylesheets without their comments, and icons."""
    statics: dict[str, bytes] = {}
    for path in sorted(template.rglob("*.css")):
        style = str(rcssmin.cssmin(read_text(path)))
        for word in ("url(", "@import"):
            if word in style:
                raise SiteError(f"{path}: expected a stylesheet that needs no other file, got {word}")
        statics[path.name] = style.encode()
    if LATER_STYLE not in statics:
        raise FileError(f"{template / LATER_STYLE}: cannot read: no such file or folder")
    for path in sorted(template.glob("*.svg")):
        statics[path.name] = read_text(path).encode()
    return statics


def _read_kernels(folder: Path) -> dict[str, bytes]:
    kernels: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.wasm")):
        data = read_file(path, SMALL)
        if not data.startswith(b"\0asm\x01\0\0\0"):
            raise SiteError(f"{path}: expected WebAssembly, got {data[:8]!r}")
        kernels[path.stem.removeprefix("kernel-")] = data
    if not kernels:
        raise FileError(f"{folder}: expected at least one .wasm file, got none")
    return kernels


def _compact(path: Path) -> bytes:
    """A JSON file without its spaces."""
    return json.dumps(json.loads(read_text(path)), separators=(",", ":")).encode()
