"""What a trained model can do, in numbers, on test images it has never seen.

In:  params, test images [count, visible] of uint8, and the noises to measure on.
Out: losses in nats an image, and the shares of ink that the article's two sentences are about.

    test loss    the cross-entropy of the reconstruction with the clean image, the input corrupted by one fixed draw
                 of the noise; its spread is the standard deviation of that mean over DRAWS other draws
    completion   the lower half of each digit is erased (from the middle row of its ink downwards, and fed as 0).
                 restored: share of the erased ink that the reconstruction has there: sum(min(reconstruction, clean))
                 / sum(clean) over the erased rows; added: ink that it has there beyond the clean image's, as a share
                 of the same sum
    cleaning     SPECKS single white pixels are added where no ink is within two pixels.
                 removed: share of the specks' ink that is gone, 1 - sum(reconstruction at specks) / SPECKS;
                 lost: share of the digit's ink that is gone: 1 - sum(min(reconstruction, clean)) / sum(clean) over
                 all pixels

All draws come from MEASURE_SEED, so that every model is measured on the same corrupted images.
"""

import functools
from collections.abc import Callable, Iterable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from train.data.noise import NOISES
from train.learn.measures import Cleaning, Completion, Measures
from train.learn.model import RandomKey, Scalar, loss, reconstruct
from train.learn.params import Params
from train.settings.config import ModelSpec

Images = NDArray[np.uint8]  # [count, visible]
Noise = tuple[str, float]  # kind and level

MEASURE_SEED = 2015  # of every draw in this module; no recipe's seed has any part in it
SPECKS = 5
DRAWS = 10  # of the noise, for the spread of the test loss
_BATCH = 500  # images at a time


def measure(params: Params, images: Images, spec: ModelSpec, noises: Mapping[str, Noise]) -> Measures:
    """All that is measured of a model, on test images."""
    own, clean = (spec.noise, spec.level), ("none", 0.0)  # mostly two of the noises
    losses = losses_by_noise(params, images, {own, clean, *noises.values()})
    return Measures(
        test_loss=losses[own],
        test_loss_clean=losses[clean],
        test_loss_by_noise={name: losses[noise] for name, noise in noises.items()},
        completion=completion(params, images),
        cleaning=cleaning(params, images),
        test_loss_spread=round(loss_spread(params, images, spec.noise, spec.level), 4),
    )


def mean_loss(params: Params, images: Images, noise: str, level: float, seed: int = MEASURE_SEED) -> float:
    """The mean loss over `images`, corrupted by fixed draws, one key an image."""
    keys = jax.random.split(jax.random.key(seed, impl="threefry2x32"), len(images))
    per_image = _losses(noise)
    total = 0.0
    for start in range(0, len(images), _BATCH):
        part = slice(start, start + _BATCH)
        total += float(per_image(params, jnp.asarray(images[part]), keys[part], jnp.float32(level)).sum())
    return total / len(images)


@functools.cache
def _losses(noise: str) -> Callable[[Params, Array, Array, Scalar], Array]:
    """One compiled function for each kind of noise: the loss of each of a batch of images."""

    def one(params: Params, image: Array, key: RandomKey, level: Scalar) -> Scalar:
        clean = image.astype(jnp.float32) / 255
        return loss(params, NOISES[noise].corrupt(key, clean, level), clean)

    return jax.jit(jax.vmap(one, in_axes=(None, 0, 0, None)))


def loss_spread(params: Params, images: Images, noise: str, level: float) -> float:
    """The standard deviation of the mean loss over DRAWS draws of the noise; 0 where it draws nothing."""
    if NOISES[noise].draw is None:
        return 0.0
    seeds = range(MEASURE_SEED + 1, MEASURE_SEED + 1 + DRAWS)
    return float(np.std([mean_loss(params, images, noise, level, seed) for seed in seeds], ddof=1))


def losses_by_noise(params: Params, images: Images, noises: Iterable[Noise]) -> dict[Noise, float]:
    """The mean loss under each noise."""
    return {noise: round(mean_loss(params, images, *noise), 4) for noise in noises}


def completion(params: Params, images: Images) -> Completion:
    """`restored` and `added`, as defined above."""
    clean = _unit(images)
    erased = lower_half(clean)
    made = reconstructions(params, np.where(erased, np.float32(0), clean))
    ink = clean[erased].sum(dtype=np.float64)
    restored = np.minimum(made, clean)[erased].sum(dtype=np.float64)
    added = np.maximum(made - clean, 0)[erased].sum(dtype=np.float64)
    return Completion(restored=_share(restored, ink), added=_share(added, ink))


def cleaning(params: Params, images: Images) -> Cleaning:
    """`removed` and `lost`, as defined above."""
    clean = _unit(images)
    specks = place_specks(clean)
    made = reconstructions(params, np.where(specks, np.float32(1), clean))
    added, left = float(specks.sum()), made[specks].sum(dtype=np.float64)
    kept = np.minimum(made, clean).sum(dtype=np.float64)
    ink = clean.sum(dtype=np.float64)
    return Cleaning(removed=_share(added - left, added), lost=_share(ink - kept, ink))


def lower_half(clean: NDArray[np.float32]) -> NDArray[np.bool_]:
    """[count, visible]: the rows from the middle of each image's ink downwards."""
    side = round(clean.shape[1] ** 0.5)
    inked = clean.reshape(-1, side, side).max(axis=2) > 0
    top = inked.argmax(axis=1)
    bottom = side - inked[:, ::-1].argmax(axis=1)  # one past the last row of ink
    below = np.arange(side) >= ((top + bottom + 1) // 2)[:, None]
    return np.repeat(below, side, axis=1)


def place_specks(clean: NDArray[np.float32]) -> NDArray[np.bool_]:
    """[count, visible]: SPECKS pixels of each image with no ink within two pixels, where there are that many."""
    side = round(clean.shape[1] ** 0.5)
    padded = np.pad(clean.reshape(-1, side, side), ((0, 0), (2, 2), (2, 2)))
    near = np.max([padded[:, y : y + side, x : x + side] for y in range(5) for x in range(5)], axis=0)
    order = np.random.default_rng(MEASURE_SEED).random(clean.shape)
    order[near.reshape(clean.shape) > 0] = 2
    chosen = np.argsort(order, axis=1)[:, :SPECKS]
    specks = np.zeros(clean.shape, bool)
    np.put_along_axis(specks, chosen, True, axis=1)
    return specks & (order < 2)


def _unit(images: Images) -> NDArray[np.float32]:
    return images.astype(np.float32) / np.float32(255)


def _share(part: float, whole: float) -> float:
    return round(float(part) / float(whole), 4) if whole else 0.0


def reconstructions(params: Params, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the model makes of each row of pixels, [count, visible]."""
    run = jax.jit(jax.vmap(reconstruct, in_axes=(None, 0)))
    parts = [run(params, jnp.asarray(pixels[at : at + _BATCH])) for at in range(0, len(pixels), _BATCH)]
    return np.concatenate([np.asarray(part) for part in parts])
