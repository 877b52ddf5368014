"""What is measured of the codes of trained models, and of asking them again and again. Imports no JAX.

How, the modules say that measure: train.learn.measure_reading, measure_tuning, measure_asking and measure_dreaming.
Shares are of images in [0, 1]. What is measured from several seeds stands by seed, so that each can be added alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

RANDOM = "random units"  # the name of the row of the units before training, which no model can have


@dataclass(frozen=True)
class Interval:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Reading:
    """Test error of linear readers of the code."""

    few: Mapping[int, Interval]  # by labels a class: the mean over draws of the labelled images
    everything: Interval  # with the labels of all training images: of the test images
    neighbour: Interval  # of the nearest neighbour among NEIGHBOURS labelled codes a class: the mean over draws


@dataclass(frozen=True)
class Answer:
    """What stands in the erased halves, and whether the whole is read rightly."""

    restored: float  # share of the erased ink
    added: float  # ink beyond it, as a share of the same
    named: float  # share of the digits that the reader of bare pixels names rightly
    named_by_own: float  # and that the model's own reader does


@dataclass(frozen=True)
class Asking:
    """Halves of test images, the model asked again and again: answers by step, 0 being the half alone."""

    digits: int
    steps: Mapping[int, Answer]
    mean: Answer  # of the mean of the later half of all answers


@dataclass(frozen=True)
class Dream:
    """What became of pure noise after some steps."""

    entropy: float  # nats, of the classes that the model's own reader sees in all chains together
    confidence: float  # mean
    changed: float  # share of the chains whose class is another than one step before
    distance: float  # mean, of an answer to the nearest training image: root of the summed squares


@dataclass(frozen=True)
class Dreaming:
    """Chains that began with pure noise, by step."""

    chains: int
    steps: Mapping[int, Dream]
    test_entropy: float  # the same of as many test images, for comparison
    test_confidence: float
    test_distance: float


@dataclass(frozen=True)
class Knowledge:
    """All that is measured of one code; empty or None what is not yet."""

    weights: str  # SHA-256 of the weights file, 64 hex digits; empty for the bare pixels and for random units
    reading: Reading | None = None
    tuning: Mapping[int, Mapping[int, float]] = field(default_factory=dict)  # test error by seed, by labels in all
    asking: Mapping[int, Asking] = field(default_factory=dict)  # by seed
    dreaming: Dreaming | None = None
