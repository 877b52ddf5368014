"""The noises: what is done to an image before the autoencoder sees it. The table `NOISES` is the only list of kinds.

In:  pixels [..., visible] in [0, 1], row-major; a level; and draws [..., `Noise.count(visible)`].
Out: corrupted pixels of the same shape.

Method: P. Vincent, H. Larochelle, Y. Bengio, P.-A. Manzagol, "Extracting and Composing Robust Features with Denoising
Autoencoders", ICML 2008 (masking), and the same authors with I. Lajoie, JMLR 11 (2010), section 3.3 (all three).

`apply` is pure and works on numpy and on JAX arrays alike, so that the page's JavaScript can be checked against it on
the very same draws. Nothing here imports JAX until `corrupt` draws.

A new noise is a row of the table, a function of the same name in site_template/js/draw/noise.js, and its words in the
catalogues (`noise.<kind>`, `noise.short.<kind>`); nothing else.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, Union, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import jax

A = TypeVar("A", NDArray[np.float32], "jax.Array")
Level = Union[float, "jax.Array"]  # a scalar, also one that JAX traces


@runtime_checkable
class Apply(Protocol):
    """What a noise does to pixels, given its draws."""

    def __call__(self, pixels: A, level: Level, draws: A, /) -> A:
        """The corrupted pixels."""
        ...


@dataclass(frozen=True)
class Noise:
    """One kind of noise: the levels it allows, how it is drawn and what it does."""

    kind: str
    draw: Literal["uniform", "normal"] | None  # every draw is from U[0, 1), from N(0, 1), or there is none
    measure: Literal["share", "variance"] | None  # what the level is: of the pixels, of the numbers added, or nothing
    minimum: float  # smallest allowed level
    maximum: float  # largest allowed level
    slider: float  # the largest level that the page's slider offers of itself
    apply: Apply
    per_pixel: int = 1  # draws
    per_image: int = 0  # draws, which come after those of the pixels

    def count(self, visible: int) -> int:
        """How many draws an image of so many pixels takes."""
        return self.per_pixel * visible + self.per_image if self.draw else 0

    def draws(self, key: "jax.Array", shape: tuple[int, ...]) -> "jax.Array":
        """The float32 draws for pixels of this shape, [..., count(visible)], from the JAX `key`."""
        import jax

        draw = jax.random.normal if self.draw == "normal" else jax.random.uniform
        return draw(key, (*shape[:-1], self.count(shape[-1])), "float32")

    def corrupt(self, key: "jax.Array", pixels: "jax.Array", level: Level) -> "jax.Array":
        """Corrupt `pixels` (a JAX array, [..., visible]) at `level` with fresh draws from `key`."""
        return self.apply(pixels, level, self.draws(key, pixels.shape))

    def level_name(self, level: float) -> str:
        """The level as it stands in a model's name: "80", "075", "100", "12.5"; empty where there is no level."""
        if self.measure is None:
            return ""
        hundredths = (Decimal(str(level)) * 100).normalize()
        whole, _, rest = f"{hundredths:f}".partition(".")
        digits = 2 if self.measure == "share" else 3  # 0.80 is "80", 0.75 is "075"
        return whole.zfill(digits) + (f".{rest}" if rest else "")


def _keep(pixels: A, level: Level, draws: A, /) -> A:
    """No noise at all."""
    return pixels


def _mask(pixels: A, level: Level, draws: A, /) -> A:
    """Each pixel, with probability `level`, becomes 0."""
    return pixels * (draws >= level).astype(pixels.dtype)


def _salt_and_pepper(pixels: A, level: Level, draws: A, /) -> A:
    """Each pixel, with probability `level`, becomes 0 or 1, each with probability one half."""
    kept = (draws >= level).astype(pixels.dtype)
    white = ((draws >= level / 2) & (draws < level)).astype(pixels.dtype)
    return pixels * kept + white


def _gaussian(pixels: A, level: Level, draws: A, /) -> A:
    """Adds a normal number of variance `level` to each pixel; the result is not clipped."""
    deviation: float = cast("float", level) ** 0.5  # numpy's arrays and JAX's scalars never meet
    return pixels + deviation * draws


NOISES: dict[str, Noise] = {
    noise.kind: noise
    for noise in (
        Noise("none", None, None, minimum=0.0, maximum=0.0, slider=0.0, apply=_keep),
        Noise("masking", "uniform", "share", minimum=0.0, maximum=1.0, slider=1.0, apply=_mask),
        Noise("salt-and-pepper", "uniform", "share", minimum=0.0, maximum=1.0, slider=1.0, apply=_salt_and_pepper),
        Noise("gaussian", "normal", "variance", minimum=0.0, maximum=100.0, slider=2.0, apply=_gaussian),
    )
}
