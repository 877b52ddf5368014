"""What every form of the site holds: its assets under hashed names, the facts its pages tell, the data of its scripts.

In:  inputs, read and checked.  Out: `Contents`, from which a folder (site.py) or one file (single_file.py) is made.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Generic, TypeVar

import numpy as np
from markupsafe import Markup

from export.draw.sheet import make_sheet
from export.site.card import make_card
from export.site.catalogue import Messages
from export.site.embed import CODE
from export.site.figures import make_figures
from export.site.inputs import LATER_STYLE, WORKER, Inputs
from export.site.join import asked_of, join_modules
from export.site.manifest import sha256
from export.site.model import LightFile, Model, ReaderEntry
from export.site.modules import Module, eager, group, reachable
from export.site.page import LATER_MESSAGES, PICTURES, SCRIPT_MESSAGES, SiteFacts, messages_of, script_json
from export.site.pages import PAGES, WALK, Page
from export.site.presets import make_presets
from export.site.shelf import Asset, Shelf, SiteData, TrainingEntry
from export.site.walk import Walk, make_walk
from export.site.words import noise_entries
from export.weights.light import make_light
from export.weights.reader_file import ReaderFile, stem_of
from export.weights.tensors import MANY, Array, format_tensors, parse_tensors
from export.weights.tolerance import tolerances
from export.weights.weights_file import Weights, format_weights, parse_weights
from train.data.noise import NOISES
from train.files import FileError
from train.learn.params import Params
from train.learn.readers import PIXELS
from train.run.report import format_report
from train.settings.config import ModelSpec

TRAINER = "train"  # how the names of the kernels begin that train in the page
# Of what scripts are told: the walk's first screen must be small.
LAB_ONLY = {"samples", "embed", "golden", "training"}

T = TypeVar("T")


@dataclass(frozen=True)
class Contents:
    """Assets, facts and data of one site."""

    inputs: Inputs
    shelf: Shelf
    facts: SiteFacts
    scripts: Mapping[str, Mapping[str, str]]  # by page: the file that each of its modules stands in
    data: SiteData

    def spared(self) -> set[str]:
        """Paths of what a copy for use without a network can do without: what is asked for by few, or lighter forms."""
        light = {model.light.file for model in self.facts.models if model.light}
        images = {self.data.training.file} if self.data.training else set()
        return {self.data.golden.file, *light, *images}

    def pages(self) -> Iterator[tuple[Page, str]]:
        """Every page in every language, the default language first."""
        yield from ((page, locale) for locale in self.facts.locales for page in PAGES)

    def title(self, page: Page, locale: str) -> str:
        """What the browser calls a page."""
        return self.inputs.catalogues[locale][f"{page.name}.title"]

    def modules(self, page: Page) -> list[str]:
        """The modules that a page can reach, its first one first."""
        return reachable(self.inputs.modules, page.entry) if page.entry else []

    def script(self, name: str) -> Markup:
        """A script that stands inside pages."""
        if name not in self.inputs.scripts:
            raise FileError(f"{self.inputs.template / name}: cannot read: no such file or folder")
        return Markup(self.inputs.scripts[name])

    def first(self, page: Page) -> tuple[Markup, ...]:
        """The scripts that run before anything else is loaded."""
        return tuple(self.script(name) for name in ("guard.js", *page.first))

    def site_json(self, page: Page, locale: str, root: str) -> Markup:
        """What a page's scripts are told; nothing where it has none."""
        if not page.entry:
            return Markup()
        catalogue = self.inputs.catalogues[locale]
        messages = messages_of(catalogue, SCRIPT_MESSAGES) | messages_of(catalogue, f"{page.name}.{SCRIPT_MESSAGES}")
        noises = noise_entries(NOISES.values(), self.inputs.weights[0].visible, catalogue)
        data = self.data.entry() | {"root": root, "locale": locale, "messages": messages}
        data["words"] = asdict(self.data.words[locale])
        data["noises"] = [asdict(one) for one in noises]
        if page == WALK:
            data = {key: value for key, value in data.items() if key not in LAB_ONLY}
            entries = [one.entry() for one in self.facts.walk.models]  # their readers come with the other models
            models = [{key: value for key, value in one.items() if key != "reader"} for one in entries]
            data |= {"walk": self.facts.walk.data(), "models": models}
        else:
            data["tries"] = [{"name": one.name, "strokes": one.strokes} for one in self.facts.walk.tries]
        return script_json(data)


