"""What is measured of codes and of asking again means what it says, and the report gives it back as it was."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks import knowledge as tables
from export.site.knowledge import Said, make_knowledge
from export.site.model import Model
from train.data.dataset import Labels
from train.learn.knowledge import (
    RANDOM,
    Answer,
    Asking,
    Dream,
    Dreaming,
    Interval,
    Knowledge,
    Reading,
)
from train.learn.measure_asking import STEPS, halves, measure_asking
from train.learn.measure_dreaming import measure_dreaming
from train.learn.measure_reading import draw_of, mean_interval, measure_reading, wilson_interval
from train.learn.measure_tuning import measure_tuning
from train.learn.params import Params
from train.learn.read_codes import features_of, split_of
from train.learn.readers import PIXELS, Reader
from train.run.knowledge_figures import knowledge_figures
from train.run.report import Report, ReportError, Row, format_report, parse_report, row_of, write_report
from workshop import synthetic
from workshop.reports import make_measures, make_spec

SIDE = 12
IMAGES, KNOWN = synthetic.digits(300, seed=8, side=SIDE)
IMAGES = IMAGES.reshape(300, SIDE * SIDE)
LABELS = Labels(KNOWN[:240], KNOWN[240:])
TRAIN, TEST = IMAGES[:240], IMAGES[240:]
RANDOMS = np.random.default_rng(2)


def params(hidden: int = 30, bias: float = -2.0) -> Params:
    weight = RANDOMS.normal(0, 0.2, (SIDE * SIDE, hidden)).astype(np.float32)
    return Params(weight, np.zeros(hidden, np.float32), np.full(SIDE * SIDE, bias, np.float32))


def readers(hidden: int = 30) -> tuple[Reader, Reader]:
    """Of pixels and of a code: one that always says 3, one that always says 0."""
    biases = np.eye(10, dtype=np.float32)[[3, 0]]
    pixels, own = (np.zeros((size, 10), np.float32) for size in (SIDE**2, hidden))
    return Reader(pixels, biases[0]), Reader(own, biases[1])


def test_intervals_are_those_of_the_textbook() -> None:
    wilson = wilson_interval(0.03, 10000)
    low, high = stats.binomtest(300, 10000).proportion_ci(method="wilson")
    assert [wilson.low, wilson.high] == pytest.approx([low, high], abs=1e-5)
    mean = mean_interval([0.1, 0.2, 0.3])
    low, high = stats.t.interval(0.95, 2, 0.2, 0.1 / 3**0.5)
    assert [mean.value, mean.low, mean.high] == pytest.approx([0.2, max(low, 0), high], abs=1e-5)


def test_labelled_images_are_drawn_by_class_and_never_from_those_held_out() -> None:
    drawn = draw_of(LABELS, 7, 0)
    assert np.bincount(LABELS.train[drawn]).tolist() == [7] * 10
    assert drawn.max() < split_of(240)
    assert not np.array_equal(drawn, draw_of(LABELS, 7, 1))
    assert np.array_equal(drawn, draw_of(LABELS, 7, 0))


def test_a_code_of_digits_is_read_with_few_labels_and_better_with_more() -> None:
    train, test = (features_of(None, images) for images in (TRAIN, TEST))
    found = measure_reading(train, test, LABELS, 0.05)
    assert list(found.few) == [10]
    assert 0 <= found.few[10].low <= found.few[10].value <= found.few[10].high < 0.3
    assert found.neighbour.value < 0.3
    assert found.everything == wilson_interval(0.05, 60)


def test_fine_tuning_learns_from_either_number_of_labels_the_same_every_time() -> None:
    start = params()
    errors = measure_tuning(start, TRAIN, TEST, LABELS, 1)
    assert sorted(errors) == [200, 240]
    assert max(errors.values()) < 0.3
    assert errors == measure_tuning(start, TRAIN, TEST, LABELS, 1)


def test_the_four_halves_part_the_ink_in_the_middle() -> None:
    below, above, right, left = (one.reshape(-1, SIDE, SIDE) for one in halves(TEST))
    assert (below ^ above).all()
    assert (right ^ left).all()
    ink = TEST.reshape(-1, SIDE, SIDE) > 0
    for erased, axis in ((below, 2), (right, 1)):
        lines = np.asarray(ink.any(axis=axis))
        middle = (lines.argmax(1) + SIDE - lines[:, ::-1].argmax(1) + 1) // 2
        assert np.array_equal(np.asarray(erased.any(axis=axis)).argmax(1), middle)


def test_a_constant_answer_restores_and_adds_what_can_be_worked_out() -> None:
    grey = params(bias=0.0)._replace(weight=np.zeros((SIDE * SIDE, 30), np.float32))
    found = measure_asking(grey, ("masking", 0.5), TEST, LABELS.test, readers(), 0)
    clean = TEST / 255
    erased = [clean[half] for half in halves(TEST)]
    ink = sum(one.sum() for one in erased)
    restored = sum(np.minimum(one, 0.5).sum() for one in erased) / ink
    added = sum(np.maximum(0.5 - one, 0).sum() for one in erased) / ink
    assert found.steps[0] == Answer(0.0, 0.0, 0.1, 0.1)
    for step in (*STEPS, None):
        answer = found.mean if step is None else found.steps[step]
        assert [answer.restored, answer.added] == pytest.approx([restored, added], abs=1e-3)
        assert (answer.named, answer.named_by_own) == (0.1, 0.1)
    assert found.digits == 60


def test_a_copier_in_a_chain_keeps_what_it_has() -> None:
    """Its answer to a pixel is the pixel: what is held stays, and nothing is made of nothing."""
    size = SIDE * SIDE
    copier = Params(8 * np.eye(size, dtype=np.float32), np.full(size, -4, np.float32), np.full(size, -4, np.float32))
    found = measure_asking(copier, ("none", 0.0), (TEST > 127).astype(np.uint8) * 255, LABELS.test, readers(size), 0)
    assert found.steps[1].restored < 0.05
    assert found.steps[1].added < 0.2


def test_noise_that_becomes_one_picture_has_no_entropy_and_lies_as_far_as_it_lies() -> None:
    grey = params(bias=-20.0)._replace(weight=np.zeros((SIDE * SIDE, 30), np.float32))
    found = measure_dreaming(grey, ("gaussian", 0.5), TRAIN, TEST, readers()[1])
    black = float(np.sqrt(((TRAIN / 255) ** 2).sum(axis=1)).min())
    for dream in found.steps.values():
        assert (dream.entropy, dream.changed) == (0.0, 0.0)
        assert dream.distance == pytest.approx(black, rel=1e-3)
    near = np.sqrt((((TEST[:, None] / 255.0) - TRAIN[None] / 255.0) ** 2).sum(axis=2)).min(axis=1)
    assert found.test_distance == pytest.approx(near.mean(), rel=1e-3)
    assert found.test_confidence == pytest.approx(np.e / (np.e + 9), abs=1e-4)


INTERVAL = Interval(0.1, 0.05, 0.2)
ANSWER = Answer(0.5, 0.25, 0.75, 0.875)
WHOLE = Knowledge(
    weights="0" * 64,
    reading=Reading({10: INTERVAL, 100: Interval(0.06, 0.05, 0.07)}, Interval(0.02, 0.01, 0.03), INTERVAL),
    tuning={0: {1000: 0.05, 60000: 0.015}, 1: {1000: 0.07, 60000: 0.025}},
    asking={0: Asking(100, {0: Answer(0, 0, 0.5, 0.5), 30: ANSWER}, replace(ANSWER, named=0.7525))},
    dreaming=Dreaming(100, {1: Dream(0.5, 0.9, 0.1, 4.5)}, 2.3, 0.95, 4.1),
)
KNOWN_BY_NAME = {"masking-80": WHOLE, PIXELS: Knowledge("", WHOLE.reading), RANDOM: Knowledge("")}
REPORT = Report(dataset="mnist", knowledge=KNOWN_BY_NAME)


def test_figures_are_drawn_of_what_was_measured_and_of_nothing_else() -> None:
    assert [name for name, _ in knowledge_figures(REPORT.knowledge)] == ["reading.png", "asking.png"]
    assert list(knowledge_figures({RANDOM: Knowledge("")})) == []
    reading, asking = (figure for _, figure in knowledge_figures(REPORT.knowledge))
    assert np.asarray(reading.axes[0].lines[0].get_ydata()).tolist() == pytest.approx([10, 6])
    assert [np.asarray(axes.lines[0].get_ydata()).tolist() for axes in asking.axes] == [[0.5], [0.25], [0.75]]


def model(name: str, noise: str, level: float) -> Model:
    return Model(name, noise, level, 30, 144, f"{name}.safetensors", 1, "", None, False)


MODELS = (model("none", "none", 0.0), model("masking-80", "masking", 0.8), model("gaussian-050", "gaussian", 0.5))


def row(loss: float) -> Row:
    return replace(row_of(make_spec(), make_measures()), measures=replace(make_measures(), test_loss_clean=loss))


def read_at(error: float) -> Knowledge:
    return Knowledge("", Reading({10: INTERVAL}, Interval(error, error, error), INTERVAL), {0: {240: error / 2}})


def said(errors: Sequence[float], random: float = 0.02) -> dict[str, Said]:
    names = [one.name for one in MODELS]
    known = dict(zip(names, map(read_at, errors), strict=True)) | {RANDOM: Knowledge("", tuning={0: {240: random}})}
    rows = dict(zip(names, map(row, (50.0, 70.0, 60.0)), strict=True))
    found = make_knowledge(Report(dataset="custom", models=rows, knowledge=known), MODELS)
    assert found is not None
    return {one.key: one for one in found.said}


def test_the_page_says_that_the_best_copier_has_not_the_best_features_only_where_it_is_so() -> None:
    copier = said((0.05, 0.04, 0.03))["known.copier"]
    assert (copier.models["copier"].name, copier.models["best"].name) == ("none", "gaussian-050")
    assert copier.values == {"copier_error": "5.0", "best_error": "3.0"}
    assert "known.copier" not in said((0.03, 0.05, 0.03))


def test_the_page_says_whether_fine_tuning_is_helped() -> None:
    assert said((0.05, 0.04, 0.03))["known.tuning_helps"].values["best_error"] == "1.5"
    assert "known.tuning_no_help" in said((0.05, 0.04, 0.038), random=0.02)


def test_the_page_tells_of_asking_again_where_it_helps() -> None:
    found = make_knowledge(replace(REPORT, models={}), MODELS)
    assert found is not None
    assert (found.digits, found.seeds) == (100, 1)
    again = next(one for one in found.said if one.key == "known.again")
    assert again.values == {"once": "75%", "again": "75%", "once_restored": "50%", "again_restored": "50%"}
    assert make_knowledge(Report(), MODELS) is None


def test_the_report_gives_back_what_it_was_given() -> None:
    text = format_report(REPORT).decode()
    assert parse_report(text, "report.json").knowledge == REPORT.knowledge
    assert "tuning" not in json.loads(text)["knowledge"][PIXELS]
    assert "knowledge" not in json.loads(format_report(replace(REPORT, knowledge={})))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"restored": 0.5', '"restored": "much"', r"restored: expected a finite number, got 'much'"),
        ('"0": {', '"first": {', "expected a value under a whole number"),
        ('"digits": 100', '"digits": -1', "digits: expected a whole number, 0 or more, got -1"),
        ('"low": 0.05', '"low": null', "low: expected a finite number, got nothing"),
    ],
)
def test_a_spoilt_report_is_named(old: str, new: str, message: str) -> None:
    text = format_report(REPORT).decode()
    assert old in text
    with pytest.raises(ReportError, match=message):
        parse_report(text.replace(old, new), "report.json")


def test_the_tables_say_what_the_report_does(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report(path, REPORT)
    row = next(line for line in tables.reading(path).splitlines() if "masking-80" in line)
    assert row.startswith("| `masking-80` | 10.00 (5.00–20.00) | 6.00 (5.00–7.00) | 2.00 (1.00–3.00) | 10.00")
    assert row.endswith("| 6.00 ± 1.41 | 2.00 ± 0.71 |")
    assert "| bare pixels |" in tables.reading(path)
    answers = "0.00 / 0.00 / 50, 50 | 0.50 / 0.25 / 75, 88 | 0.50 / 0.25 / 75, 88"
    assert f"| `masking-80` | {answers} |" in tables.asking(path)
    assert "Four halves each of 100 test images, 1 seed;" in tables.asking(path)
    assert "| `masking-80` | 0.50 / 0.90 / 0.10 / 4.5 | 2.30 / 0.95 / – / 4.1 |" in tables.dreaming(path)
