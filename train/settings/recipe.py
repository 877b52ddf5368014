"""The recipe: all that decides a model's numbers beside its noise and its data set.

The fields of `Recipe` are the only table of hyperparameters in the project: each has its default, what is allowed, its
unit, whether models that are trained in one computation have it in common, and what it means. Reading, checks,
fingerprint, the JSON Schema (`train.settings.schema`) and the table of the documents derive from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from train.settings.values import Number, Whole, Word

SCHEDULES = ("cosine", "constant")


@dataclass(frozen=True)
class Hyperparameter:
    """What a field of `Recipe` is, beside its name and its default."""

    allowed: Whole | Number | Word
    unit: str  # empty where it has none
    words: str  # what it means
    per_model: bool  # models that are trained in one computation may differ in it


def _shared(allowed: Whole | Number | Word, unit: str, words: str) -> Mapping[str, Hyperparameter]:
    """Models that are trained in one computation have it in common: it decides shapes, loops and draws."""
    return {"facts": Hyperparameter(allowed, unit, words, per_model=False)}


def _per_model(allowed: Whole | Number | Word, unit: str, words: str) -> Mapping[str, Hyperparameter]:
    """Each of them may have its own."""
    return {"facts": Hyperparameter(allowed, unit, words, per_model=True)}


@dataclass(frozen=True)
class Recipe:
    """All that decides a model's numbers beside its noise and its data set."""

    hidden: int = field(default=500, metadata=_shared(Whole(1, 65_536), "units", "hidden units"))
    epochs: int = field(default=50, metadata=_shared(Whole(1, 10_000), "epochs", "passes over the training images"))
    batch: int = field(default=100, metadata=_shared(Whole(1, 60_000), "images", "images a step"))
    seed: int = field(
        default=0,
        metadata=_shared(Whole(0, 2**31 - 1), "", "of the initial weight, the order of the batches and the noise"),
    )
    learning_rate: float = field(
        default=4e-3,
        metadata=_per_model(Number(0, 1, above=True), "per step", "Adam's, at the top of the schedule"),
    )
    schedule: str = field(
        default="cosine",
        metadata=_shared(
            Word(SCHEDULES), "", '"cosine": warm-up, then half a cosine down to 0; "constant": the same rate throughout'
        ),
    )
    warmup: float = field(
        default=0.05,
        metadata=_shared(Number(0, 1, below=True), "of all steps", "share of all steps in which the rate rises from 0"),
    )
    b1: float = field(
        default=0.9,
        metadata=_per_model(Number(0, 1, below=True), "per step", "Adam's decay of the mean gradient"),
    )
    b2: float = field(
        default=0.999,
        metadata=_per_model(Number(0, 1, below=True), "per step", "Adam's decay of the mean squared gradient"),
    )

    @property
    def goes_on(self) -> bool:
        """Whether a run of fewer epochs is the beginning of a longer one: no rate depends on how many there will be."""
        return self.schedule == "constant" and self.warmup == 0


HYPERPARAMETERS: Mapping[str, Hyperparameter] = {one.name: one.metadata["facts"] for one in fields(Recipe)}
