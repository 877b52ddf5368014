"""How far an answer in float32 may be from the golden one: what the page's self-test and `check` both hold to.

In:  params, the golden inputs [count, visible], and the type of the weights that the answer is computed from.
Out: [count] in float32, of each input the largest difference of a pixel, in [0, 1].

A sum of n numbers in float32 is rounded n times; weights in float16 are rounded once each. The roundings are led on to
the answer (see `reference.rounding`): a model whose sums are long, or whose weights are large, gets what it needs.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from export.weights.reference import rounding
from train.learn.params import Params

LEAST = {"F32": 1e-5, "F16": 2e-3}  # of a pixel in [0, 1], however short the sums are
UNIT = {"F32": 2.0**-24, "F16": 2.0**-11}  # by what share of itself a number is rounded


def tolerances(params: Params, pixels: ArrayLike, dtype: str) -> NDArray[np.float32]:
    """The largest difference of a pixel that is allowed, for each input."""
    roundings = math.sqrt(max(np.shape(params.weight))) if dtype == "F32" else 1.0
    allowed: NDArray[np.float32] = rounding(params, pixels, UNIT[dtype] * roundings).max(-1).astype(np.float32)
    return np.maximum(allowed, np.float32(LEAST[dtype]))