def make_contents(inputs: Inputs, dtype: str, url: str) -> Contents:
    """Put all assets on the shelf, and gather what the pages say of them."""
    shelf = Shelf()
    for name, data in inputs.statics.items():
        if not name.endswith(".css"):
            shelf.put(name, data)
    scripts: dict[str, dict[str, str]] = {}
    for page in PAGES:
        shelf.put(page.sheet, _join_styles(inputs, page))
        scripts[page.name] = _shelve_modules(shelf, inputs.modules, page.entry) if page.entry else {}
    shelf.put("card.png", make_card(inputs.weights, inputs.samples))
    if inputs.report.models:
        shelf.put("report.json", format_report(inputs.report))
    pixels = parse_tensors(inputs.golden, "golden vectors", MANY).tensors["pixels"]
    models = tuple(
        _shelve_model(shelf, spec, weights, dtype, pixels, inputs.readers.get(spec.name))
        for spec, weights in zip(inputs.specs, inputs.weights, strict=True)
    )
    facts = _make_facts(inputs, shelf, models, dtype, url)
    shelf.put(PICTURES, make_sheet(facts.pictures))
    if facts.walk.grown:
        shelf.put("filters.png", facts.walk.grown.picture)
    return Contents(inputs, shelf, facts, scripts, _make_data(inputs, shelf, facts))


def _shelve_modules(shelf: Shelf, modules: Mapping[str, Module], entry: str) -> dict[str, str]:
    """The file that each module that is asked for stands in; those that are always needed together stand in one."""
    files: dict[str, str] = {}
    for names in group(modules, entry):
        asked = asked_of(modules, names, entry)
        asset = shelf.put(f"{names[0]}.js", join_modules(modules, names, asked).encode())
        files |= {name: asset.file for name in names if name == entry or name in asked}
    return files


def _join_styles(inputs: Inputs, page: Page) -> bytes:
    """The stylesheets of a page as one file, which is packed smaller than they would be one by one."""
    for name in page.styles:
        if name not in inputs.statics:
            raise FileError(f"{inputs.template / name}: cannot read: no such file or folder")
    return b"".join(inputs.statics[name] for name in page.styles)


def _make_facts(inputs: Inputs, shelf: Shelf, models: tuple[Model, ...], dtype: str, url: str) -> SiteFacts:
    return SiteFacts(
        locales=tuple(inputs.catalogues),
        url=url,
        dtype=dtype,
        models=models,
        noises=tuple(NOISES.values()),
        dataset=inputs.specs[0].dataset,
        report=inputs.report,
        figures=make_figures(inputs.report, models),
        presets=make_presets(inputs.samples, models),
        walk=_walk(_Asked((inputs, models), _key(inputs, models))),
        reader=_shelve_reader(shelf, inputs.readers.get(PIXELS)),
        training=_shelve_training(shelf, inputs),
    )


def _make_data(inputs: Inputs, shelf: Shelf, facts: SiteFacts) -> SiteData:
    return SiteData(
        shape=(facts.side, facts.side),
        dtype=facts.dtype,
        models=facts.models,
        kernel=_shelve_kernels(shelf, inputs.kernels, ""),
        trainer={
            **_shelve_kernels(shelf, inputs.kernels, TRAINER),
            "worker": shelf.put("worker.js", join_modules(inputs.modules, eager(inputs.modules, WORKER), {}).encode()),
        },
        golden=shelf.put("golden.safetensors", _golden(inputs, facts.dtype)),
        style=shelf.put(LATER_STYLE, inputs.statics[LATER_STYLE]),
        words={locale: shelf.put(f"words-{locale}.json", _words(one)) for locale, one in inputs.catalogues.items()},
        samples=shelf.put("samples.json", inputs.samples_json),
        roll=shelf.put("models.json", _roll(facts.models)),
        reader=facts.reader,
        grammar=shelf.put("digits.json", inputs.grammar_json),
        training=facts.training,
        embed=CODE,
    )


