"""The words of the page: true of the site they stand on, with links that lead somewhere, and code that runs."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from export.catalogue import read_catalogues
from export.figures import make_figures
from export.page import Model, PageContext, make_environment, render
from export.presets import make_presets
from export.reference import reconstruct
from export.strokes import read_samples
from export.weights import read_weights
from tests.conftest import ROOT
from train.config import DATASETS, model_name, read_config
from train.noise import NOISES

TEMPLATE = ROOT / "site_template"
CATALOGUES = read_catalogues(TEMPLATE / "locale", "mnist")
SAMPLES = read_samples(TEMPLATE / "samples.json")
REPORT: dict[str, Any] = json.loads((ROOT / "weights" / "report.json").read_text())
LONGEST = 9 * 1024  # bytes of the English story, figures and code not counted


class Assets(dict[str, str]):
    """An asset for every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return f"assets/{name}"


def model(noise: str, level: float, *, name: str = "", hidden: int = 500, own: bool = False) -> Model:
    name = name or model_name(noise, level)
    return Model(name, noise, level, hidden, 784, f"assets/{name}.safetensors", 1573568, "", None, own)


MODELS = tuple(model(spec.noise, spec.level) for spec in read_config(ROOT / "models.toml").models)


def show(
    models: tuple[Model, ...] = MODELS, report: dict[str, Any] = REPORT, dataset: str = "mnist", locale: str = "en"
) -> str:
    """The article of the page in a language."""
    context = PageContext(
        locale=locale,
        locales=("en", "ja"),
        other="ja" if locale == "en" else "en",
        root="./",
        url="",
        dtype="F32",
        models=models,
        noises=tuple(NOISES.values()),
        dataset=dataset,
        report=report,
        figures=make_figures(report, models),
        presets=make_presets(SAMPLES, models),
        main="",
        preloads=(),
        csp="",
        guard=Markup(""),
        site_json=Markup("{}"),
        importmap_json=Markup("{}"),
    )
    page = render(make_environment(TEMPLATE), "index.html.j2", context, CATALOGUES, Assets()).decode()
    return page.partition('id="story"')[2].partition("</article>")[0]


def links(article: str) -> list[str]:
    return [html.unescape(url) for url in re.findall(r'href="([^"]*)"', article)]


def words(article: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", article)).split())


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_every_link_to_the_page_is_a_preset(locale: str) -> None:
    presets = set(make_presets(SAMPLES, MODELS).values())
    used = [link for link in links(show(locale=locale)) if link.startswith("#")]
    assert set(used) <= presets
    assert len(used) == len(re.findall('class="try"', show())) + 2 * len(MODELS) + len(MODELS) ** 2


def test_the_claims_give_the_numbers_of_the_report() -> None:
    text = words(show())
    row = REPORT["models"]["masking-80"]
    assert f"restores {100 * row['completion']['restored']:.0f} %" in text.replace("\u00a0", " ")
    assert f"{row['test_loss_by_noise']['none']:.0f}: it keeps adding" in text.replace("\u00a0", " ")
    for entry in REPORT["models"].values():
        for loss in entry["test_loss_by_noise"].values():
            assert f" {loss:.0f} " in text


def test_the_english_story_is_short() -> None:
    article = re.sub(r"<(table|pre|svg|math)\b.*?</\1>", " ", show(), flags=re.DOTALL)
    assert len(words(article).encode()) <= LONGEST


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("dataset", DATASETS)
def test_the_text_says_what_the_networks_have_seen(locale: str, dataset: str) -> None:
    article = show(dataset=dataset, locale=locale)
    assert html.escape(CATALOGUES[locale][f"story.dataset.{dataset}"], quote=False) in html.unescape(article)
    assert (CATALOGUES[locale]["story.completes_text"] in html.unescape(article)) == (dataset == "mnist")


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize(
    "models",
    [
        (model("none", 0.0),),
        (model("gaussian", 2.0), model("masking", 0.25, hidden=1000)),
        (model("none", 0.0, name="mine", own=True),),
        (model("masking", 0.8, name="theirs", own=True), model("masking", 0.8), model("salt-and-pepper", 0.1)),
    ],
)
def test_other_models_get_a_page_that_claims_nothing_of_ours(locale: str, models: tuple[Model, ...]) -> None:
    reports: list[dict[str, Any]] = [REPORT, {"models": {}}, {"models": {models[0].name: {"fingerprint": "0"}}}]
    for report in reports:
        article = show(models, report, locale=locale)
        assert CATALOGUES[locale]["story.completes_text"] not in html.unescape(article)
        names = {one.name for one in models}
        assert {re.findall(r"#model=([^&]*)", link)[0] for link in links(article) if link[0] == "#"} <= names
        assert 'href=""' not in article


def test_nothing_is_said_of_a_noise_that_no_model_was_trained_on() -> None:
    article = show((model("masking", 0.5), model("none", 0.0)))
    assert CATALOGUES["en"]["story.masking"] in article
    assert CATALOGUES["en"]["story.gaussian"] not in article
    assert CATALOGUES["en"]["story.salt"] not in article


def test_the_example_is_that_of_the_documents_and_computes_the_reconstruction(monkeypatch: pytest.MonkeyPatch) -> None:
    code = html.unescape(show().partition('id="example-python">')[2].partition("</code>")[0])
    assert code in (ROOT / "docs" / "own-models.md").read_text()
    monkeypatch.chdir(ROOT / "weights")
    pixels = np.random.default_rng(0).random(784, np.float32)
    scope: dict[str, Any] = {"pixels": pixels}
    exec(code, scope)
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    np.testing.assert_allclose(scope["reconstruction"], reconstruct(params, pixels), atol=1e-5)


def test_each_model_can_be_downloaded_under_its_name() -> None:
    article = show()
    for one in MODELS:
        assert f'<a href="./{one.file}" download="{one.name}.safetensors">' in article


def test_the_frame_that_is_offered_is_only_text() -> None:
    article = show()
    assert "<iframe" not in article
    assert "<iframe" in html.unescape(article)


def test_no_style_is_written_inline() -> None:
    assert not re.search(r"<[^>]*\sstyle=", show())


def test_a_name_cannot_leave_the_text() -> None:
    article = show((replace(MODELS[3], name='"><script>'), *MODELS[:1]), {"models": {}})
    assert "<script" not in article
