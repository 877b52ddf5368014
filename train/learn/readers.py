"""Readers: what tells the classes of images apart by their codes, or by their bare pixels. Imports no JAX.

    class = argmax(features @ weight + bias)          features: a code [hidden], or pixels [visible]
    confidence = max(softmax(features @ weight + bias))

A reader is no part of the autoencoder and never trained with it: it shows what the code knows.
"""

from dataclasses import dataclass
from typing import NamedTuple

from train.learn.params import Array

PIXELS = "bare pixels"  # the name of the reader that has no model, which no model can have


class Reader(NamedTuple):
    """Multinomial logistic regression, whatever scaling it was fitted with folded in."""

    weight: Array  # [features, classes]
    bias: Array  # [classes]


@dataclass(frozen=True)
class Learned:
    """A reader, how it was chosen, and how well it reads."""

    reader: Reader  # numpy, float32
    penalty: float  # half of it times the sum of the squared weights was added to the mean loss
    threshold: float  # a confidence below it is taken for "none of these"
    test_error: float  # share of the test images that it misreads
