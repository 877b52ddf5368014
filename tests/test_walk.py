"""The walk as it is built: what it shows and says follows from the models, their weights and the data set."""

import html
import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from export.draw.strokes import read_samples
from export.site.catalogue import Messages, read_catalogues
from export.site.figures import make_figures
from export.site.model import Model
from export.site.page import PageContext, SiteFacts, make_environment, render
from export.site.pages import PAGES, WALK
from export.site.presets import make_presets
from export.site.tries import make_tries
from export.site.verdict import measure, word
from export.site.walk import ARTICLE, TAUGHT, Walk, make_walk
from export.weights.reference import reconstruct
from export.weights.weights_file import Weights, parse_weights, read_weights
from tests.test_read import REPORT, Assets
from train.data.noise import NOISES
from train.settings.config import model_name
from train.settings.reader import DATASETS, read_config
from workshop.checkout import ROOT
from workshop.scripts import write_random

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
FOUR = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")
TRIES = make_tries(SAMPLES, "mnist", 28)
SEEN = 0.05  # pixels whose answers differ by less look alike


@cache
def catalogues(dataset: str) -> dict[str, Messages]:
    return read_catalogues(ROOT / "site_template" / "locale", dataset)


@cache
def committed(name: str) -> Weights:
    return read_weights(ROOT / "weights" / f"{name}.safetensors")


def model(noise: str, level: float, *, visible: int = 784, external: bool = False, hidden: int = 500) -> Model:
    name = "mine" if external else model_name(noise, level)
    return Model(name, noise, level, hidden, visible, f"assets/{name}.safetensors", 1, "", None, external)


ALL = tuple(model(spec.noise, spec.level) for spec in read_config(ROOT / "models.toml").models)


def show(walk: Walk, models: Sequence[Model], locale: str = "en", dataset: str = "mnist") -> str:
    """The walk's page."""
    facts = SiteFacts(
        locales=("en", "ja"),
        url="",
        dtype="F32",
        models=tuple(models),
        noises=tuple(NOISES.values()),
        dataset=dataset,
        report=REPORT,
        figures=make_figures(REPORT, models),
        presets=make_presets(SAMPLES, models),
        walk=walk,
    )
    links = {(one.name, language): f"./{one.place(language)}" for one in PAGES for language in ("en", "ja")}
    context = PageContext(WALK, locale, Assets(), links, csp="")
    return render(make_environment(ROOT / "site_template"), WALK.template, facts, context, catalogues(dataset))


def real(models: Sequence[Model] = ALL, dataset: str = "mnist") -> Walk:
    return make_walk(SAMPLES, models, [committed(one.name) for one in models], dataset)


def untrained(models: Sequence[Model], tmp_path_factory: pytest.TempPathFactory, dataset: str) -> Walk:
    folder = tmp_path_factory.mktemp("walk")
    weights = []
    for one in models:
        path = folder / f"{one.name}.safetensors"
        write_random(path, one.visible, 8, 0.1)
        weights.append(parse_weights(path.read_bytes(), one.name, str(path)))
    return make_walk(SAMPLES, models, weights, dataset)


def words(page: str) -> str:
    """What is to be read on a page, labels, tables and folded formulas not counted."""
    page = re.sub(
        r"<(svg|script|style|button|figcaption|details|math|label|select|output|table)\b.*?</\1>", " ", page, flags=re.S
    )
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def chapters(page: str) -> list[str]:
    return re.findall(
        r'<section class="chapter" id="chapter=\d".*?(?=<section class="chapter"|<p class="onward")', page, re.S
    )


def answers(name: str) -> dict[str, NDArray[np.float64]]:
    (one,) = (one for one in TRIES if one.name == name)
    return {model: reconstruct(committed(model).params, one.pixels) for model in FOUR}


@pytest.mark.parametrize("name", ["half", "dots", "both"])
def test_every_two_answers_to_a_try_differ(name: str) -> None:
    given = answers(name)
    stack = np.stack(list(given.values()))
    differ = np.ptp(stack, axis=0) > SEEN
    for first, second in combinations(given, 2):
        assert np.abs(given[first] - given[second])[differ].mean() > 0.05, (first, second)


def test_the_first_screen_says_more_than_one_thing() -> None:
    words_of = {answer.model.name: answer.word for answer in real().first.answers}
    assert list(words_of) == list(FOUR)
    assert len(set(words_of.values())) >= 3


