"""Fitting a reader: multinomial logistic regression by L-BFGS (SciPy's), its penalty chosen on images held out.

    loss = mean over images of -log softmax(scaled @ weight + bias)[label] + penalty / 2 * sum(weight^2)

`scaled` are the features less their mean, over one number, the root of their mean variance: a step of L-BFGS goes
straighter so, and no feature that hardly ever varies is blown up. The scaling is folded into the reader afterwards.

In:  features [count, features] of float32, labels [count].  Out: `Reader`.

Source: scikit-learn's LogisticRegression has the same optimum for C = 1 / (count * penalty); a test compares.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray
from scipy.optimize import minimize

from train.learn.model import Scalar
from train.learn.readers import Reader

Features = NDArray[np.float32]  # [count, features]
Labels = NDArray[np.integer]  # [count]
Flat = NDArray[np.float64]  # a reader's numbers in one row, the bias last
PENALTIES = tuple(10.0 ** (-step / 2) for step in range(15))  # from 1 down to 1e-7
PATIENCE = 2  # weaker penalties tried after the best, where few images make losses that go up and down
TOLERANCE = 1e-4  # of the largest number of the gradient
STEPS = 2000  # at most; some 200 are enough


@dataclass(frozen=True)
class Scaling:
    """Features less `mean` [features], over `spread`."""

    mean: NDArray[np.float32]
    spread: float

    def apply(self, features: Features) -> Features:
        """The scaled features."""
        scaled: Features = (features - self.mean) / np.float32(self.spread)
        return scaled

    def fold(self, reader: Reader) -> Reader:
        """The reader of the features as they are that does what `reader` does with scaled ones."""
        weight = np.asarray(reader.weight, np.float64) / self.spread
        bias = np.asarray(reader.bias, np.float64) - self.mean.astype(np.float64) @ weight
        return Reader(weight.astype(np.float32), bias.astype(np.float32))


@dataclass(frozen=True)
class Chosen:
    """A penalty, the reader that it gives without the images held out, and how well that reads those."""

    penalty: float
    reader: Reader
    held_out_loss: float  # nats an image
    end: Flat  # where the fit ended, of scaled features


def scaling_of(features: Features) -> Scaling:
    """What makes features of mean 0 and of mean variance 1."""
    return Scaling(features.mean(axis=0), float(np.sqrt(features.var(axis=0).mean())) or 1.0)


def fit_reader(
    features: Features,
    labels: Labels,
    classes: int,
    penalty: float,
    scaling: Scaling | None = None,
    start: Flat | None = None,
) -> Reader:
    """The reader of these images at a penalty; `start`, where a fit to some of them ended, of features so scaled."""
    scaling = scaling or scaling_of(features)
    fit = _Fit(scaling.apply(features), labels, classes, start)
    return scaling.fold(fit.at(penalty))


def choose_penalty(
    features: Features,
    labels: Labels,
    classes: int,
    held: Features,
    held_labels: Labels,
    scaling: Scaling | None = None,
    patience: int = PATIENCE,
) -> Chosen:
    """Of PENALTIES, from the strongest on, the one that loses least on the images held out; of so many after it."""
    scaling = scaling or scaling_of(features)
    fit = _Fit(scaling.apply(features), labels, classes)
    found: list[Chosen] = []
    best = 0
    while len(found) < len(PENALTIES) and len(found) - best <= patience:
        penalty = PENALTIES[len(found)]
        reader = scaling.fold(fit.at(penalty))
        found.append(Chosen(penalty, reader, mean_loss(reader, held, held_labels), fit.end))
        best = min(range(len(found)), key=lambda at: found[at].held_out_loss)
    return found[best]


class _Fit:
    """Fits at one penalty after the other, each from where the one before ended."""

    def __init__(self, scaled: Features, labels: Labels, classes: int, start: Flat | None = None) -> None:
        self._scaled, self._labels = jnp.asarray(scaled), jnp.asarray(labels, jnp.int32)
        self._shape = scaled.shape[1], classes
        self.end = np.zeros(scaled.shape[1] * classes + classes) if start is None else start

    def at(self, penalty: float) -> Reader:
        """The reader of scaled features at a penalty, in float64."""

        def loss(flat: Flat) -> tuple[float, Flat]:
            value, slope = _LOSS(_unflatten(flat, self._shape), self._scaled, self._labels, jnp.float32(penalty))
            return float(value), np.concatenate([np.asarray(part, np.float64).ravel() for part in slope])

        options = {"maxiter": STEPS, "maxfun": 2 * STEPS, "maxcor": 20, "gtol": TOLERANCE, "ftol": 1e-9}
        self.end = minimize(loss, self.end, jac=True, method="L-BFGS-B", options=options).x
        weight, bias = self.end[: -self._shape[1]], self.end[-self._shape[1] :]
        return Reader(weight.reshape(self._shape), bias)


def _unflatten(flat: Flat, shape: tuple[int, int]) -> Reader:
    single = flat.astype(np.float32)
    return Reader(single[: -shape[1]].reshape(shape), single[-shape[1] :])


Scaled = Float[Array, "count features"]
Targets = Int[Array, " count"]


def _loss(reader: Reader, scaled: Scaled, labels: Targets, penalty: Scalar) -> Scalar:
    logits = scaled @ reader.weight + reader.bias
    of_label = jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    mean = (jax.nn.logsumexp(logits, axis=1) - of_label).mean()
    value: Scalar = mean + penalty / 2 * (reader.weight**2).sum()
    return value


_LOSS: Callable[..., tuple[Array, Reader]] = jax.jit(jax.value_and_grad(_loss))


def logits_of(reader: Reader, features: Features) -> NDArray[np.float32]:
    """What a reader makes of features before the softmax, [count, classes]."""
    logits: NDArray[np.float32] = features @ reader.weight + reader.bias
    return logits


def probabilities(reader: Reader, features: Features) -> NDArray[np.float32]:
    """The share of belief that a reader gives to each class, [count, classes]."""
    logits = logits_of(reader, features)
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = grown / grown.sum(axis=1, keepdims=True)
    return shares


def mean_loss(reader: Reader, features: Features, labels: Labels) -> float:
    """Nats an image."""
    logits = logits_of(reader, features).astype(np.float64)
    highest = logits.max(axis=1)
    total = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
    return float((total - logits[np.arange(len(labels)), labels]).mean())


def error_of(reader: Reader, features: Features, labels: Labels) -> float:
    """The share of images that a reader misreads."""
    return float((logits_of(reader, features).argmax(axis=1) != labels).mean())
