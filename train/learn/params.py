"""The parameters of one autoencoder: a NamedTuple of three arrays, of numpy or of JAX. Imports neither."""

from typing import Any, NamedTuple, TypeAlias

Array: TypeAlias = Any  # numpy's or JAX's, float32


class Params(NamedTuple):
    """One tied denoising autoencoder (Vincent et al. 2008): the decoder's weight is the encoder's, transposed."""

    weight: Array  # [visible, hidden], row = pixel
    hidden_bias: Array  # [hidden]
    visible_bias: Array  # [visible]