def test_the_words_are_those_of_the_answers() -> None:
    for one, shown in zip(TRIES, real().tries, strict=True):
        for answer in shown.answers:
            again = measure(one.pixels, reconstruct(committed(answer.model.name).params, one.pixels))
            assert answer.word == word(again)
        assert set(shown.right) == {answer.model.name for answer in shown.answers if answer.word in one.asks}


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_nothing_is_claimed_that_the_weights_do_not_bear_out(locale: str) -> None:
    walk = real()
    page = html.unescape(show(walk, ALL, locale))
    messages = catalogues("mnist")[locale]
    for lesson in walk.lessons:
        name, kind = lesson.model.name, lesson.model.noise
        try_name, bearing = TAUGHT[kind]
        (one,) = (one for one in TRIES if one.name == try_name)
        got = word(measure(one.pixels, reconstruct(committed(name).params, one.pixels)))
        assert (messages[f"walk.two.so.{kind}"] in page) == (got in bearing) == lesson.holds
        said = ARTICLE.get(name, {})
        borne = bool(said) and all(
            word(measure(one.pixels, answers(one.name)[name])) in said[one.name] for one in TRIES if one.name in said
        )
        assert lesson.article == borne
        if kind != "none":
            assert (f"<h3>{messages[f'walk.article.{kind}']}</h3>" in page) == borne


def test_where_the_weights_do_not_bear_it_out_it_is_not_said() -> None:
    # Every model with the weights of the plain autoencoder: all of them copy.
    walk = make_walk(SAMPLES, ALL, [committed("none")] * len(ALL), "mnist")
    page = html.unescape(show(walk, ALL))
    for kind in ("masking", "salt-and-pepper", "gaussian"):
        assert catalogues("mnist")["en"][f"walk.two.so.{kind}"] not in page
        assert catalogues("mnist")["en"][f"walk.two.true.{kind}"] in page
        assert catalogues("mnist")["en"][f"walk.article.{kind}"] not in page
    assert all(one.right == () for one in walk.tries)


@pytest.mark.parametrize(("locale", "longest"), [("en", 150), ("ja", 400)])
def test_chapters_are_short_and_each_asks_one_question(locale: str, longest: int) -> None:
    found = chapters(show(real(), ALL, locale))
    assert len(found) == 4
    for chapter in found:
        text = words(chapter)
        length = len(text.split()) if locale == "en" else len(text.replace(" ", ""))
        assert length <= longest, (length, text)
        assert len(re.findall(r'<p class="ask"', chapter)) == 1
        assert len(re.findall(r'<p class="do( live-only)?"', chapter)) == 1


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize(
    ("models", "shown"),
    [
        ((model("none", 0, visible=256),), 1),
        ((model("masking", 0.5, visible=256),), 1),
        ((model("none", 0, visible=256, external=True),), 1),
        ((model("none", 0), model("gaussian", 2.0)), 2),
        ((*ALL[:3], model("salt-and-pepper", 0.1)), 4),
    ],
)
def test_other_models_sizes_and_data_get_a_walk_of_their_own(
    models: tuple[Model, ...], shown: int, dataset: str, locale: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    walk = untrained(models, tmp_path_factory, dataset)
    page = show(walk, models, locale, dataset)
    side = round(models[0].visible ** 0.5)
    assert len(re.findall(r"<figure class=\"answer\" data-model=", page)) == shown
    box, beside = f'viewBox="0 -.5 {side} {side}"', page.count("<use ")
    assert page.count(box) + beside == page.count("<svg class=") == page.count("<svg") - 1
    assert beside <= len(walk.pictures) == sum(box in picture for picture in walk.pictures.values())
    messages = catalogues(dataset)[locale]
    kinds = {one.noise for one in walk.models}
    for kind in ("masking", "salt-and-pepper", "gaussian"):
        assert (html.escape(messages[f"walk.two.true.{kind}"]) in page) == (kind in kinds)
        assert (f'name="noise" value="{kind}"' in page) == (kind in kinds)
    assert ('id="chapter=2"' in page) == (kinds != {"none"})
    assert (messages["walk.try.half"] in page) == (dataset == "mnist")
    assert (messages["walk.one.ask"] in page) == (shown > 1)
    assert not re.search(r'href="#|href=""', page)
    assert not re.search(r"<[^>]*\sstyle=", page)


def test_what_the_scripts_are_told_is_the_same_as_what_is_seen() -> None:
    walk = real()
    data = json.loads(json.dumps(walk.data(), allow_nan=False))
    assert data["models"] == list(FOUR)
    for told, one in zip(data["tries"], TRIES, strict=True):
        assert [np.array(points).shape[1] for points in told["strokes"]] == [2] * len(one.strokes)
        for points, drawn in zip(told["strokes"], one.strokes, strict=True):
            np.testing.assert_array_equal(points, drawn.points)
        assert set(told["words"]) == set(FOUR)


def test_the_article_is_named_with_its_author() -> None:
    for locale in ("en", "ja"):
        text = words(show(real(), ALL, locale))
        assert "@hatoo" in text
        assert "Qiita" in text
        assert "2015" in text
