"""A model's reader: learned from the clean training images' codes and their labels, once the model is trained.

In:  params (None: the bare pixels are read) and a data set with labels.
Out: `Learned`.

The last sixth of the training images is held out for two choices: the penalty (see train.learn.fit_reader) and the
confidence below which an image counts as none of the classes. The latter is, in hundredths, the lowest at which the
share of the images held out that are read plus the share of pictures without a digit (see train.learn.non_digits) that
are not is largest. Then the reader is fitted to all training images.
"""

import functools
from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from train.data.dataset import Labels
from train.learn.fit_reader import Features, choose_penalty, error_of, fit_reader, probabilities, scaling_of
from train.learn.model import encode
from train.learn.non_digits import non_digits
from train.learn.params import Params
from train.learn.readers import Learned

Images = NDArray[np.uint8]  # [count, visible]

HELD_OUT = 6  # one in so many of the training images, the last ones
_BATCH = 1000  # images at a time


def features_of(params: Params | None, images: Images) -> Features:
    """The codes of images, [count, hidden]; without params their pixels in [0, 1], [count, visible]."""
    parts = [images[at : at + _BATCH].astype(np.float32) / np.float32(255) for at in range(0, len(images), _BATCH)]
    return np.concatenate([encoded(params, part) for part in parts])


def encoded(params: Params | None, pixels: NDArray[np.float32]) -> Features:
    """The codes of pixels in [0, 1], [count, hidden]; without params the pixels themselves."""
    return pixels if params is None else np.asarray(_codes()(params, pixels))


@functools.cache
def _codes() -> Callable[[Params, NDArray[np.float32]], Array]:
    run: Callable[[Params, NDArray[np.float32]], Array] = jax.jit(jax.vmap(encode, in_axes=(None, 0)))
    return run


def split_of(count: int) -> int:
    """How many of the training images the choices are made without; at least one is on each side."""
    return count - max(1, count // HELD_OUT)


def learn_reader(params: Params | None, train: Images, test: Images, labels: Labels) -> Learned:
    """The reader of a model, or of the pixels."""
    codes, split = features_of(params, train), split_of(len(train))
    scaling = scaling_of(codes)
    chosen = choose_penalty(
        *(codes[:split], labels.train[:split], labels.classes, codes[split:], labels.train[split:], scaling),
        patience=1,  # with so many images the losses fall, and then rise; the weakest penalties take longest to fit
    )
    others = features_of(params, non_digits(train[split:]))
    threshold = choose_threshold(
        probabilities(chosen.reader, codes[split:]).max(axis=1), probabilities(chosen.reader, others).max(axis=1)
    )
    reader = fit_reader(codes, labels.train, labels.classes, chosen.penalty, scaling, chosen.end)
    return Learned(reader, chosen.penalty, threshold, error_of(reader, features_of(params, test), labels.test))


def choose_threshold(digits: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """In hundredths, the confidence that parts digits from others best, given the confidences in both."""
    steps = np.arange(101) / 100
    read = np.array([(digits >= step).mean() for step in steps])
    refused = np.array([(others < step).mean() for step in steps])
    return float(steps[int(np.argmax(read + refused))])
