"""What Fit does to 1,000 of MNIST's test digits: halves that lie where they belong, and digits that do not.

    python -m benchmarks.fit          writes benchmarks/fit.json

In:  MNIST's test images where `--data-dir` or $DAE_DATA_DIR has them, the committed weights, and the fit of the page in
     Chromium, told each image as dots of the thin pen on its ink.
Out: halves   each half of a digit kept: the share of the missing ink that masking 80 % restores, as drawn and after Fit
     moved    whole digits at each edge of the pad: the share of the fed ink that the plain model and masking 80 % give
              back, as drawn and after Fit
Small digits are drawn anew from their strokes, which MNIST does not have: tests/test_page_fit.py has those.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from train.data.dataset import load_dataset
from train.learn.params import Params
from workshop.browser import launch
from workshop.checkout import ROOT
from workshop.scripts import open_modules, serving

Image = NDArray[np.float64]  # [28, 28]
Transform = tuple[float, float, float]  # scale, dx, dy

RESULTS = Path(__file__).with_suffix(".json")
COUNT = 1000
SIDE = 28
INK = 0.5
FIT = """async (images) => {
  const { fitTransform } = await load("draw/fit");
  const { strokeFromPoints } = await load("draw/strokes");
  const scratch = new Float32Array(784);
  return images.map((points) => {
    const strokes = points.map((point) => strokeFromPoints("hard", [point]));
    const { scale, dx, dy } = fitTransform(strokes, 28, scratch);
    return [scale, dx, dy];
  });
}"""


def fit(page: Page, images: list[Image]) -> list[Transform]:
    """The page's transform of each image."""
    points = [(np.argwhere(image > INK)[:, ::-1] + 0.5).tolist() for image in images]
    found = []
    for start in range(0, len(points), 200):
        found += page.evaluate(FIT, points[start : start + 200])
    return [(scale, dx, dy) for scale, dx, dy in found]


def move(image: Image, transform: Transform) -> Image:
    """An image moved and scaled, sampled bilinearly."""
    scale, dx, dy = transform
    if transform == (1, 0, 0):
        return image
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    x, y = (columns - dx) / scale - 0.5, (rows - dy) / scale - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    padded = np.pad(image, SIDE)
    moved = np.zeros_like(image)
    for right in (0, 1):
        for below in (0, 1):
            weight = (x - left if right else 1 - x + left) * (y - top if below else 1 - y + top)
            row, column = np.clip(top + below, -SIDE, 2 * SIDE - 1), np.clip(left + right, -SIDE, 2 * SIDE - 1)
            moved += weight * padded[row + SIDE, column + SIDE]
    return moved


def box(image: Image) -> tuple[int, int, int, int]:
    """Left, right, top and bottom of the ink."""
    rows, columns = np.nonzero(image > INK)
    return columns.min(), columns.max() + 1, rows.min(), rows.max() + 1


def halves(image: Image) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each half of a digit by the middle of its ink: which pixels are kept."""
    left, right, top, bottom = box(image)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    upper, lefter = rows < (top + bottom) // 2, columns < (left + right) // 2
    yield from (("upper", upper), ("lower", ~upper), ("left", lefter), ("right", ~lefter))


def displaced(image: Image) -> Iterator[tuple[str, Image]]:
    """A digit at each edge of the pad."""
    left, right, top, bottom = box(image)
    for name, dx, dy in (("left", -left, 0), ("right", SIDE - right, 0), ("up", 0, -top), ("down", 0, SIDE - bottom)):
        yield name, move(image, (1.0, float(dx), float(dy)))


def restored(params: Params, fed: list[Image], missing: list[Image]) -> float:
    """The share of the missing ink that the answers have."""
    answers = reconstruct(params, np.array(fed).reshape(-1, SIDE * SIDE))
    wanted = np.array(missing).reshape(-1, SIDE * SIDE)
    return float(np.minimum(answers, wanted).sum() / wanted.sum())


def measure(page: Page, images: list[Image]) -> dict[str, dict[str, dict[str, float]]]:
    """Shares by what was drawn: as drawn, and after Fit."""
    masking, plain = (read_weights(ROOT / "weights" / f"{name}.safetensors").params for name in ("masking-80", "none"))
    kept: dict[str, list[tuple[Image, Image]]] = {}
    moved: dict[str, list[Image]] = {}
    for image in images:
        for name, keep in halves(image):
            kept.setdefault(name, []).append((image * keep, image * ~keep))
        for name, other in displaced(image):
            moved.setdefault(name, []).append(other)
    shares: dict[str, dict[str, dict[str, float]]] = {"halves": {}, "moved": {}}
    for name, pairs in kept.items():
        found = fit(page, [half for half, _ in pairs])
        fitted = [(move(half, one), move(rest, one)) for (half, rest), one in zip(pairs, found, strict=True)]
        shares["halves"][name] = {
            "as_drawn": restored(masking, *map(list, zip(*pairs, strict=True))),
            "fitted": restored(masking, *map(list, zip(*fitted, strict=True))),
            "left_alone": found.count((1, 0, 0)) / len(found),
        }
    for name, drawn in moved.items():
        found = fit(page, drawn)
        after = [move(one, transform) for one, transform in zip(drawn, found, strict=True)]
        shares["moved"][name] = {
            f"{model}_{what}": restored(params, fed, fed)
            for model, params in (("plain", plain), ("masking", masking))
            for what, fed in (("as_drawn", drawn), ("fitted", after))
        }
    return shares


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Measure what Fit does to MNIST's test digits.")
    parser.add_argument("--data-dir", type=Path)
    data_dir = parser.parse_args().data_dir
    pixels = load_dataset("mnist", data_dir).test[:COUNT].astype(np.float64) / 255
    with sync_playwright() as playwright, TemporaryDirectory() as folder, serving(Path(folder)) as url:
        browser = launch(playwright)
        shares = measure(open_modules(browser.new_page(), url), list(pixels.reshape(-1, SIDE, SIDE)))
        browser.close()
    rounded = {
        what: {name: {key: round(share, 3) for key, share in row.items()} for name, row in rows.items()}
        for what, rows in shares.items()
    }
    RESULTS.write_text(json.dumps({"digits": COUNT, **rounded}, indent=1) + "\n")
    print(RESULTS.read_text(), end="")


if __name__ == "__main__":
    main()
