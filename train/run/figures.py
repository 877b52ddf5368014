"""Figures of what was trained, drawn with matplotlib: `python -m train report --out DIR`.

In:  the report, the models and the params of those trained here, and the data set.
Out: PNG files in a folder: learning-curves.png, noise-by-noise.png, for each model filters-<name>.png and
     reconstructions-<name>.png and, where the report has what the codes know, reading.png and asking.png. All that they
     need is checked before the first is drawn, and none takes the place of a file that was not drawn here.
"""

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from train.data.dataset import Dataset
from train.data.noise import NOISES
from train.errors import DaeError
from train.learn.devices import find_devices
from train.learn.measure import MEASURE_SEED, reconstructions
from train.learn.params import Params
from train.run.figure_file import check_figure, write_figure
from train.run.knowledge_figures import knowledge_figures
from train.run.report import Curve, Report, check_row
from train.settings.config import ModelSpec

FILTERS = 100  # on a sheet, those of the largest norm
DIGITS = 12  # on a contact sheet
IMAGE = 0.8  # inches of an image on a sheet
NARROWEST = 5.0  # inches of a figure, so that its title fits

Images = NDArray[np.float32]


def draw_all(
    report: Report,
    specs: Sequence[ModelSpec],
    params: Mapping[str, Params],
    dataset: Dataset,
    out: Path,
    where: str | Path = "report.json",
) -> Iterator[Path]:
    """Draw all figures of the models that have params into the folder `out`; yields each path as it is written.

    `where` is what the report is called where it lacks a model.
    """
    drawn = [spec for spec in specs if spec.name in params]
    if not drawn:
        raise DaeError(f"{where}: expected at least one model that is trained here, got none")
    for spec in drawn:
        check_row(report, spec, f"{where}")
        _check_side(spec, params[spec.name], dataset)
    sheets = [(spec, out / f"filters-{spec.name}.png", out / f"reconstructions-{spec.name}.png") for spec in drawn]
    curves, table = out / "learning-curves.png", out / "noise-by-noise.png"
    known = [(out / name, figure) for name, figure in knowledge_figures(report.knowledge)]
    for path in (curves, table, *(path for path, _ in known), *(path for _, *paths in sheets for path in paths)):
        check_figure(path)
    find_devices()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DaeError(f"{out}: cannot be made a folder: {error.strerror}") from error
    yield _save(learning_curves(report, drawn), curves)
    yield _save(noise_by_noise(report, drawn), table)
    for path, figure in known:
        yield _save(figure, path)
    for spec, filters, reconstructed in sheets:
        yield _save(filter_sheet(spec, params[spec.name]), filters)
        yield _save(contact_sheet(spec, params[spec.name], dataset), reconstructed)


