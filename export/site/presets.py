"""Links that set the page up to show something: the claims of the text, and each bar and cell of its figures.

In:  the sample digits and the models of the site.
Out: hashes of the page's address by name; site_template/js/page/state.js reads them.

    complete, complete_none, complete_salt, complete_gaussian    the lower half of a digit is missing
    specks, specks_none, specks_masking, specks_gaussian         dots of the pen around a digit
    both, both_masking, both_salt                                a gap in a digit, and dots
    clean_none, clean_masking                                    a digit as it is
    own_<model>                                                  a digit, corrupted as in the model's training
    completion_<model>, cleaning_<model>                         the drawings of `complete` and `specks`
    pair_<model>_<other>                                         a digit, corrupted as in the training of the other

A claim is made with the model of its noise whose level is nearest to the one that is spoken of. Where no model has that
noise, the name is left out.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from export.draw.strokes import RADIUS, Sample, Stroke, encode_strokes, stroke
from export.site.model import Model

SIDE = 28.0  # pixels along an edge of the images for which the samples are drawn
TYPICAL = {"none": 0.0, "masking": 0.8, "salt-and-pepper": 0.5, "gaussian": 0.75}  # the levels that the text speaks of
WORDS = {"none": "none", "masking": "masking", "salt": "salt-and-pepper", "gaussian": "gaussian"}
# The digits on which the claims are seen best, and where the dots are: within the height of the digit, so that fitting
# the drawing into the digit box hardly moves it.
COMPLETED, SPECKLED, BOTH, PLAIN = 2, 5, 0, 3
SPECKS = ((6.5, 8.5), (21.5, 10.5), (7.5, 17.5), (22.5, 17.5), (20.5, 6.5), (5.5, 13.5), (11.5, 14.5), (22.5, 21.5))
FEW = ((5.25, 6), (22.75, 6), (5.25, 12.5), (22.75, 14))  # where there is a gap as well


def make_presets(samples: Sequence[Sample], models: Sequence[Model]) -> Mapping[str, str]:
    """The hash of each preset by its name."""
    drawings = _drawings(samples, math.isqrt(models[0].visible) / SIDE)
    typical = {kind: model for kind in TYPICAL if (model := _nearest(models, kind, TYPICAL[kind]))}
    presets = {
        name: make_hash(typical[kind].name, drawing=drawings[drawing])
        for name, drawing, kind in _claims()
        if kind in typical
    }
    for model in models:
        presets[f"own_{model.name}"] = make_hash(model.name, drawing=drawings["clean"], noise="trained")
        presets[f"completion_{model.name}"] = make_hash(model.name, drawing=drawings["complete"])
        presets[f"cleaning_{model.name}"] = make_hash(model.name, drawing=drawings["specks"])
    return _Presets(presets, models, drawings["clean"])


class _Presets(Mapping[str, str]):
    """Hashes by name; those of pairs, of which a thousand models have a million, are made when they are asked for."""

    def __init__(self, made: Mapping[str, str], models: Sequence[Model], drawing: str) -> None:
        self._made, self._drawing = made, drawing
        self._models = {model.name: model for model in models}

    def __getitem__(self, name: str) -> str:
        if name in self._made:
            return self._made[name]
        kind, *pair = name.split("_")  # which no model's name has in it
        if kind != "pair" or len(pair) != 2 or not set(pair) <= self._models.keys():
            raise KeyError(name)
        model, other = (self._models[one] for one in pair)
        return make_hash(model.name, drawing=self._drawing, noise=other.noise, level=other.level)

    def __iter__(self) -> Iterator[str]:
        yield from self._made
        yield from (f"pair_{model}_{other}" for model in self._models for other in self._models)

    def __len__(self) -> int:
        return len(self._made) + len(self._models) ** 2


def make_hash(model: str, *, drawing: str = "", noise: str = "none", level: float | None = None) -> str:
    """The hash that sets the page so, as the page itself would write it."""
    parameters = {"model": model}
    if drawing:
        parameters["draw"] = drawing
    if noise != "none":
        parameters["noise"] = noise
        if level is not None:
            parameters["level"] = f"{level:.12g}"
    return "#" + urlencode(parameters)


def _claims() -> Iterator[tuple[str, str, str]]:
    """Name, drawing and noise of each claim of the text."""
    yield "complete", "complete", "masking"
    yield "specks", "specks", "salt-and-pepper"
    yield "both", "both", "gaussian"
    for drawing, words in (
        ("complete", ("none", "salt", "gaussian")),
        ("specks", ("none", "masking", "gaussian")),
        ("both", ("masking", "salt")),
        ("clean", ("none", "masking")),
    ):
        for word in words:
            yield f"{drawing}_{word}", drawing, WORDS[word]


def _nearest(models: Sequence[Model], kind: str, level: float) -> Model | None:
    """The model of this noise with the nearest level; those trained elsewhere come last."""
    return min(
        (model for model in models if model.noise == kind),
        key=lambda model: (model.external, abs(model.level - level)),
        default=None,
    )


def _drawings(samples: Sequence[Sample], scale: float) -> Mapping[str, str]:
    """The drawings as text, `scale` times as large as in MNIST's images."""
    digits = [[stroke(one.tool, scale * one.points) for one in sample.strokes] for sample in samples]
    specks, few = ([stroke("soft", [(scale * x, scale * y)]) for x, y in dots] for dots in (SPECKS, FEW))
    gap = stroke("hole", [(scale * 4, scale * 20), (scale * 24, scale * 20)])
    return {
        "complete": encode_strokes([*digits[COMPLETED], _missing_below(scale * 14, scale * SIDE)]),
        "specks": encode_strokes([*digits[SPECKLED], *specks]),
        "both": encode_strokes([*digits[BOTH], *few, gap]),
        "clean": encode_strokes(digits[PLAIN]),
    }


def _missing_below(top: float, side: float) -> Stroke:
    """A hole from the row `top` to the foot of the image, drawn to and fro in one stroke."""
    radius = RADIUS["hole"]
    left, right = radius, side - radius
    points: list[tuple[float, float]] = []
    y = top + radius
    while not points or y < side:
        points += [(left, y), (right, y)]
        left, right = right, left
        y += 2 * radius
    return stroke("hole", points)
