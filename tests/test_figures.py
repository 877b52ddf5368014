"""Figures are drawn from any report, can be read, and what a report lacks is a sentence."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from tests import synthetic
from train import figures
from train.config import ModelSpec, Recipe, model_name
from train.dataset import load_dataset
from train.errors import DaeError
from train.params import Params

SPEC = ModelSpec("masking-50", "masking", 0.5, "custom", Recipe())
CURVE = {"training": [3.0, 2.0], "validation": []}
REPORT: dict[str, Any] = {
    "noises": ["masking-50"],
    "models": {SPEC.name: {"curve": CURVE, "test_loss_by_noise": {SPEC.name: 2.5}}},
}


def params(visible: int, hidden: int = 7) -> Params:
    random = np.random.default_rng(0)
    weight = random.normal(size=(visible, hidden)).astype(np.float32)
    return Params(weight, np.zeros(hidden, np.float32), np.zeros(visible, np.float32))


def test_every_figure_is_written_and_readable(tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    paths = list(figures.draw_all(REPORT, [SPEC], {SPEC.name: params(144)}, dataset, tmp_path / "new" / "figures"))
    assert [path.name for path in paths] == [
        "learning-curves.png",
        "noise-by-noise.png",
        "filters-masking-50.png",
        "reconstructions-masking-50.png",
    ]
    for path in paths:
        with Image.open(path) as image:
            assert min(image.size) > 50
            assert np.asarray(image.convert("L")).std() > 5  # something is drawn


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    with pytest.raises(DaeError, match="cannot be made a folder"):
        list(figures.draw_all(REPORT, [SPEC], {SPEC.name: params(144)}, dataset, tmp_path / "file" / "figures"))


def specs(*levels: float, noise: str = "masking") -> list[ModelSpec]:
    return [ModelSpec(model_name(noise, level), noise, level, "custom", Recipe()) for level in levels]


def report(models: list[ModelSpec], *curves: tuple[list[float], list[float]]) -> dict[str, Any]:
    rows = {
        spec.name: {"curve": dict(zip(("training", "validation"), curve, strict=True)), "test_loss_by_noise": {}}
        for spec, curve in zip(models, curves, strict=True)
    }
    return {"noises": [spec.name for spec in models], "models": rows}


def test_each_level_of_a_noise_has_a_colour_of_its_own_and_each_noise_a_panel() -> None:
    masked = specs(*(level / 20 for level in range(1, 16)))
    models = [*specs(0.0, noise="none"), *masked]
    figure = figures.learning_curves(report(models, *[([3.0, 2.0, 1.0], [2.0, 2.0, 2.0])] * 16), models)
    assert [axes.get_title() for axes in figure.axes] == ["none", "masking"]
    colours = [to_rgb(line.get_color()) for line in figure.axes[1].lines if line.get_linestyle() == "-"]
    assert len(set(colours)) == len(masked)
    brightness = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in colours]
    assert brightness == sorted(brightness)  # distinguishable without seeing colours, in the order of the levels
    legend = figure.axes[1].get_legend()
    assert legend is not None
    names = [text.get_text() for text in legend.get_texts()]
    assert names == [spec.name for spec in reversed(masked)]


def test_the_first_epoch_does_not_flatten_the_others() -> None:
    models = specs(0.5)
    axes = figures.learning_curves(report(models, ([280.0, 80.0, 70.0, 60.0], [])), models).axes[0]
    low, high = axes.get_ylim()
    assert 55 < low < 60
    assert 80 < high < 85


def test_one_epoch_is_a_point_and_none_is_said() -> None:
    models = specs(0.5)
    axes = figures.learning_curves(report(models, ([280.0], [])), models).axes[0]
    assert axes.lines[0].get_marker() == "o"
    assert [tick for tick in axes.get_xticks() if 0.5 < tick < 1.5] == [1]
    axes = figures.learning_curves(report(models, ([], [])), models).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no curves in the report"]


def test_every_number_of_the_table_can_be_read_on_its_cell() -> None:
    models = specs(*(level / 20 for level in range(1, 16)))
    made = report(models, *[([1.0], [])] * 15)
    for row, spec in enumerate(models):  # from the brightest to the darkest cell
        losses = {noise: 40.0 * 1.02 ** (15 * row + column) for column, noise in enumerate(made["noises"])}
        made["models"][spec.name]["test_loss_by_noise"] = losses
    axes = figures.noise_by_noise(made, models).axes[0]
    image: Any = axes.images[0]
    cells = luminance(image.to_rgba(image.get_array())[..., :3]).ravel()
    inks = luminance(np.array([to_rgb(text.get_color()) for text in axes.texts]))
    contrasts = (np.maximum(cells, inks) + 0.05) / (np.minimum(cells, inks) + 0.05)
    assert len(contrasts) == 15 * 15
    assert contrasts.min() > 4.5  # WCAG AA


def luminance(colours: Any) -> Any:
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def test_a_cell_that_was_not_measured_has_a_dash() -> None:
    models = specs(0.5, 0.8)
    made = report(models, *[([1.0], [])] * 2)
    made["models"]["masking-50"]["test_loss_by_noise"] = {"masking-50": 70.0}
    texts = [text.get_text() for text in figures.noise_by_noise(made, models).axes[0].texts]
    assert texts == ["70.0", "–", "–", "–"]


def remove(*path: str) -> Any:
    def change(report: dict[str, Any]) -> None:
        for key in path[:-1]:
            report = report[key]
        del report[path[-1]]

    return change


ROW = ("models", SPEC.name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove("models"), "here.json: models: expected an object with a row for each model, got nothing"),
        (remove(*ROW), "here.json: models: expected a row masking-50, got none; `python -m train masking-50 --force`"),
        (remove("noises"), "here.json: noises: expected a list of the noises that were measured, got nothing; `python"),
        (remove(*ROW, "curve"), "here.json: models: masking-50: curve: expected an object, got nothing; `python"),
        (remove(*ROW, "curve", "validation"), "masking-50: curve: validation: expected a list, got nothing"),
        (remove(*ROW, "test_loss_by_noise"), "masking-50: test_loss_by_noise: expected an object, got nothing"),
        (lambda made: made.update(noises=[]), "here.json: noises: expected names of noises, got []"),
        (lambda made: made.update(noises=[3]), "here.json: noises: expected names of noises, got [3]"),
        (
            lambda made: made["models"].update({SPEC.name: 3}),
            "here.json: models: masking-50: expected an object, got 3",
        ),
        *(
            (
                lambda made, loss=loss: made["models"][SPEC.name]["curve"].update(training=[loss]),
                f"masking-50: curve: training: expected finite numbers above 0, got {loss!r}",
            )
            for loss in ("1", True, None, 0, float("nan"), float("inf"))
        ),
    ],
)
def test_what_a_report_lacks_is_told_before_anything_is_drawn(change: Any, message: str, tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    made = copy.deepcopy(REPORT)
    change(made)
    with pytest.raises(DaeError) as error:
        list(figures.draw_all(made, [SPEC], {SPEC.name: params(144)}, dataset, tmp_path / "figures", "here.json"))
    assert message in str(error.value)
    assert not (tmp_path / "figures").exists()


def test_images_of_another_size_than_the_weights_are_told(tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    words = "data set 'custom': expected images of 28 x 28 pixels as in the weights of masking-50, got 12 x 12"
    with pytest.raises(DaeError, match=words):
        list(figures.draw_all(REPORT, [SPEC], {SPEC.name: params(784)}, dataset, tmp_path / "figures"))


def test_without_a_model_that_was_trained_here_there_is_nothing_to_draw(tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    with pytest.raises(DaeError, match="expected at least one model that is trained here, got none"):
        list(figures.draw_all(REPORT, [SPEC], {}, dataset, tmp_path / "figures"))


def test_a_sheet_has_a_gap_of_one_pixel_between_images() -> None:
    figure, _ = figures._sheet(np.ones((3, 16), np.float32), 2, "gray", 0.0, 1.0)
    shown: Any = figure.axes[0].images[0].get_array()
    sheet = shown.filled(np.nan)
    assert sheet.shape == (9, 9)
    assert np.isnan(sheet[4]).all()
    assert np.isnan(sheet[5:9, 5:9]).all()  # there is no fourth image
    assert (sheet[:4, 5:9] == 1).all()