def learning_curves(report: Report, specs: Sequence[ModelSpec]) -> Figure:
    """Training loss by epoch and, from a companion run with images held out, the loss on those; a panel a noise.

    The first epoch's loss is several times the second's: panels are cut below it, where there is enough after it.
    """
    curves = {spec.name: report.models[spec.name].curve for spec in specs}
    kinds = [kind for kind in NOISES if any(spec.noise == kind for spec in specs)]
    columns = min(2, len(kinds))
    rows = -(-len(kinds) // columns)
    figure = Figure(figsize=(6.2 * columns, 0.8 + 3.4 * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for kind, axes in zip(kinds, panels, strict=False):
        levels = sorted((spec for spec in specs if spec.noise == kind), key=lambda spec: -spec.level)
        _curves_panel(axes, {spec.name: curves[spec.name] for spec in levels})
        axes.set(title=kind, xlabel="epoch", ylabel="cross-entropy, nats an image")
    for axes in panels[len(kinds) :]:
        axes.set_axis_off()
    validated = any(curve.validation for curve in curves.values())
    figure.suptitle("Learning curves" + ("; each panel has its own scale" if len(kinds) > 1 else ""))
    if validated:
        lines = [Line2D([], [], color="black", linestyle="-"), Line2D([], [], color="black", linestyle="--")]
        words = ["training images", "images held out, in a run without them"]
        figure.legend(lines, words, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _curves_panel(axes: Axes, curves: Mapping[str, Curve]) -> None:
    """The curves of one noise, strongest first: as many colours as there are, by brightness, from dark to light."""
    shades = mpl.colormaps["viridis"](np.linspace(0, 0.85, len(curves)))
    seen: list[float] = []
    last = 1
    for (name, curve), colour in zip(curves.items(), shades, strict=True):
        for losses, line in ((curve.training, "-"), (curve.validation, "--")):
            marker = "o" if len(losses) == 1 else None  # a line of one point would not be seen
            label = name if line == "-" else None
            axes.plot(range(1, len(losses) + 1), losses, color=colour, linestyle=line, marker=marker, label=label)
            seen += losses[1:] if len(losses) > 2 else losses
            last = max(last, len(losses))
    if seen:
        margin = 0.05 * (max(seen) - min(seen)) or 1.0
        axes.set_ylim(min(seen) - margin, max(seen) + margin)
    else:
        axes.text(0.5, 0.5, "no curves in the report", transform=axes.transAxes, ha="center", va="center")
    margin = 0.02 * (last - 1) or 0.5
    axes.set_xlim(1 - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1.02), fontsize="small", frameon=False)  # beside, over no curve


def noise_by_noise(report: Report, specs: Sequence[ModelSpec]) -> Figure:
    """The test loss of each model (row) under each noise (column)."""
    names, noises = [spec.name for spec in specs], list(report.noises)
    rows = [[report.models[name].measures.test_loss_by_noise.get(noise, np.nan) for noise in noises] for name in names]
    table = np.array(rows, float).reshape(len(names), len(noises))
    inches = max(NARROWEST, 2.2 + 0.8 * len(noises)), 2.2 + 0.5 * len(names)
    figure = Figure(figsize=inches, layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(np.log(table), cmap="viridis_r", aspect="auto")
    axes.set_xticks(range(len(noises)), noises, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="noise of the input", ylabel="model")
    figure.suptitle("Test loss, nats an image" + ("; bold: the best of a column" if len(names) > 1 else ""))
    for (y, x), value in np.ndenumerate(table):
        if np.isnan(value):
            axes.text(x, y, "–", ha="center", va="center")
            continue
        best = value == np.nanmin(table[:, x])
        axes.text(
            x,
            y,
            f"{value:.1f}",
            ha="center",
            va="center",
            fontsize="small",
            fontweight="bold" if best and len(names) > 1 else "normal",
            color=_ink(image, np.log(value)),
        )
    return figure


def _ink(image: AxesImage, value: float) -> str:
    """Black on a bright cell, white on a dark one: whichever has the higher contrast (WCAG 2.2, relative luminance)."""
    channels = np.asarray(image.to_rgba(np.array([value])))[0, :3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white"


def filter_sheet(spec: ModelSpec, params: Params) -> Figure:
    """The filters (columns of the weight) of the largest norm, all on one symmetric scale."""
    weight = np.asarray(params.weight)
    strongest = np.argsort(-np.linalg.norm(weight, axis=0), kind="stable")[:FILTERS]
    scale = float(np.quantile(np.abs(weight[:, strongest]), 0.995)) or 1.0
    figure, axes = _sheet(weight[:, strongest].T, 10, "RdBu_r", -scale, scale)
    figure.colorbar(axes.images[0], ax=axes, label="weight", aspect=5 + 2.5 * -(-len(strongest) // 10))
    shown, units = len(strongest), weight.shape[1]
    which = "filters of all units" if shown == units else f"the {shown} filters of the largest norm, of {units}"
    figure.suptitle(f"{spec.name}: {which}")
    return figure


def contact_sheet(spec: ModelSpec, params: Params, dataset: Dataset) -> Figure:
    """Test images: clean, corrupted as in training, and reconstructed."""
    import jax

    clean = dataset.test[:DIGITS].astype(np.float32) / np.float32(255)
    key = jax.random.key(MEASURE_SEED, impl="threefry2x32")
    corrupted = np.asarray(NOISES[spec.noise].corrupt(key, jax.numpy.asarray(clean), spec.level))
    rows = np.concatenate([clean, corrupted, reconstructions(params, corrupted)])
    figure, axes = _sheet(rows, len(clean), "gray", 0.0, 1.0)
    middles = (np.arange(3) + 0.5) * (dataset.side + 1) - 1
    axes.set_yticks(middles, ["clean", "corrupted", "reconstructed"])
    axes.tick_params(length=0)
    axes.axis("on")
    axes.spines[:].set_visible(False)
    beyond = corrupted.min() < 0 or corrupted.max() > 1
    figure.suptitle(f"{spec.name}: test images" + (", values below 0 and above 1 cut" if beyond else ""))
    return figure


def _sheet(images: Images, columns: int, colours: str, low: float, high: float) -> tuple[Figure, Axes]:
    """Images side by side, a pixel apart; never more columns than images."""
    side = round(images.shape[1] ** 0.5)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    sheet = np.full((rows * (side + 1) - 1, columns * (side + 1) - 1), np.nan, np.float32)
    for index, image in enumerate(images):
        top, left = index // columns * (side + 1), index % columns * (side + 1)
        sheet[top : top + side, left : left + side] = image.reshape(side, side)
    figure = Figure(figsize=(max(NARROWEST, columns * IMAGE + 1.2), rows * IMAGE + 0.6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    axes.set_xticks([])
    axes.axis("off")
    return figure, axes


def _check_side(spec: ModelSpec, params: Params, dataset: Dataset) -> None:
    """The data set's images are as large as those that the model was trained on."""
    visible = params.weight.shape[0]
    if visible != dataset.test.shape[1]:
        raise DaeError(
            f"data set {dataset.name!r}: expected images of {_sides(visible)} pixels as in the weights of {spec.name}, "
            f"got {_sides(dataset.test.shape[1])}"
        )


def _sides(visible: int) -> str:
    side = math.isqrt(visible)
    return f"{side} x {side}" if side * side == visible else f"{visible}"


def _save(figure: Figure, path: Path) -> Path:
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=120, metadata={"Software": None})
    return write_figure(path, data.getvalue())
