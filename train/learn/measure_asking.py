"""Asking a denoiser again and again: it completes halves by sampling, and makes digits out of pure noise.

One step of a chain: corrupt the state with the model's own noise, reconstruct, draw each pixel from Bernoulli(answer);
where ink is held, put it back. A model that was trained without noise is not asked.

In:  params, a model's noise, test images and labels, the readers of the bare pixels and of the model's own code.
Out: `Asking`: after the STEPS, and for the mean of the later half of all answers, what stands in the erased part.

    halves    below, above, left and right of the middle of each digit's ink are erased in turn, and begin as 0
    restored  sum(min(answer, clean)) / sum(clean) over the erased pixels of all digits and halves
    added     sum(max(answer - clean, 0)) / sum(clean) over the same
    named     share of the digits that a reader names rightly, given the half with the answer in the erased one

Sources: Bengio, Yao, Alain and Vincent, "Generalized Denoising Auto-Encoders as Generative Models", NIPS 2013; the
clamping: Goodfellow, Bengio and Courville, Deep Learning (2016), section 20.11.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt8
from numpy.typing import NDArray

from train.data.noise import NOISES
from train.learn.knowledge import Answer, Asking
from train.learn.measure import MEASURE_SEED, lower_half
from train.learn.model import RandomKey, Scalar, encode, reconstruct
from train.learn.params import Params
from train.learn.readers import Reader

STEPS = (1, 2, 5, 10, 30)
_BATCH = 500  # digits at a time

Images = NDArray[np.uint8]  # [count, visible]
Batch = Float[Array, "count visible"]
Grey = UInt8[Array, "count visible"]
Mask = Bool[Array, "count visible"]
Known = UInt8[Array, " count"]
Named = Int[Array, " count"]
Codes = Float[Array, "count features"]
Number = Int[Array, ""]
Moment = Float[Array, " 4"]
Sums = Float[Array, "moments 4"]  # at 0, at each of STEPS and of the mean: restored, added, named, named by own


def measure_asking(
    params: Params,
    noise: tuple[str, float],
    test: Images,
    labels: NDArray[np.uint8],
    readers: tuple[Reader, Reader],
    seed: int,
) -> Asking:
    """All halves of all test images, from one seed; `readers` are that of the bare pixels and the model's own."""
    run = _chain(noise[0])
    key = jax.random.fold_in(jax.random.key(MEASURE_SEED, impl="threefry2x32"), seed)
    sums, ink = np.zeros((len(STEPS) + 2, 4)), 0.0
    for at in range(0, len(test), _BATCH):
        images = test[at : at + _BATCH]
        for number, erased in enumerate(halves(images)):
            part = jax.random.fold_in(jax.random.fold_in(key, at), number)
            found, gone = run(params, jnp.float32(noise[1]), images, erased, labels[at : at + _BATCH], readers, part)
            sums += np.asarray(found, np.float64)
            ink += float(gone)
    digits = 4 * len(test)
    answers = [Answer(*(round(float(one), 4) for one in row / (ink, ink, digits, digits))) for row in sums]
    return Asking(digits=len(test), steps=dict(zip((0, *STEPS), answers[:-1], strict=True)), mean=answers[-1])


def halves(images: Images) -> list[NDArray[np.bool_]]:
    """[count, visible] each: what lies below, above, right and left of the middle of each image's ink."""
    side = round(images.shape[1] ** 0.5)
    turned = images.reshape(-1, side, side).swapaxes(1, 2).reshape(images.shape)
    below = lower_half(images.astype(np.float32))
    right = lower_half(turned.astype(np.float32)).reshape(-1, side, side).swapaxes(1, 2).reshape(images.shape)
    return [below, ~below, right, ~right]


def step(params: Params, kind: str, level: Scalar, state: Batch, key: RandomKey) -> tuple[Batch, Batch]:
    """One step of chains: the answers to their states [count, visible], corrupted anew, and a sample of each."""
    of_noise, of_sample = jax.random.split(key)
    corrupted = NOISES[kind].corrupt(of_noise, state, level)
    answer = jax.vmap(reconstruct, in_axes=(None, 0))(params, corrupted)
    return answer, (jax.random.uniform(of_sample, answer.shape) < answer).astype(jnp.float32)


@functools.cache
def _chain(kind: str) -> Callable[..., tuple[Sums, Scalar]]:
    """One compiled function for each kind of noise: sums over a batch, and its erased ink."""

    @jax.jit
    def run(
        params: Params,
        level: Scalar,
        images: Grey,
        erased: Mask,
        labels: Known,
        readers: tuple[Reader, Reader],
        key: RandomKey,
    ) -> tuple[Sums, Scalar]:
        clean = images.astype(jnp.float32) / 255
        held = jnp.where(erased, 0, clean)

        def look(answer: Batch) -> Moment:
            filled = jnp.where(erased, answer, clean)
            codes = jax.vmap(encode, in_axes=(None, 0))(params, filled)
            right = [_named(one, features) == labels for one, features in zip(readers, (filled, codes), strict=True)]
            restored = jnp.where(erased, jnp.minimum(answer, clean), 0).sum()
            added = jnp.where(erased, jnp.maximum(answer - clean, 0), 0).sum()
            return jnp.stack([restored, added, *(one.sum().astype(jnp.float32) for one in right)])

        def advance(number: Number, carry: tuple[Batch, Batch, Batch]) -> tuple[Batch, Batch, Batch]:
            state, _, total = carry
            answer, sample = step(params, kind, level, state, jax.random.fold_in(key, number))
            return jnp.where(erased, sample, clean), answer, total + jnp.where(number >= STEPS[-1] // 2, answer, 0)

        carry = held, held, jnp.zeros_like(held)
        seen, before = [look(held)], 0
        for moment in STEPS:
            carry = jax.lax.fori_loop(before, moment, advance, carry)
            seen.append(look(carry[1]))
            before = moment
        seen.append(look(carry[2] / (STEPS[-1] - STEPS[-1] // 2)))
        return jnp.stack(seen), (clean - held).sum()

    return run


def _named(reader: Reader, features: Codes) -> Named:
    named: Named = (features @ reader.weight + reader.bias).argmax(axis=1)
    return named
