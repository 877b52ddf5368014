"""Figures are drawn from any report, can be read, and what a report lacks is a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from train.data.dataset import load_dataset
from train.errors import DaeError
from train.learn.params import Params
from train.run import figures
from train.run.report import Report
from train.settings.config import ModelSpec
from workshop import synthetic
from workshop.reports import make_report, make_row, make_spec

SPEC = make_spec()
REPORT = make_report({SPEC.name: make_row(SPEC, {SPEC.name: 2.5}, (3.0, 2.0))})
Losses = tuple[float, ...]


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


def test_only_what_was_drawn_here_is_drawn_over(tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    out = tmp_path / "figures"

    def draw() -> list[Path]:
        return list(figures.draw_all(REPORT, [SPEC], {SPEC.name: params(144)}, dataset, out))

    first = {path.name: path.read_bytes() for path in draw()}
    assert {path.name: path.read_bytes() for path in draw()} == first
    mine = out / "reconstructions-masking-50.png"
    with Image.open(mine) as image:
        image.save(tmp_path / "edited.png")  # as an editor does, with the texts or without
    for data in (b"", b"mine", (tmp_path / "edited.png").read_bytes(), first[mine.name] + b"x", first[mine.name][:-1]):
        mine.write_bytes(data)
        (out / "learning-curves.png").unlink(missing_ok=True)
        with pytest.raises(DaeError, match="expected a figure drawn here, as it was drawn, got another file; move it"):
            draw()
        assert mine.read_bytes() == data
        assert not (out / "learning-curves.png").exists()  # all are looked at before the first is drawn
    mine.unlink()
    mine.symlink_to(tmp_path / "nowhere")
    with pytest.raises(DaeError, match="expected a figure drawn here"):
        draw()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    with pytest.raises(DaeError, match="cannot be made a folder"):
        list(figures.draw_all(REPORT, [SPEC], {SPEC.name: params(144)}, dataset, tmp_path / "file" / "figures"))


def specs(*levels: float, noise: str = "masking") -> list[ModelSpec]:
    return [make_spec(noise, level) for level in levels]


def report(models: list[ModelSpec], *curves: tuple[Losses, Losses]) -> Report:
    return make_report({spec.name: make_row(spec, {}, *curve) for spec, curve in zip(models, curves, strict=True)})


def test_each_level_of_a_noise_has_a_colour_of_its_own_and_each_noise_a_panel() -> None:
    masked = specs(*(level / 20 for level in range(1, 16)))
    models = [*specs(0.0, noise="none"), *masked]
    figure = figures.learning_curves(report(models, *[((3.0, 2.0, 1.0), (2.0, 2.0, 2.0))] * 16), models)
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
    axes = figures.learning_curves(report(models, ((280.0, 80.0, 70.0, 60.0), ())), models).axes[0]
    low, high = axes.get_ylim()
    assert 55 < low < 60
    assert 80 < high < 85


def test_one_epoch_is_a_point_and_none_is_said() -> None:
    models = specs(0.5)
    axes = figures.learning_curves(report(models, ((280.0,), ())), models).axes[0]
    assert axes.lines[0].get_marker() == "o"
    assert [tick for tick in axes.get_xticks() if 0.5 < tick < 1.5] == [1]
    axes = figures.learning_curves(report(models, ((), ())), models).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no curves in the report"]


def test_every_number_of_the_table_can_be_read_on_its_cell() -> None:
    models = specs(*(level / 20 for level in range(1, 16)))
    names = [spec.name for spec in models]
    losses = [  # from the brightest to the darkest cell
        {noise: 40.0 * 1.02 ** (15 * row + column) for column, noise in enumerate(names)} for row in range(15)
    ]
    made = make_report({spec.name: make_row(spec, row) for spec, row in zip(models, losses, strict=True)})
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
    measured, unmeasured = (spec.name for spec in models)
    made = make_report({measured: make_row(models[0], {measured: 70.0}), unmeasured: make_row(models[1])})
    texts = [text.get_text() for text in figures.noise_by_noise(made, models).axes[0].texts]
    assert texts == ["70.0", "–", "–", "–"]


@pytest.mark.parametrize(
    ("made", "got"),
    [(Report(), "nothing"), (make_report({SPEC.name: make_row(make_spec("none", 0.0))}), r"[0-9a-f]{16}")],
)
def test_a_report_of_other_models_is_told_before_anything_is_drawn(made: Report, got: str, tmp_path: Path) -> None:
    dataset = load_dataset("custom", synthetic.write_idx(tmp_path / "digits", 20, 15, side=12))
    words = rf"^here\.json: models\.masking-50\.fingerprint: expected {SPEC.fingerprint()}, got {got}: `python"
    with pytest.raises(DaeError, match=words):
        list(figures.draw_all(made, [SPEC], {SPEC.name: params(144)}, dataset, tmp_path / "figures", "here.json"))
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
