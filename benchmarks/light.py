"""How far off answers from the lighter weights are: `python -m benchmarks.light` writes light.json.

In:  the committed weights; a thousand digits of MNIST's test set (DAE_DATA_DIR, else ../shared/mnist).
Out: for each model the largest difference of an output between the lighter form and float32, clean and under each noise
     of the site, and both files' bytes as gzip leaves them; for comparison the difference of bfloat16.
"""

import functools
import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.weights.golden import read_golden_pixels
from export.weights.light import BOUND, make_light, parse_light
from export.weights.weights_file import read_weights
from train.data.image_files import read_bytes, read_idx, unpack
from train.learn.params import Params
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.synthetic import digits as drawn_digits

RESULTS = Path(__file__).resolve().parent / "light.json"
FOUR = ("none", "masking-80", "salt-and-pepper-50", "gaussian-075")  # that the first page shows
COUNT = 1000
SEED = 2015

Pixels = NDArray[np.float32]


def digits(mnist: Path | None) -> Pixels:
    """A thousand digits, [COUNT, 784] in [0, 1]: of MNIST's test set, or drawn by a program where that is absent."""
    if mnist:
        path = mnist / "t10k-images-idx3-ubyte.gz"
        _, images = read_idx(path, unpack(path, read_bytes(path)))
    else:
        images = drawn_digits(COUNT, SEED)[0]
    return (images[:COUNT].reshape(COUNT, -1) / 255).astype(np.float32)


def worst_errors(exact: Params, other: Params, images: Pixels) -> dict[str, float]:
    """The largest difference of an output in [0, 1] between two models, by the noise that the images are under."""
    return {
        noise: float(np.abs(_answers(exact, inputs) - _answers(other, inputs)).max())
        for noise, inputs in noisy(images).items()
    }


def _answers(params: Params, images: Pixels) -> Pixels:
    """As a page computes: in float32, which is off by 1e-6."""
    with np.errstate(over="ignore"):  # of the exponential, whose sigmoid is 0 then
        code = 1 / (1 + np.exp(-(images @ params.weight + params.hidden_bias)))
        answers: Pixels = 1 / (1 + np.exp(-(code @ params.weight.T + params.visible_bias)))
    return answers


@functools.lru_cache(maxsize=1)
def _draws(shape: tuple[int, ...]) -> tuple[Pixels, Pixels]:
    random = np.random.Generator(np.random.PCG64(SEED))
    return random.random(shape, np.float32), random.standard_normal(shape, np.float32)


def noisy(images: Pixels) -> Mapping[str, Pixels]:
    """The images clean, and under each noise of the default file at the levels shown."""
    uniform, normal = _draws(images.shape)
    inputs: dict[str, Pixels] = {}
    for spec in read_config(ROOT / "models.toml").models:
        if spec.noise == "masking":
            inputs[spec.name] = images * (uniform >= spec.level)
        elif spec.noise == "salt-and-pepper":
            white = (uniform >= spec.level / 2) & (uniform < spec.level)
            inputs[spec.name] = images * (uniform >= spec.level) + white
        elif spec.noise == "gaussian":
            inputs[spec.name] = images + np.float32(spec.level**0.5) * normal
        else:
            inputs[spec.name] = images
    return inputs


def bfloat16(params: Params) -> Params:
    """The params, each rounded to bfloat16, ties to even."""

    def rounded(array: NDArray[np.float32]) -> NDArray[np.float32]:
        bits = array.view(np.uint32).astype(np.uint64)
        kept = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
        return kept.astype(np.uint32).view(np.float32)

    return Params(*(rounded(np.ascontiguousarray(array)) for array in params))


def main() -> None:
    """Measure every model of the default file and write light.json."""
    folder = os.environ.get("DAE_DATA_DIR") or ROOT.parent / "shared" / "mnist"
    images = digits(Path(folder))
    golden = read_golden_pixels(ROOT / "weights" / "golden")
    models: dict[str, dict[str, object]] = {}
    for spec in read_config(ROOT / "models.toml").models:
        weights = read_weights(ROOT / "weights" / f"{spec.name}.safetensors")
        light = make_light(weights, golden)
        if light is None:
            raise SystemExit(f"{spec.name}: expected a lighter form, got none")
        errors = worst_errors(weights.params, parse_light(light.data, spec.name), images)
        models[spec.name] = {
            "weights_sha256": weights.sha256,
            "float32_bytes": len(gzip.compress(weights.data, 6)),
            "light_bytes": len(gzip.compress(light.data, 6)),
            "worst": round(max(errors.values()), 4),
            "worst_clean": round(errors["none"], 4),
            "worst_bfloat16": round(max(worst_errors(weights.params, bfloat16(weights.params), images).values()), 4),
        }
        print(spec.name, models[spec.name])
    worst = max(float(str(model["worst"])) for model in models.values())
    results = {"digits": COUNT, "bound": BOUND, "worst": worst, "models": models}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(RESULTS)


if __name__ == "__main__":
    main()
