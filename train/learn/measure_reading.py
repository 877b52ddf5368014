"""What a linear reader makes of a code with few labels, and with all.

In:  features (codes or bare pixels) of training and test images, [count, features], and their labels.
Out: `Reading`: test errors with 95 % intervals.

    few         DRAWS times so many labelled images of each class are drawn; the interval is that of the mean over the
                draws (Student's t). The penalty is the one that the first draw's reader loses least with on the last
                sixth of the training images, which is never drawn from
    everything  the reader that goes with the model; the interval is Wilson's, of so many test images
    neighbour   each test image is called what the nearest (Euclidean) of NEIGHBOURS codes a class is; DRAWS draws
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from train.data.dataset import Labels
from train.learn.fit_reader import Features, choose_penalty, error_of, fit_reader
from train.learn.knowledge import Interval, Reading
from train.learn.measure import MEASURE_SEED
from train.learn.read_codes import split_of

FEW = (10, 100, 1000)  # labels a class
DRAWS = 5
NEIGHBOURS = 100  # labels a class
CONFIDENCE = 0.95


def measure_reading(train: Features, test: Features, labels: Labels, error: float) -> Reading:
    """All of it; `error` is the test error of the reader that has all labels."""
    enough = [count for count in FEW if count * labels.classes <= split_of(len(train))]
    neighbours = [_nearest_error(train, test, labels, draw_of(labels, NEIGHBOURS, draw)) for draw in range(DRAWS)]
    return Reading(
        few={count: mean_interval(_few_errors(train, test, labels, count)) for count in enough},
        everything=wilson_interval(error, len(test)),
        neighbour=mean_interval(neighbours),
    )


def draw_of(labels: Labels, count: int, draw: int) -> NDArray[np.intp]:
    """The places of `count` training images of each class, or of all there are, none from those held out."""
    random = np.random.default_rng((MEASURE_SEED, count, draw))
    drawn_from = labels.train[: split_of(len(labels.train))]
    places = [random.permutation(np.flatnonzero(drawn_from == one))[:count] for one in range(labels.classes)]
    return np.concatenate(places)


def _few_errors(train: Features, test: Features, labels: Labels, count: int) -> list[float]:
    split, classes = split_of(len(train)), labels.classes
    first = draw_of(labels, count, 0)
    chosen = choose_penalty(train[first], labels.train[first], classes, train[split:], labels.train[split:])
    errors = [error_of(chosen.reader, test, labels.test)]
    for draw in range(1, DRAWS):
        drawn = draw_of(labels, count, draw)
        reader = fit_reader(train[drawn], labels.train[drawn], classes, chosen.penalty)
        errors.append(error_of(reader, test, labels.test))
    return errors


def _nearest_error(train: Features, test: Features, labels: Labels, drawn: NDArray[np.intp]) -> float:
    known = train[drawn]
    squares = (known.astype(np.float64) ** 2).sum(axis=1)
    nearest = [int((squares - 2 * (one @ known.T)).argmin()) for one in test]
    return float((labels.train[drawn][nearest] != labels.test).mean())


def mean_interval(values: Sequence[float]) -> Interval:
    """The mean of some draws, and where it lies with 95 % confidence, by Student's t."""
    mean = float(np.mean(values))
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
    return _interval(mean, mean - margin, mean + margin)


def wilson_interval(share: float, count: int) -> Interval:
    """A share of `count` images, and Wilson's interval of it (JASA 22, 1927)."""
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    margin = z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5 / (1 + z * z / count)
    return _interval(share, centre - margin, centre + margin)


def _interval(value: float, low: float, high: float) -> Interval:
    return Interval(round(value, 5), round(max(low, 0.0), 5), round(min(high, 1.0), 5))
