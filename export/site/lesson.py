"""A lesson for a class: tasks of a guess, a look and a number, and what is expected, taken from the report.

In:  the figures of the report, the models and the tries of the walk, the presets of the lab.
Out: the tasks that these models bear, in their order; no words.

A task asks where there is something to tell apart: two models at least, and numbers of all that it names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from export.site.figures import PLAIN, Figures, Share
from export.site.model import Model
from export.site.pages import LAB, WALK
from export.site.walk import Walk


@dataclass(frozen=True)
class Column:
    """One thing to read off, of every model of a task."""

    key: str  # of its message
    values: tuple[float, ...]  # a share of ink, or nats an image
    noise: Model | None = None  # whose noise is fed, where that is what the column says

    def best(self, *, least: bool) -> int:
        """The row of the model that is first in it."""
        return self.values.index(min(self.values) if least else max(self.values))


@dataclass(frozen=True)
class Exercise:
    """A guess, a look and a number."""

    name: str  # of its messages
    models: tuple[Model, ...]  # a row each
    words: tuple[str, ...]  # what each does to the drawing that is looked at; none where that is not known
    columns: tuple[Column, ...]
    page: str  # where to look
    hash: str
    least: bool = False  # the smallest number is the best

    @property
    def firsts(self) -> tuple[Model, ...]:
        """Of each column that tells the better from the worse the model that is first in it."""
        return tuple(self.models[one.best(least=self.least)] for one in self.columns if one.key != "bad")


def make_lesson(figures: Figures, walk: Walk, presets: Mapping[str, str]) -> tuple[Exercise, ...]:
    """The tasks, in their order; none where there is no report."""
    found = [
        _drawing("half", figures.completion, walk),
        _drawing("dots", figures.cleaning, walk),
        _levels(figures.completion, presets),
        _clean(figures, walk, presets),
        _own(figures, walk, presets),
    ]
    return tuple(task for task in found if task)


def _drawing(name: str, shares: Mapping[str, Share], walk: Walk) -> Exercise | None:
    """What the models of the walk do to one of its tries, and to all test images spoiled so."""
    models = [model for model in walk.models if model.name in shares]
    if len(models) < 2:
        return None
    (shown,) = (one for one in walk.tries if one.name == name)
    words = {answer.model: answer.word for answer in shown.answers}
    columns = (
        Column("good", tuple(shares[model.name].good for model in models)),
        Column("bad", tuple(shares[model.name].bad for model in models)),
    )
    address = "#" + urlencode({"chapter": 1, "try": name, "covered": 1})
    return Exercise(name, tuple(models), tuple(words[model] for model in models), columns, WALK.name, address)


def _levels(shares: Mapping[str, Share], presets: Mapping[str, str]) -> Exercise | None:
    """Models of one noise at several levels: the noise whose levels tell them apart most."""
    kinds: dict[str, list[Model]] = {}
    for share in shares.values():
        kinds.setdefault(share.model.noise, []).append(share.model)
    several = [sorted(models, key=lambda one: one.level) for models in kinds.values() if len(models) > 1]
    if not several:
        return None
    models = max(several, key=lambda some: max(_good(some, shares)) - min(_good(some, shares)))
    columns = (Column("good", _good(models, shares)),)
    return Exercise("levels", tuple(models), (), columns, LAB.name, presets[f"completion_{models[-1].name}"])


def _good(models: Sequence[Model], shares: Mapping[str, Share]) -> tuple[float, ...]:
    return tuple(shares[model.name].good for model in models)


def _clean(figures: Figures, walk: Walk, presets: Mapping[str, str]) -> Exercise | None:
    """Clean ink, and noise: the plain autoencoder beside the first denoiser of the walk."""
    denoiser = next((model for model in walk.models if model.noise != "none"), None)
    plain = next((model for model in walk.models if model.name == PLAIN), None)
    if not plain or not denoiser:
        return None
    return _losses("clean", (plain, denoiser), (plain, denoiser), figures, presets[f"pair_{plain.name}_{plain.name}"])


def _own(figures: Figures, walk: Walk, presets: Mapping[str, str]) -> Exercise | None:
    """Every model of the walk under the noise of every other."""
    noisy = tuple(model for model in walk.models if model.noise != "none")
    if len(noisy) < 2:
        return None
    return _losses("own", walk.models, noisy, figures, presets[f"pair_{noisy[0].name}_{noisy[1].name}"])


def _losses(
    name: str, models: tuple[Model, ...], noises: tuple[Model, ...], figures: Figures, address: str
) -> Exercise | None:
    if any(noise.name not in figures.losses.get(model.name, {}) for model in models for noise in noises):
        return None
    columns = tuple(
        Column("loss", tuple(figures.losses[one.name][noise.name] for one in models), noise) for noise in noises
    )
    return Exercise(name, models, (), columns, LAB.name, address, least=True)
