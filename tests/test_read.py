"""The words of the pages that are read: true of their site, with links that lead somewhere, and code that runs."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from export.draw.strokes import read_samples
from export.site.catalogue import read_catalogues
from export.site.figures import make_figures
from export.site.model import Model
from export.site.page import PageContext, SiteFacts, make_environment, render
from export.site.pages import NUMBERS, PAGES, USE
from export.site.presets import make_presets
from export.site.walk import Walk
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from train.data.noise import NOISES
from train.run.report import Report, read_report
from train.settings.config import model_name
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.reports import make_report, make_row, make_spec

TEMPLATE = ROOT / "site_template"
CATALOGUES = read_catalogues(TEMPLATE / "locale", "mnist")
SAMPLES = read_samples(TEMPLATE / "samples.json")
REPORT = read_report(ROOT / "weights" / "report.json")
LONGEST = 7 * 1024  # bytes of the English text, figures and code not counted


class Assets(dict[str, str]):
    """An asset for every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return f"assets/{name}"


def model(noise: str, level: float, *, name: str = "", hidden: int = 500, external: bool = False) -> Model:
    name = name or model_name(noise, level)
    return Model(name, noise, level, hidden, 784, f"assets/{name}.safetensors", 1573568, "", None, external)


MODELS = tuple(model(spec.noise, spec.level) for spec in read_config(ROOT / "models.toml").models)


def show(
    models: tuple[Model, ...] = MODELS, report: Report = REPORT, dataset: str = "mnist", locale: str = "en"
) -> str:
    """The text of the pages that are read, in a language."""
    facts = SiteFacts(
        locales=("en", "ja"),
        url="",
        dtype="F32",
        models=models,
        noises=tuple(NOISES.values()),
        dataset=dataset,
        report=report,
        figures=make_figures(report, models),
        presets=make_presets(SAMPLES, models),
        walk=Walk((), (), (), fit=False, asked=None),
    )
    links = {(one.name, language): f"./{one.place(language)}" for one in PAGES for language in ("en", "ja")}
    parts = []
    for page in (NUMBERS, USE):
        context = PageContext(page, locale, Assets(), links, csp="")
        text = render(make_environment(TEMPLATE), page.template, facts, context, CATALOGUES)
        parts.append(text.partition("<article")[2].partition("</article>")[0])
    return "".join(parts)


def links(article: str) -> list[str]:
    return [html.unescape(url) for url in re.findall(r'href="([^"]*)"', article)]


def hash_of(link: str) -> str:
    return "#" + link.partition("#")[2]


def words(article: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", article)).split())


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_every_link_to_the_page_is_a_preset(locale: str) -> None:
    presets = set(make_presets(SAMPLES, MODELS).values())
    used = [hash_of(link) for link in links(show(locale=locale)) if "#model=" in link]
    assert set(used) <= presets
    assert len(used) == len(re.findall('class="try"', show())) + 2 * len(MODELS) + len(MODELS) ** 2


def test_the_claims_give_the_numbers_of_the_report() -> None:
    text = words(show())
    measures = REPORT.models["masking-80"].measures
    assert f"restores {100 * measures.completion.restored:.0f}% of the missing ink" in text
    assert f"{measures.test_loss_by_noise['none']:.0f}: it keeps adding" in text.replace("\u00a0", " ")
    for row in REPORT.models.values():
        for loss in row.measures.test_loss_by_noise.values():
            assert f" {loss:.0f} " in text


def test_the_english_text_is_short() -> None:
    article = re.sub(r"<(table|pre|svg|math)\b.*?</\1>", " ", show(), flags=re.DOTALL)
    assert len(words(article).encode()) <= LONGEST


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize(
    "models",
    [
        (model("none", 0.0),),
        (model("gaussian", 2.0), model("masking", 0.25, hidden=1000)),
        (model("none", 0.0, name="mine", external=True),),
        (model("masking", 0.8, name="theirs", external=True), model("masking", 0.8), model("salt-and-pepper", 0.1)),
    ],
)
def test_other_models_get_a_page_that_claims_nothing_of_ours(locale: str, models: tuple[Model, ...]) -> None:
    for report in (REPORT, Report(), make_report({models[0].name: make_row(make_spec())})):
        article = show(models, report, locale=locale)
        assert CATALOGUES[locale]["findings.title"] not in html.unescape(article)
        assert CATALOGUES[locale]["clean.general"] in html.unescape(article)
        names = {one.name for one in models}
        assert {re.findall(r"#model=([^&]*)", link)[0] for link in links(article) if "#model=" in link} <= names
        assert 'href=""' not in article


def test_the_example_is_that_of_the_documents_and_computes_the_reconstruction(monkeypatch: pytest.MonkeyPatch) -> None:
    code = html.unescape(show().partition('id="example-python">')[2].partition("</code>")[0])
    assert code in (ROOT / "docs" / "external-models.md").read_text()
    monkeypatch.chdir(ROOT / "weights")
    pixels = np.random.default_rng(0).random(784, np.float32)
    scope: dict[str, object] = {"pixels": pixels}
    exec(code, scope)
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    np.testing.assert_allclose(np.asarray(scope["reconstruction"]), reconstruct(params, pixels), atol=1e-5)


def test_each_model_can_be_downloaded_under_its_name() -> None:
    article = show()
    for one in MODELS:
        assert f'<a href="assets/{one.name}.safetensors" download="{one.name}.safetensors">' in article


def test_the_embed_that_is_offered_is_only_text() -> None:
    article = show()
    assert "<iframe" not in article
    assert "<iframe" in html.unescape(article)


def test_no_style_is_written_inline() -> None:
    assert not re.search(r"<[^>]*\sstyle=", show())


def test_a_name_cannot_leave_the_text() -> None:
    article = show((replace(MODELS[3], name='"><script>'), *MODELS[:1]), Report())
    assert "<script" not in article


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_where_recipes_differ_the_page_says_so_and_which(locale: str) -> None:
    row = REPORT.models["none"]
    report = replace(REPORT, models={**REPORT.models, "none": replace(row, recipe=replace(row.recipe, epochs=7))})
    said = words(show(report=report, locale=locale))
    assert CATALOGUES[locale]["recipe.differ"] in said
    assert f"{CATALOGUES[locale]['recipe.epochs']} 7 50 50" in said
    assert CATALOGUES[locale]["recipe.alike"] not in said
    alike = words(show(locale=locale))
    assert CATALOGUES[locale]["recipe.alike"] in alike
    assert "7 50" not in alike
