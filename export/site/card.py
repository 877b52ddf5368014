"""The picture that a link to the site carries where it is shared: what some of the models make of our own drawings.

In:  the models' weights and the sample digits.
Out: a PNG of 1200 x 630 pixels. Every reconstruction on it is a real one. The same input gives the same bytes.
"""

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from export.draw.strokes import Sample, render, stroke
from export.weights.reference import reconstruct
from export.weights.weights_file import Weights
from train.data.noise import NOISES

WIDTH, HEIGHT = 1200, 630
TITLE = "Denoising autoencoders"
LINES = ("Draw a digit. Networks", "trained on different noises", "redraw it, live.")
ROWS = ("drawn", "fed", "redrawn")
PREFERRED = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")  # those that differ most
COLUMNS = 4
HALVED = 0  # the digit of which half is fed
DIGITS = (2, 3, 6, 5)  # one for each column that is fed noise
TILE, GAP = 140, 16  # 140 is five times 28
LEFT, TOP = 536, 78  # of the first tile
MARGIN = 56
SEED = 1
SIDE = 28.0  # pixels along an edge of the images for which the samples are drawn
BACKGROUND, INK = (17, 24, 39), (250, 250, 247)  # the ends of the scale of greys
ACCENT = 255  # the one colour that is no grey
ACCENT_COLOUR = (251, 146, 60)

Pixels = NDArray[np.float64]


def make_card(models: Sequence[Weights], samples: Sequence[Sample]) -> bytes:
    """The card as a PNG file's bytes, with up to four of the models."""
    image = Image.new("P", (WIDTH, HEIGHT), 0)
    image.putpalette(_palette())
    draw = ImageDraw.Draw(image)
    _write_words(draw)
    for column, model in enumerate(choose(models)):
        x = LEFT + column * (TILE + GAP)
        digit = samples[HALVED if _is_half_fed(model) else DIGITS[column]]
        for row, pixels in enumerate(pictures(model, digit)):
            image.paste(_tile(pixels), (x, TOP + row * (TILE + GAP)))
        _write_name(draw, model.name, x)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6)
    return file.getvalue()


def choose(models: Sequence[Weights]) -> list[Weights]:
    """The models on the card: the preferred ones, then others as they come."""
    by_name = {model.name: model for model in models}
    names = [name for name in PREFERRED if name in by_name]
    names += [name for name in by_name if name not in names]
    return [by_name[name] for name in names[:COLUMNS]]


def pictures(model: Weights, digit: Sample) -> tuple[Pixels, Pixels, Pixels]:
    """A digit as drawn, as fed to the model, and as the model redraws it; each [visible]."""
    side = math.isqrt(model.visible)
    strokes = [stroke(one.tool, one.points * side / SIDE) for one in digit.strokes]
    drawn = render(strokes, side).astype(np.float64)
    fed = _erase_half(drawn, side) if _is_half_fed(model) else _corrupt(drawn, model)
    return drawn, fed, reconstruct(model.params, fed)


def _is_half_fed(model: Weights) -> bool:
    """Masking learns to complete, and the plain autoencoder beside it does not: both get half a digit."""
    return model.facts.noise in ("none", "masking")


def _erase_half(pixels: Pixels, side: int) -> Pixels:
    """The lower half set to 0."""
    halved = pixels.copy()
    halved[side * (side // 2) :] = 0
    return halved


def _corrupt(pixels: Pixels, model: Weights) -> Pixels:
    """The model's own noise at its own level, always the same draw of it."""
    noise = NOISES[model.facts.noise]
    generator = np.random.Generator(np.random.PCG64(SEED))
    count = noise.count(pixels.size)
    draws = generator.standard_normal(count) if noise.draw == "normal" else generator.random(count)
    corrupted = noise.apply(pixels.astype(np.float32), model.facts.level, draws.astype(np.float32))
    return corrupted.astype(np.float64)


def _tile(pixels: Pixels) -> Image.Image:
    """Pixels as a square of greys with hard edges; an edge of one shade tells it from the background."""
    side = math.isqrt(pixels.size)
    greys = np.round(20 + 230 * np.clip(pixels, 0, 1)).astype(np.uint8).reshape(side, side)
    tile = Image.frombytes("P", (side, side), greys.tobytes())
    return tile.resize((TILE, TILE), Image.Resampling.NEAREST)


def _palette() -> list[int]:
    """Index 0 is the background, 254 ink, the shades between them; 255 the accent."""
    share = np.arange(255)[:, None] / 254
    shades = np.round((1 - share) * np.array(BACKGROUND) + share * np.array(INK)).astype(int)
    return [*shades.ravel().tolist(), *ACCENT_COLOUR]


def _write_words(draw: ImageDraw.ImageDraw) -> None:
    """The title on the left and what the rows show."""
    large, medium = ImageFont.load_default(52), ImageFont.load_default(26)
    first, second = TITLE.split()
    draw.text((MARGIN, 70), first, font=large, fill=254)
    draw.text((MARGIN, 130), second, font=large, fill=254)
    draw.line((MARGIN + 2, 216, MARGIN + 72, 216), fill=ACCENT, width=6)
    for k, line in enumerate(LINES):
        draw.text((MARGIN, 248 + 38 * k), line, font=medium, fill=200)
    small = ImageFont.load_default(22)
    for row, word in enumerate(ROWS):
        middle = TOP + row * (TILE + GAP) + TILE // 2
        draw.text((LEFT - 20, middle), word, font=small, fill=ACCENT, anchor="rm")


def _write_name(draw: ImageDraw.ImageDraw, name: str, x: int) -> None:
    """A model's name under its column, smaller where it is long."""
    longest = TILE + GAP - 4
    height = 20
    while height > 8 and draw.textlength(name, ImageFont.load_default(height)) > longest:
        height -= 1
    bottom = TOP + len(ROWS) * (TILE + GAP) + 18
    draw.text((x + TILE // 2, bottom), name, font=ImageFont.load_default(height), fill=200, anchor="ms")
