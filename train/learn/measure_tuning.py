"""Fine-tuning: encoder and softmax trained on together, from the weights of a model or from random ones.

In:  params, images and labels, a seed.
Out: the test error by how many labels there were in all.

One short recipe for all: Adam at a rate of 1e-3, batches of 100, 2,000 steps with the labels of all training images and
500 with FEW of each class; the softmax begins with zeros, nothing is held back, no noise is added. The seed decides
which images are labelled and the order of the batches. Source of the method: Vincent et al., JMLR 11 (2010), 3.4.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, UInt8
from numpy.typing import NDArray

from train.data.dataset import Labels
from train.learn.measure_reading import draw_of
from train.learn.model import Code, Scalar
from train.learn.params import Params
from train.learn.readers import Reader

FEW = 100  # labels a class
RATE, BATCH = 1e-3, 100
STEPS, STEPS_FEW = 2000, 500
_AT_ONCE = 100  # steps of one computation

Images = NDArray[np.uint8]
Places = Int[Array, "steps batch"]
Step = Int[Array, " batch"]
Weight = Float[Array, "visible hidden"]
Pixels = UInt8[Array, "count visible"]
Image = UInt8[Array, " visible"]
Logits = Float[Array, " classes"]
Targets = Int[Array, " count"]


class Network(NamedTuple):
    """An encoder with a softmax on its code."""

    weight: Weight
    hidden_bias: Code
    reader: Reader


def measure_tuning(params: Params, train: Images, test: Images, labels: Labels, seed: int) -> dict[int, float]:
    """The test errors of both trainings from one seed."""
    drawn = draw_of(labels, FEW, seed)
    few = _tuned_error(params, train[drawn], labels.train[drawn], test, labels, STEPS_FEW, seed)
    everything = _tuned_error(params, train, labels.train, test, labels, STEPS, seed)
    return {len(drawn): few, len(train): everything}


def _tuned_error(
    params: Params, images: Images, known: NDArray[np.uint8], test: Images, labels: Labels, steps: int, seed: int
) -> float:
    hidden = params.weight.shape[1]
    reader = Reader(jnp.zeros((hidden, labels.classes)), jnp.zeros(labels.classes))
    network = Network(jnp.asarray(params.weight), jnp.asarray(params.hidden_bias), reader)
    state = optax.adam(RATE).init(network)
    pixels, targets = jnp.asarray(images), jnp.asarray(known, jnp.int32)
    order = _order(len(images), steps, seed)
    for at in range(0, steps, _AT_ONCE):
        network, state = _run(network, state, pixels, targets, jnp.asarray(order[at : at + _AT_ONCE]))
    wrong = [_named(network, jnp.asarray(part)) for part in np.array_split(test, max(len(test) // 1000, 1))]
    return round(float((np.concatenate([np.asarray(one) for one in wrong]) != labels.test).mean()), 5)


def _order(count: int, steps: int, seed: int) -> NDArray[np.int32]:
    """Which images each step sees, [steps, batch]: all, in another order each time, before any comes again."""
    random = np.random.default_rng(seed)
    batch = min(BATCH, count)
    rounds = -(-steps * batch // count)
    places = np.concatenate([random.permutation(count) for _ in range(rounds)])
    return places[: steps * batch].reshape(steps, batch).astype(np.int32)


def _logits(network: Network, image: Image) -> Logits:
    code = jax.nn.sigmoid((image.astype(jnp.float32) / 255) @ network.weight + network.hidden_bias)
    logits: Logits = code @ network.reader.weight + network.reader.bias
    return logits


@jax.jit
def _named(network: Network, images: Pixels) -> Targets:
    named: Targets = jax.vmap(_logits, in_axes=(None, 0))(network, images).argmax(axis=1)
    return named


@jax.jit
def _run(
    network: Network,
    state: optax.OptState,
    pixels: Pixels,
    targets: Targets,
    order: Places,
) -> tuple[Network, optax.OptState]:
    def loss(network: Network, places: Step) -> Scalar:
        logits = jax.vmap(_logits, in_axes=(None, 0))(network, pixels[places])
        value: Scalar = optax.softmax_cross_entropy_with_integer_labels(logits, targets[places]).mean()
        return value

    def step(carry: tuple[Network, optax.OptState], places: Step) -> tuple[tuple[Network, optax.OptState], None]:
        network, state = carry
        change, state = optax.adam(RATE).update(jax.grad(loss)(network, places), state)
        return (optax.apply_updates(network, change), state), None

    done, _ = jax.lax.scan(step, (network, state), order)
    return done
