"""The parameters of one autoencoder: a NamedTuple of three arrays, of numpy or of JAX. Imports neither."""

from typing import Any, NamedTuple


class Params(NamedTuple):
    """One tied denoising autoencoder (Vincent et al. 2008): the decoder's weight is the encoder's, transposed."""

    weight: Any  # [visible, hidden], row = pixel
    hidden_bias: Any  # [hidden]
    visible_bias: Any  # [visible]
