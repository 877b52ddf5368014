"""What stands on the walk follows from what the site has: models spread over the noises, drawings within the frame."""

from dataclasses import dataclass

import numpy as np
import pytest

from export.draw.strokes import read_samples
from export.site.tries import choose_models, make_tries
from workshop.checkout import ROOT

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")


@dataclass(frozen=True)
class Shown:
    noise: str
    level: float
    external: bool = False


def choose(*models: str) -> list[str]:
    made = [Shown(noise, float(level)) for noise, level in (one.split(" ") for one in models)]
    return [f"{one.noise} {one.level:g}" for one in choose_models(made)]


ELEVEN = (
    "none 0",
    *(f"masking {level}" for level in (0.25, 0.5, 0.8)),
    *(f"salt-and-pepper {level}" for level in (0.25, 0.5, 0.75)),
    *(f"gaussian {level}" for level in (0.25, 0.5, 0.75, 1)),
)


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (ELEVEN, ["none 0", "masking 0.8", "salt-and-pepper 0.5", "gaussian 0.75"]),
        (ELEVEN[::-1], ["none 0", "masking 0.8", "salt-and-pepper 0.5", "gaussian 0.75"]),
        (("gaussian 2",), ["gaussian 2"]),
        (("masking 0.3", "masking 0.7"), ["masking 0.3", "masking 0.7"]),
        (("masking 0.5", "none 0"), ["none 0", "masking 0.5"]),
        (ELEVEN[1:4], ["masking 0.25", "masking 0.5", "masking 0.8"]),
        (("masking 0.1", "masking 0.2", "masking 0.9", "masking 0.8", "none 0"), None),
        (("none 0", "blank-rows 0.5", "masking 0.5"), ["none 0", "masking 0.5", "blank-rows 0.5"]),
    ],
)
def test_up_to_four_models_stand_there_spread_over_the_noises(models: tuple[str, ...], expected: list[str]) -> None:
    assert choose(*models) == (expected or ["none 0", "masking 0.1", "masking 0.2", "masking 0.8"])


def test_models_trained_elsewhere_come_after_ours() -> None:
    ours, theirs = Shown("masking", 0.2), Shown("masking", 0.8, external=True)
    assert choose_models([theirs, ours, *[Shown("none", 0)] * 3])[-1] in (ours, theirs)
    assert choose_models([theirs]) == (theirs,)


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist", "custom"])
@pytest.mark.parametrize("side", [16, 28, 40])
def test_every_drawing_lies_where_digits_do_but_for_a_pixel(dataset: str, side: int) -> None:
    for one in make_tries(SAMPLES, dataset, side):
        points = np.concatenate([stroke.points for stroke in one.strokes])
        radius = 1.25 * min(1, side / 28)
        assert points.min() - radius >= 4 * side / 28 - 1, one.name
        assert points.max() + radius <= 24 * side / 28 + 1, one.name
        assert one.pixels.shape == (side * side,)
        assert one.pixels.sum() > 10


def test_fewer_dots_stand_where_a_part_is_missing() -> None:
    half, dots, both = make_tries(SAMPLES, "mnist", 28)
    assert [len(one.strokes) for one in (half, dots, both)] == [1, 8, 5]
    assert half.pixels.reshape(28, 28)[16:].sum() == 0
