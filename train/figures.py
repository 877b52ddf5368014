"""Figures of what was trained, drawn with matplotlib: `python -m train report --out DIR`.

In:  the report, the params of each model, and the data set.
Out: PNG files in a folder: learning-curves.png, noise-by-noise.png, and for each model filters-<name>.png and
     reconstructions-<name>.png.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from train.config import ModelSpec
from train.dataset import Dataset
from train.errors import DaeError
from train.measure import MEASURE_SEED, reconstructions
from train.noise import NOISES
from train.params import Params

FILTERS = 100  # on a sheet, those of the largest norm
DIGITS = 12  # on a contact sheet

Images = NDArray[np.float32]


def draw_all(
    report: Mapping[str, Any],
    specs: Sequence[ModelSpec],
    params: Mapping[str, Params],
    dataset: Dataset,
    out: Path,
) -> Iterator[Path]:
    """Draw all figures into the folder `out`; yields the path of each as it is written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DaeError(f"{out}: cannot be made a folder: {error.strerror}") from error
    mpl.use("agg")
    yield _save(learning_curves(report), out / "learning-curves.png")
    yield _save(noise_by_noise(report), out / "noise-by-noise.png")
    for spec in specs:
        if spec.name in params:
            yield _save(filter_sheet(spec, params[spec.name]), out / f"filters-{spec.name}.png")
            sheet = contact_sheet(spec, params[spec.name], dataset)
            yield _save(sheet, out / f"reconstructions-{spec.name}.png")


def learning_curves(report: Mapping[str, Any]) -> Figure:
    """Training loss of each model (solid) and, from a companion run with images held out, validation loss (dashed)."""
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    for index, (name, row) in enumerate(report["models"].items()):
        curve, colour = row["curve"], f"C{index % 10}"
        axes.plot(range(1, len(curve["training"]) + 1), curve["training"], color=colour, label=name)
        axes.plot(range(1, len(curve["validation"]) + 1), curve["validation"], color=colour, linestyle="--")
    axes.set(xlabel="epoch", ylabel="cross-entropy, nats an image", title="Training (solid), held-out images (dashed)")
    axes.legend(fontsize="small", ncols=2)
    return figure


def noise_by_noise(report: Mapping[str, Any]) -> Figure:
    """The test loss of each model (row) under each noise (column)."""
    names, noises = list(report["models"]), list(report["noises"])
    rows = [[report["models"][name]["test_loss_by_noise"].get(noise, np.nan) for noise in noises] for name in names]
    table = np.array(rows, float).reshape(len(names), len(noises))
    figure = Figure(figsize=(1.2 + 0.8 * len(noises), 1.2 + 0.5 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.imshow(np.log(table), cmap="viridis_r", aspect="auto")
    axes.set_xticks(range(len(noises)), noises, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="noise of the input", ylabel="model", title="Test loss, nats an image")
    for (y, x), value in np.ndenumerate(table):
        axes.text(x, y, f"{value:.0f}", ha="center", va="center", fontsize="small", color="white")
    return figure


def filter_sheet(spec: ModelSpec, params: Params) -> Figure:
    """The filters (columns of the weight) of the largest norm, all on one symmetric scale."""
    weight = np.asarray(params.weight)
    strongest = np.argsort(-np.linalg.norm(weight, axis=0), kind="stable")[:FILTERS]
    scale = float(np.quantile(np.abs(weight[:, strongest]), 0.995)) or 1.0
    figure = _sheet(weight[:, strongest].T, 10, "RdBu_r", -scale, scale)
    figure.suptitle(f"{spec.name}: the {len(strongest)} filters of the largest norm, ±{scale:.2f}")
    return figure


def contact_sheet(spec: ModelSpec, params: Params, dataset: Dataset) -> Figure:
    """Test images: clean, corrupted as in training, and reconstructed."""
    import jax

    clean = dataset.test[:DIGITS].astype(np.float32) / np.float32(255)
    key = jax.random.key(MEASURE_SEED, impl="threefry2x32")
    corrupted = np.asarray(NOISES[spec.noise].corrupt(key, jax.numpy.asarray(clean), spec.level))
    rows = np.concatenate([clean, corrupted, reconstructions(params, corrupted)])
    figure = _sheet(rows, len(clean), "gray", 0.0, 1.0)
    figure.suptitle(f"{spec.name}: clean, corrupted, reconstructed")
    return figure


def _sheet(images: Images, columns: int, colours: str, low: float, high: float) -> Figure:
    """Images side by side, a pixel apart."""
    side = round(images.shape[1] ** 0.5)
    rows = -(-len(images) // columns)
    sheet = np.full((rows * (side + 1), columns * (side + 1)), np.nan, np.float32)
    for index, image in enumerate(images):
        top, left = index // columns * (side + 1), index % columns * (side + 1)
        sheet[top : top + side, left : left + side] = image.reshape(side, side)
    figure = Figure(figsize=(columns * 0.8, rows * 0.8 + 0.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    axes.axis("off")
    return figure


def _save(figure: Figure, path: Path) -> Path:
    try:
        figure.savefig(path, dpi=120, metadata={"Software": None})
    except OSError as error:
        raise DaeError(f"{path}: cannot be written: {error.strerror}") from error
    return path
