"""The findings on the page of numbers: the shares of the figures, said only where they show."""

from dataclasses import replace

from export.site.figures import Share, make_figures
from export.site.findings import Sentence, make_findings, make_surprise
from export.site.model import Model
from train.run.report import Report


def model(name: str, noise: str) -> Model:
    return Model(name, noise, 0.5, 500, 784, "", 0, "", None, False)


MODELS = {
    "none": model("none", "none"),
    "masking-50": model("masking-50", "masking"),
    "masking-80": model("masking-80", "masking"),
    "salt-and-pepper-50": model("salt-and-pepper-50", "salt-and-pepper"),
    "gaussian-075": model("gaussian-075", "gaussian"),
}
COMPLETION = dict(zip(MODELS, ((0.01, 0.02), (0.1, 0.03), (0.4, 0.14), (0.02, 0.04), (0.2, 0.15)), strict=True))
CLEANING = dict(zip(MODELS, ((0.7, 0.01), (0.9, 0.05), (0.88, 0.06), (0.999, 0.2), (0.99, 0.18)), strict=True))


def shares(table: dict[str, tuple[float, float]]) -> dict[str, Share]:
    return {name: Share(MODELS[name], *pair) for name, pair in table.items()}


FIGURES = replace(make_figures(Report(), ()), completion=shares(COMPLETION), cleaning=shares(CLEANING), article=True)


def test_the_three_examples_are_told_with_what_was_measured() -> None:
    completes, cleans, both = make_findings(FIGURES)
    assert [one.model.name for one in (completes, cleans, both)] == ["masking-80", "salt-and-pepper-50", "gaussian-075"]
    assert completes.sentences == (
        Sentence("findings.completes", {"restored": 0.4, "added": 0.14, "plain": 0.01}),
        Sentence("findings.weaker", {"restored": 0.1}),
    )
    assert cleans.sentences[0].shares == {"restored": 0.02, "added": 0.04, "removed": 0.999, "lost": 0.2}
    assert both.sentences[0].shares == {"restored": 0.2, "added": 0.15, "removed": 0.99, "lost": 0.18}


def test_less_noise_is_spoken_of_only_where_it_does_much_less() -> None:
    figures = replace(FIGURES, completion=shares(COMPLETION | {"masking-50": (0.3, 0.1)}))
    assert len(make_findings(figures)[0].sentences) == 1


def test_that_specks_hardly_tell_them_apart_is_said_only_where_it_is_so() -> None:
    assert make_surprise(FIGURES) == Sentence("findings.surprise", {"least": 0.88, "plain": 0.7})
    assert make_surprise(replace(FIGURES, cleaning=shares(CLEANING | {"masking-80": (0.5, 0)}))) is None


def test_where_the_article_does_not_hold_nothing_is_said() -> None:
    figures = replace(FIGURES, article=False)
    assert make_findings(figures) == ()
    assert make_surprise(figures) is None
