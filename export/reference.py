"""The autoencoder in plain float64 numpy: a second opinion on the numbers of JAX and of the page.

In:  params (weight [visible, hidden], hidden_bias [hidden], visible_bias [visible]) and pixels (one image [visible],
     or any number of them [..., visible]).
Out: the code, the reconstruction, the cross-entropy.

Method: Vincent et al., JMLR 11 (2010), section 3.1, with tied weights and logistic units in both layers.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.params import Params


def encode(params: Params, pixels: Any) -> NDArray[np.float64]:
    """The code [..., hidden] of pixels [..., visible]."""
    return _sigmoid(_array(pixels) @ _array(params.weight) + _array(params.hidden_bias))


def decode(params: Params, code: Any) -> NDArray[np.float64]:
    """The reconstruction [..., visible] that a code [..., hidden] stands for."""
    return _sigmoid(_array(code) @ _array(params.weight).T + _array(params.visible_bias))


def reconstruct(params: Params, pixels: Any) -> NDArray[np.float64]:
    """Encode, then decode."""
    return decode(params, encode(params, pixels))


def cross_entropy(reconstruction: Any, pixels: Any) -> NDArray[np.float64]:
    """Nats, summed over the pixels of each image: how badly the reconstruction predicts them. Finite for all inputs."""
    z = np.clip(_array(reconstruction), 1e-12, 1 - 1e-12)
    x = _array(pixels)
    total: NDArray[np.float64] = -(x * np.log(z) + (1 - x) * np.log1p(-z)).sum(-1)
    return total


def _array(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic function; the exponential's argument is never positive, so nothing overflows."""
    small = np.exp(-np.abs(values))
    result: NDArray[np.float64] = np.where(values >= 0, 1, small) / (1 + small)
    return result
