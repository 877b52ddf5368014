"""The autoencoder in plain float64 numpy: a second opinion on the numbers of JAX and of the page.

In:  params (weight [visible, hidden], hidden_bias [hidden], visible_bias [visible]) and pixels (one image [visible],
     or any number of them [..., visible]).
Out: the code, the reconstruction, the cross-entropy.

Method: Vincent et al., JMLR 11 (2010), section 3.1, with tied weights and logistic units in both layers.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from train.learn.params import Params


def encode(params: Params, pixels: ArrayLike) -> NDArray[np.float64]:
    """The code [..., hidden] of pixels [..., visible]."""
    return _sigmoid(_array(pixels) @ _array(params.weight) + _array(params.hidden_bias))


def decode(params: Params, code: ArrayLike) -> NDArray[np.float64]:
    """The reconstruction [..., visible] that a code [..., hidden] stands for."""
    return _sigmoid(_array(code) @ _array(params.weight).T + _array(params.visible_bias))


def reconstruct(params: Params, pixels: ArrayLike) -> NDArray[np.float64]:
    """Encode, then decode."""
    return decode(params, encode(params, pixels))


def cross_entropy(reconstruction: ArrayLike, pixels: ArrayLike) -> NDArray[np.float64]:
    """Nats, summed over the pixels of each image: how badly the reconstruction predicts them. Finite for all inputs."""
    z = np.clip(_array(reconstruction), 1e-12, 1 - 1e-12)
    x = _array(pixels)
    return np.asarray(-(x * np.log(z) + (1 - x) * np.log1p(-z)).sum(-1))  # also of one image: an array


def rounding(params: Params, pixels: ArrayLike, unit: float) -> NDArray[np.float64]:
    """By how much a reconstruction [..., visible] may well be off where every number is rounded to `unit` of itself.

    Four times the standard error that roundings independent of one another leave in each sum, led on through the
    sigmoids at the steepest place within it (N. Higham, Accuracy and Stability of Numerical Algorithms, 2002, 2.8).
    """
    weight, hidden_bias, visible_bias = (_array(one) for one in params)
    code = encode(params, pixels)
    into_code = unit * np.sqrt(_array(pixels) ** 2 @ weight**2 + hidden_bias**2)
    of_code = into_code * _slope(_array(pixels) @ weight + hidden_bias, into_code)
    into_answer = np.sqrt((of_code**2 + (unit * code) ** 2) @ (weight**2).T + (unit * visible_bias) ** 2)
    error: NDArray[np.float64] = 4 * into_answer * _slope(code @ weight.T + visible_bias, into_answer)
    return error


def _slope(values: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
    """The steepest slope of the sigmoid within four times the error of each value."""
    nearest = _sigmoid(np.maximum(np.abs(values) - 4 * error, 0))
    return nearest * (1 - nearest)


def _array(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic function; the exponential's argument is never positive, so nothing overflows."""
    small = np.exp(-np.abs(values))
    result: NDArray[np.float64] = np.where(values >= 0, 1, small) / (1 + small)
    return result