def _shelve_training(shelf: Shelf, inputs: Inputs) -> TrainingEntry | None:
    if inputs.training is None:
        return None
    asset = shelf.put("training-images.idx.gz", inputs.training.packed)
    return TrainingEntry(asset.file, asset.bytes, inputs.specs[0].dataset, inputs.training.count)


@dataclass(frozen=True)
class _Asked(Generic[T]):
    """What something is made of, told by a key: while a site is served, it is built from the same again and again."""

    value: T = field(compare=False)
    key: tuple[object, ...]


@functools.lru_cache(maxsize=32)
def _allowed(asked: _Asked[Params], shape: tuple[int, ...], numbers: bytes, dtype: str) -> Array:
    pixels = np.frombuffer(numbers, np.float32).reshape(shape)
    return tolerances(asked.value, pixels, dtype)


def _key(inputs: Inputs, models: tuple[Model, ...]) -> tuple[object, ...]:
    files = *(one.sha256 for one in inputs.weights), *(one.sha256 for one in inputs.readers.values())
    return inputs.samples_json, inputs.specs[0].dataset, repr(models), *files


@functools.lru_cache(maxsize=2)
def _walk(asked: _Asked[tuple[Inputs, tuple[Model, ...]]]) -> Walk:
    inputs, models = asked.value
    return make_walk(inputs.samples, models, inputs.weights, inputs.specs[0].dataset, inputs.readers)


def _golden(inputs: Inputs, dtype: str) -> bytes:
    """The golden vectors, and how far from them each model's answers may be."""
    golden = dict(parse_tensors(inputs.golden, "golden vectors", MANY).tensors)
    pixels = golden["pixels"]
    shape, numbers = pixels.shape, pixels.tobytes()
    for one in inputs.weights:
        golden[f"tolerance/{one.name}"] = _allowed(_Asked(one.params, (one.sha256,)), shape, numbers, dtype)
    return format_tensors(golden, {}, header_limit=MANY)


def _shelve_kernels(shelf: Shelf, kernels: Mapping[str, bytes], first: str) -> dict[str, Asset]:
    """Those whose names begin so, by variant."""
    return {
        variant: shelf.put(f"kernel-{name}.wasm", data)
        for name, data in kernels.items()
        for begin, _, variant in [name.rpartition("-")]
        if begin == first
    }


def _words(catalogue: Messages) -> bytes:
    """What scripts that come later say."""
    return json.dumps(messages_of(catalogue, LATER_MESSAGES), ensure_ascii=False, separators=(",", ":")).encode()


def _roll(models: tuple[Model, ...]) -> bytes:
    """All models, for pages that begin with some of them."""
    return json.dumps([model.entry() for model in models], separators=(",", ":")).encode()


def _shelve_model(
    shelf: Shelf, spec: ModelSpec, weights: Weights, dtype: str, pixels: Array, reader: ReaderFile | None
) -> Model:
    data = weights.data
    if weights.dtype != dtype:
        data = format_weights(weights.params, weights.facts, dtype, weights.name)
    parse_weights(data, weights.name, weights.name)
    asset = shelf.put(f"{weights.name}.safetensors", data)
    return Model(
        name=spec.name,
        noise=spec.noise,
        level=spec.level,
        hidden=weights.hidden,
        visible=weights.visible,
        file=asset.file,
        bytes=asset.bytes,
        sha256=sha256(data),
        test_loss=weights.facts.test_loss,
        external=spec.weights_file is not None,
        light=_shelve_light(shelf, weights, pixels) if dtype == "F32" else None,
        reader=_shelve_reader(shelf, reader),
    )


def _shelve_reader(shelf: Shelf, reader: ReaderFile | None) -> ReaderEntry | None:
    if reader is None:
        return None
    stem = stem_of(reader.name)
    asset = shelf.put(f"reader/{stem}.safetensors", reader.data)
    return ReaderEntry(
        stem, asset.file, asset.bytes, reader.sha256, reader.classes, reader.threshold, reader.test_error
    )


def _shelve_light(shelf: Shelf, weights: Weights, pixels: Array) -> LightFile | None:
    light = make_light(weights, pixels)
    if light is None:
        return None
    asset = shelf.put(f"light/{weights.name}.safetensors", light.data)
    return LightFile(asset.file, asset.bytes, sha256(light.data), light.error)
