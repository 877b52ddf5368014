"""The noises: what is done to an image before the autoencoder sees it. The table `NOISES` is the only list of kinds.

In:  pixels (any shape, values in [0, 1]), a level, and one draw per pixel.
Out: corrupted pixels of the same shape.

Method: P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol, "Extracting and Composing Robust Features with Denoising
Autoencoders", ICML 2008 (masking), and the same authors with I. Lajoie, JMLR 11 (2010), section 3.3 (all three).

`apply` is pure and works on numpy and on JAX arrays alike, so that the page's JavaScript can be checked against it on
the very same draws. Nothing here imports JAX until `corrupt` draws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True)
class Noise:
    """One kind of noise: the levels it allows, how it is drawn and what it does."""

    kind: str
    draw: Literal["uniform", "normal"] | None  # one number per pixel: U[0, 1), N(0, 1), or none at all
    minimum: float  # smallest allowed level
    maximum: float  # largest allowed level
    name_digits: int  # digits of 100 x level in a model's name: 2 makes 0.80 "80", 3 makes 0.75 "075"
    apply: Callable[[Any, float, Any], Any]  # (pixels, level, draws) -> corrupted
    mean: Callable[[Any, Any], Any]  # (pixels, level) -> the mean of corrupted over all draws

    def draws(self, key: Any, shape: tuple[int, ...]) -> Any:
        """One float32 draw per pixel from the JAX `key`; None where the noise needs none."""
        if self.draw is None:
            return None
        import jax

        draw = jax.random.uniform if self.draw == "uniform" else jax.random.normal
        return draw(key, shape, "float32")

    def stratified_draws(self, key: Any, shape: tuple[int, ...], orders: Any) -> Any:
        """Draws [copies, *shape] for as many copies of the same pixels, spread more evenly than independent ones.

        Latin hypercube sampling (M. McKay, R. Beckman, W. Conover, Technometrics 21 (1979) 239-245): of the copies of
        a pixel each has its number in another of `copies` equal strata; within one copy the pixels are independent and
        distributed as ever. `orders` [many, copies] has a permutation of 0 .. copies - 1 in each row; every pixel takes
        one of them, turned by a number of its own, without which a copy's strata would be those of its column.
        """
        if self.draw is None:
            return None
        import jax
        import jax.numpy as jnp

        many, copies = orders.shape
        key_order, key_within = jax.random.split(key)
        bits = jax.random.bits(key_order, shape, "uint32")
        turned = (orders[bits % many] + (bits // many % copies)[..., None]) % copies
        within = jax.random.uniform(key_within, (copies, *shape), "float32")
        largest = 1 - 2**-24  # below 1, also where the sum is rounded up
        uniform = jnp.minimum((jnp.moveaxis(turned, -1, 0).astype("float32") + within) / copies, largest)
        if self.draw == "uniform":
            return uniform
        return jax.scipy.special.ndtri(jnp.maximum(uniform, 2**-24))

    def corrupt(self, key: Any, pixels: Any, level: float) -> Any:
        """Corrupt `pixels` (a JAX array of any shape) at `level` with fresh draws from `key`."""
        return self.apply(pixels, level, self.draws(key, pixels.shape))

    def corrupt_copies(self, key: Any, pixels: Any, level: float, orders: Any) -> Any:
        """Corrupt copies of `pixels` (a JAX array), with stratified draws: [copies, *pixels.shape]."""
        import jax.numpy as jnp

        copies = jnp.broadcast_to(pixels, (orders.shape[1], *pixels.shape))
        return self.apply(copies, level, self.stratified_draws(key, pixels.shape, orders))

    def level_name(self, level: float) -> str:
        """The level as it stands in a model's name: "80", "075", "100", "12.5"; empty where there is no level."""
        if self.draw is None:
            return ""
        hundredths = (Decimal(str(level)) * 100).normalize()
        whole, _, rest = f"{hundredths:f}".partition(".")
        return whole.zfill(self.name_digits) + (f".{rest}" if rest else "")


def _keep(pixels: Any, level: float, draws: Any) -> Any:
    """No noise at all."""
    return pixels


def _mask(pixels: Any, level: float, draws: Any) -> Any:
    """Each pixel, with probability `level`, becomes 0."""
    return pixels * (draws >= level).astype(pixels.dtype)


def _salt_and_pepper(pixels: Any, level: float, draws: Any) -> Any:
    """Each pixel, with probability `level`, becomes 0 or 1, each with probability one half."""
    kept = (draws >= level).astype(pixels.dtype)
    white = ((draws >= level / 2) & (draws < level)).astype(pixels.dtype)
    return pixels * kept + white


def _gaussian(pixels: Any, level: float, draws: Any) -> Any:
    """Adds a normal number of variance `level` to each pixel; the result is not clipped."""
    return pixels + level**0.5 * draws


def _same(pixels: Any, level: Any) -> Any:
    """The mean of a noise that adds as often as it takes away."""
    return pixels


def _mean_masked(pixels: Any, level: Any) -> Any:
    return (1 - level) * pixels


def _mean_salted(pixels: Any, level: Any) -> Any:
    return (1 - level) * pixels + level / 2


NOISES: dict[str, Noise] = {
    noise.kind: noise
    for noise in (
        Noise("none", None, minimum=0.0, maximum=0.0, name_digits=0, apply=_keep, mean=_same),
        Noise("masking", "uniform", minimum=0.0, maximum=1.0, name_digits=2, apply=_mask, mean=_mean_masked),
        Noise(
            "salt-and-pepper",
            "uniform",
            minimum=0.0,
            maximum=1.0,
            name_digits=2,
            apply=_salt_and_pepper,
            mean=_mean_salted,
        ),
        Noise("gaussian", "normal", minimum=0.0, maximum=100.0, name_digits=3, apply=_gaussian, mean=_same),
    )
}
