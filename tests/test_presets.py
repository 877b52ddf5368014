"""Presets: the page makes of each link what it was written for, and models that the site lacks break nothing."""

from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import parse_qs

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from export.draw.strokes import encode_strokes, read_samples
from export.site.catalogue import read_catalogues
from export.site.model import Model
from export.site.presets import make_hash, make_presets
from export.site.words import noise_entries
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from train.data.noise import NOISES
from train.settings.config import model_name
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
FACTS = noise_entries(NOISES.values(), 784, read_catalogues(ROOT / "site_template" / "locale", "mnist")["en"])
LONGEST = 1500  # characters of a link, host and path included

# What the page makes of a hash: settings, and the pixels that a model is fed without its noise.
READ = """async ([hash, side, models, facts]) => {
  const { readHash } = await load("page/state");
  const { writeHash } = await load("page/address");
  const { decodeStrokes } = await load("draw/encoding");
  const { fitTransform } = await load("draw/fit");
  const { renderStrokes, renderHoles } = await load("draw/pixels");
  const { makeNoises } = await load("draw/noise");
  const noises = makeNoises(facts);
  const { settings, draw } = readHash(hash, { models, noises }, models[0].name);
  const strokes = decodeStrokes(draw);
  const [ink, missing] = [new Float32Array(side * side), new Float32Array(side * side)];
  const transform = fitTransform(strokes, side, new Float32Array(side * side));
  renderStrokes(strokes, ink, side, transform);
  renderHoles(strokes, missing, side, transform);
  return { again: writeHash(settings, strokes, noises), ink: [...ink], missing: [...missing], scale: transform.scale };
}"""


def model(noise: str, level: float, *, name: str = "", visible: int = 784, external: bool = False) -> Model:
    return Model(name or model_name(noise, level), noise, level, 500, visible, "", 0, "", None, external)


MODELS = tuple(model(spec.noise, spec.level) for spec in read_config(ROOT / "models.toml").models)
PRESETS = make_presets(SAMPLES, MODELS)


def values(preset: str) -> dict[str, str]:
    return {key: value for key, (value,) in parse_qs(preset.removeprefix("#"), strict_parsing=True).items()}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("presets")) as url:
        yield url


def read(page: Page, preset: str, side: int = 28) -> dict[str, object]:
    models = [{"name": one.name, "hidden": one.hidden} for one in MODELS]
    result = page.evaluate(READ, [preset, side, models, [asdict(one) for one in FACTS]])
    assert isinstance(result, dict)
    return result


def array(value: object) -> NDArray[np.float64]:
    return np.asarray(value, np.float64)


def test_the_page_reads_each_preset_and_would_write_the_same(page: Page, modules: str) -> None:
    open_modules(page, modules)
    for name, preset in PRESETS.items():
        assert read(page, preset)["again"] == preset, name
        assert len("https://somebody.github.io/dae-site/ja/") + len(preset) < LONGEST


@pytest.mark.parametrize("side", [28, 20, 56])
def test_the_lower_half_is_missing_in_images_of_any_side(page: Page, modules: str, side: int) -> None:
    open_modules(page, modules)
    presets = make_presets(SAMPLES, [model("masking", 0.8, visible=side * side)])
    seen = read(page, presets["complete"], side)
    missing = array(seen["missing"]).reshape(side, side)
    rows = np.flatnonzero(array(seen["ink"]).reshape(side, side).max(axis=1) > 0.25)
    middle, near = (rows[0] + rows[-1]) // 2, round(side / 14)
    assert missing[rows[0] : middle - near].max() == 0
    assert missing[middle + near : rows[-1] + 1, 3:-3].min() == 1


def test_fitting_hardly_moves_a_drawing_with_specks(page: Page, modules: str) -> None:
    open_modules(page, modules)
    for name in ("specks", "both"):
        assert abs(array(read(page, PRESETS[name])["scale"]) - 1) < 0.05, name


def share(page: Page, preset: str, without: str) -> tuple[float, float]:
    """Share of the missing ink that the model restores, and of the specks' ink that it removes."""
    seen, digit = read(page, preset), array(read(page, without)["ink"])
    ink, missing = array(seen["ink"]), array(seen["missing"]) > 0
    params = read_weights(ROOT / "weights" / f"{values(preset)['model']}.safetensors").params
    made = reconstruct(params, np.where(missing, 0, ink))
    specks = np.where(missing, 0, np.maximum(ink - digit, 0))
    restored = np.minimum(made, ink)[missing].sum() / max(ink[missing].sum(), 1e-9)
    return float(restored), float(1 - (made * specks).sum() / max(specks.sum(), 1e-9))


def test_the_claims_hold_on_their_presets(page: Page, modules: str) -> None:
    open_modules(page, modules)

    def shares(name: str, digit: int) -> tuple[float, float]:
        without = make_hash(MODELS[0].name, drawing=encode_strokes(SAMPLES[digit].strokes))
        return share(page, PRESETS[name], without)

    assert shares("complete", 2)[0] > 0.5
    assert shares("complete_none", 2)[0] < 0.05
    assert shares("complete_salt", 2)[0] < 0.05
    assert shares("specks", 5)[1] > 0.85
    assert shares("specks_masking", 5)[1] < 0.6
    assert shares("specks_none", 5)[1] < 0.6
    restored, removed = shares("both", 0)
    assert 0.25 < restored < 0.75
    assert removed > 0.75
    restored, removed = shares("both_masking", 0)
    assert restored > 0.75
    assert removed < 0.5
    restored, removed = shares("both_salt", 0)
    assert restored < 0.05
    assert removed > 0.75


def test_every_model_and_pair_has_its_preset() -> None:
    for one in MODELS:
        assert values(PRESETS[f"own_{one.name}"])["noise"] == "trained"
        assert values(PRESETS[f"completion_{one.name}"])["model"] == one.name
        for other in MODELS:
            pair = values(PRESETS[f"pair_{one.name}_{other.name}"])
            assert pair["model"] == one.name
            assert pair.get("noise", "none") == other.noise
            assert float(pair.get("level", 0)) == other.level


def test_a_claim_takes_the_nearest_level_and_prefers_models_trained_here() -> None:
    mine = model("masking", 0.8, name="mine", external=True)
    presets = make_presets(SAMPLES, [mine, model("masking", 0.25), model("masking", 0.6)])
    assert values(presets["complete"])["model"] == "masking-60"
    assert values(make_presets(SAMPLES, [mine])["complete"])["model"] == "mine"


def test_a_claim_without_a_model_of_its_noise_is_left_out() -> None:
    presets = make_presets(SAMPLES, [model("none", 0.0)])
    assert {"complete", "specks", "both", "clean_masking"} & set(presets) == set()
    assert {"complete_none", "clean_none", "own_none", "pair_none_none"} <= set(presets)


def test_a_frame_of_a_few_pixels_has_its_presets_too() -> None:
    assert set(make_presets(SAMPLES, [model("masking", 0.8, visible=4)])) >= {"complete", "specks_masking"}


def test_a_preset_is_safe_in_an_address() -> None:
    assert make_hash("a&b", noise="gaussian", level=0.1 + 0.2) == "#model=a%26b&noise=gaussian&level=0.3"
