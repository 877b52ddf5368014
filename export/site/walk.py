"""What the walk shows, worked out when the site is built: drawings, what the models answer to them, and words for that.

In:  the sample digits, the models of the site and their weights, the data set.
Out: `Walk`: pictures for the pages, data for their scripts, and which claims the weights bear out.

Answers are computed in float64 (export/weights/reference.py); the page's own differ by less than is seen.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from export.draw.picture import draw_picture
from export.draw.strokes import Sample
from export.site.asked import Asked, make_asked
from export.site.grown import Grown, make_grown
from export.site.model import Model
from export.site.readings import ReaderAnswer, make_readings
from export.site.tries import Try, choose_models, make_tries
from export.site.verdict import measure, rules_data, word
from export.weights.reader_file import ReaderFile
from export.weights.reference import reconstruct
from export.weights.weights_file import Weights
from train.data.noise import NOISES

SEED = 3  # of the noise on the pictures
# Which try shows what a noise teaches, and the words that bear out what the text says of it.
TAUGHT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "none": ("half", ("copies",)),
    "masking": ("half", ("completes", "fills")),
    "salt-and-pepper": ("dots", ("cleans",)),
    "gaussian": ("both", ("both",)),
}
# Of the article's models, what it says of each: by name, the words for the answers to tries that bear it out.
ARTICLE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "masking-80": {"half": ("completes", "fills")},
    "salt-and-pepper-50": {"half": ("copies", "thins"), "dots": ("cleans",)},
    "gaussian-075": {"both": ("both",)},
}

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class ShownAnswer:
    """What one model makes of a try."""

    model: Model
    word: str  # of export/site/verdict.py
    picture: Markup


@dataclass(frozen=True)
class ShownTry:
    """A try, and the answers of all models that stand here."""

    name: str
    drawn: Markup
    answers: tuple[ShownAnswer, ...]
    right: tuple[str, ...]  # models that do what is asked; none where there is nothing to guess
    strokes: tuple[tuple[tuple[float, float], ...], ...]

    def data(self) -> Mapping[str, Any]:
        """What the scripts know of it."""
        words = {answer.model.name: answer.word for answer in self.answers}
        return {"name": self.name, "strokes": self.strokes, "words": words, "right": self.right}


@dataclass(frozen=True)
class Lesson:
    """What one noise leaves true, and what its model made of that."""

    model: Model
    spoiled: Markup  # a drawing under the noise, at the model's level
    shown: str  # name of the try that shows what was learned
    given: Markup  # that try
    answer: ShownAnswer  # to it
    holds: bool  # the answer is what the text says of the noise
    article: bool  # and what the article says of this very model


@dataclass(frozen=True)
class Walk:
    """All that is on the walk."""

    models: tuple[Model, ...]  # one to four
    tries: tuple[ShownTry, ...]
    lessons: tuple[Lesson, ...]  # one for each noise that a model stands here for
    fit: bool  # a drawing is brought into the digit box of the training images
    asked: Asked | None  # where a model has a noise
    grown: Grown | None = None  # filters, where the pair that shows what noise does to them stands here
    readings: tuple[ReaderAnswer, ...] = ()  # of the first try; empty where no model here has a reader

    @property
    def pictures(self) -> Mapping[str, Markup]:
        """Those of the chapters, which lie beside the page: what a lesson spoils, the try it shows, the answer."""
        given = {one.shown: one.given for one in self.lessons}
        spoiled = {f"{one.model.name}-spoiled": one.spoiled for one in self.lessons}
        answers = {f"{one.model.name}-{one.shown}": one.answer.picture for one in self.lessons}
        return {**given, **spoiled, **answers, **(self.asked.pictures if self.asked else {})}

    @property
    def first(self) -> ShownTry:
        """What the page opens on."""
        return self.tries[0]

    def data(self) -> Mapping[str, Any]:
        """What the scripts are told."""
        return {
            "models": [model.name for model in self.models],
            "tries": [one.data() for one in self.tries],
            "rules": rules_data(),
            "fit": self.fit,
        }


def make_walk(
    samples: Sequence[Sample],
    models: Sequence[Model],
    weights: Sequence[Weights],
    dataset: str,
    readers: Mapping[str, ReaderFile] = MappingProxyType({}),
) -> Walk:
    """The walk of a site; `weights` are those of `models`, in their order, `readers` those there are, by name."""
    chosen = choose_models(models)
    params = {model.name: one.params for model, one in zip(models, weights, strict=True)}
    tries = make_tries(samples, dataset, math.isqrt(models[0].visible))
    answers = {
        (one.name, model.name): _answer(model, one.pixels, reconstruct(params[model.name], one.pixels))
        for one in tries
        for model in chosen
    }
    shown = tuple(_show(one, [answers[one.name, model.name] for model in chosen]) for one in tries)
    kinds = {model.noise: model for model in reversed(chosen)}
    lessons = tuple(_teach(model, tries, answers) for model in chosen if kinds[model.noise] == model)
    asked = make_asked(chosen, params, tries[0].pixels)
    mnist = dataset == "mnist"
    grown = make_grown(chosen, params) if mnist else None
    readings = make_readings(chosen, params, readers, tries[0].pixels)
    return Walk(chosen, shown, lessons, fit=mnist, asked=asked, grown=grown, readings=readings)


def _answer(model: Model, given: Pixels, answer: Pixels) -> ShownAnswer:
    return ShownAnswer(model, word(measure(given, answer)), draw_picture(given, answer))


def _show(one: Try, answers: Sequence[ShownAnswer]) -> ShownTry:
    right = tuple(answer.model.name for answer in answers if answer.word in one.asks)
    return ShownTry(
        name=one.name,
        drawn=draw_picture(one.pixels),
        answers=tuple(answers),
        right=right if len(right) < len(answers) else (),
        strokes=tuple(tuple((float(x), float(y)) for x, y in drawn.points) for drawn in one.strokes),
    )


def _teach(model: Model, tries: Sequence[Try], answers: Mapping[tuple[str, str], ShownAnswer]) -> Lesson:
    name, words = TAUGHT.get(model.noise, ("half", ()))
    (shown,) = (one for one in tries if one.name == name)
    said = ARTICLE.get(model.name, {})
    return Lesson(
        model=model,
        spoiled=draw_picture(_spoil(tries[1].pixels, model), coarse=True),
        shown=name,
        given=draw_picture(shown.pixels),
        answer=answers[name, model.name],
        holds=answers[name, model.name].word in words,
        article=bool(said) and all(answers[one, model.name].word in some for one, some in said.items()),
    )


def _spoil(pixels: Pixels, model: Model) -> Pixels:
    """The model's noise on a drawing, always the same draw of it."""
    noise = NOISES[model.noise]
    generator = np.random.Generator(np.random.PCG64(SEED))
    count = noise.count(pixels.size)
    draws = generator.standard_normal(count) if noise.draw == "normal" else generator.random(count)
    spoiled = noise.apply(pixels.astype(np.float32), model.level, draws.astype(np.float32))
    return spoiled.astype(np.float64)
