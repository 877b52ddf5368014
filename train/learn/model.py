"""The denoising autoencoder of Vincent et al. (2008) with tied weights, for ONE image; `jax.vmap` makes batches.

In:  `Params` and pixels [visible] in [0, 1].
Out: the code [hidden], the reconstruction [visible], or the loss.

    code           = sigmoid(pixels @ weight + hidden_bias)
    reconstruction = sigmoid(weight @ code + visible_bias)

The loss is the cross-entropy of the reconstruction with the clean pixels, summed over the pixels, in nats (same
paper, eq. 2).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from train.learn.params import Params

Pixels = Float[Array, " visible"]  # one image, row-major
Code = Float[Array, " hidden"]  # the hidden activations
Scalar = Float[Array, ""]
RandomKey = Key[Array, ""]


def initial_params(key: RandomKey, visible: int, hidden: int) -> Params:
    """The weight drawn from N(0, 1 / visible), the biases 0."""
    weight = jax.random.normal(key, (visible, hidden), jnp.float32) / visible**0.5
    return Params(weight, jnp.zeros(hidden, jnp.float32), jnp.zeros(visible, jnp.float32))


def encode(params: Params, pixels: Pixels) -> Code:
    """The code of one image: how active each hidden unit is."""
    return jax.nn.sigmoid(pixels @ params.weight + params.hidden_bias)


def decode_logits(params: Params, code: Code) -> Pixels:
    """The reconstruction before its sigmoid, from which the loss is taken without rounding to 0 or 1."""
    logits: Pixels = params.weight @ code + params.visible_bias
    return logits


def decode(params: Params, code: Code) -> Pixels:
    """The image that a code stands for."""
    return jax.nn.sigmoid(decode_logits(params, code))


def reconstruct(params: Params, pixels: Pixels) -> Pixels:
    """What the autoencoder makes of one image."""
    return decode(params, encode(params, pixels))


def cross_entropy(logits: Pixels, clean: Pixels) -> Scalar:
    """-sum(clean log p + (1 - clean) log(1 - p)) for p = sigmoid(logits), in nats, stable for logits however large."""
    return jnp.sum(jnp.maximum(logits, 0) - logits * clean + jnp.log1p(jnp.exp(-jnp.abs(logits))))


def loss(params: Params, corrupted: Pixels, clean: Pixels) -> Scalar:
    """The loss of one image: the clean pixels are to be restored from the corrupted ones."""
    return cross_entropy(decode_logits(params, encode(params, corrupted)), clean)
