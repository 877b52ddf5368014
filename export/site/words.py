"""Words with numbers in them: the level of a noise, as site_template/js/page/words.js puts them.

In:  a level, and a pattern of the catalogue: `level.<measure>` (in a name), `level.short.<measure>` (on a tile),
     `level.long.<measure>` (beside a slider); the measure is that of the noise, or "none".
Out: the pattern filled; and what the scripts are told of the noises, in which the pattern comes along.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from export.site.catalogue import PLACEHOLDER, Messages
from train.data.noise import Noise


def describe(pattern: str, level: float) -> str:
    """A level in words: whichever of {percent}, {level} and {sigma} the pattern has are filled."""
    values = {"percent": f"{100 * level:g}", "level": _hundredths(level), "sigma": _hundredths(math.sqrt(level))}
    return PLACEHOLDER.sub(lambda match: values[match[1]], pattern)


def level_key(noise: Noise, form: str = "") -> str:
    """The key of the pattern for levels of a noise; `form` is "", "short" or "long"."""
    return ".".join(["level", *([form] if form else []), noise.measure or "none"])


@dataclass(frozen=True)
class NoiseWords:
    """What a noise and its levels are called in one language."""

    name: str
    short: str
    level: str  # a pattern


@dataclass(frozen=True)
class NoiseEntry:
    """What scripts are told of a noise; site_template/js/draw/noise.js knows the rest."""

    kind: str
    draw: str | None
    count: int  # draws for one image
    minimum: float
    maximum: float
    slider: float
    words: NoiseWords


def noise_entries(noises: Iterable[Noise], visible: int, catalogue: Messages) -> list[NoiseEntry]:
    """The table of noises for images of so many pixels, in one language."""
    return [
        NoiseEntry(
            one.kind,
            one.draw,
            one.count(visible),
            one.minimum,
            one.maximum,
            one.slider,
            NoiseWords(
                catalogue[f"noise.{one.kind}"], catalogue[f"noise.short.{one.kind}"], catalogue[level_key(one, "long")]
            ),
        )
        for one in noises
    ]


def _hundredths(value: float) -> str:
    """Two digits, halves rounded up as JavaScript's toFixed does."""
    return str(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))
