"""Fit on the page: what leaves the digit box or is very small is brought into it; what lies in it is left alone."""

from collections.abc import Sequence

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.draw.strokes import encode_strokes, read_samples, render, stroke
from workshop.checkout import ROOT
from workshop.pad import SIDE, Pixels, Point, drawn, place, places, shown
from workshop.visit import Answer, last, settle, take_sample, visit, wait_for

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
EDGE = 1.25  # half of the brush: ink whose points are so far from the pad's edge ends at it
SMALL = 0.22  # a digit of 20 pixels is then one of 6.4, its brush included
CHANGES = {"left": 1.0, "right": 1.0, "up": 1.0, "down": 1.0, "small": SMALL, "large": 1.35, "small and aside": SMALL}
LEAST = {name: 0.8 if scale == SMALL else 0.95 for name, scale in CHANGES.items()}  # small strokes have few points


def strokes_of(digit: int, scale: float = 1.0, dx: float = 0.0, dy: float = 0.0) -> list[list[Point]]:
    """A sample's strokes, scaled about the middle of the pad and moved, in pixels."""
    middle = SIDE / 2
    return [
        [(scale * (x - middle) + middle + dx, scale * (y - middle) + middle + dy) for x, y in one.points]
        for one in SAMPLES[digit].strokes
    ]


def changed(digit: int, name: str) -> list[list[Point]]:
    """A sample's strokes at an edge of the pad, or much too small or too large."""
    strokes = strokes_of(digit, CHANGES[name])
    points = np.array([point for one in strokes for point in one])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    dx = {"left": EDGE - left, "right": SIDE - EDGE - right, "small and aside": -6.0}.get(name, 0.0)
    dy = {"up": EDGE - top, "down": SIDE - EDGE - bottom, "small and aside": 6.0}.get(name, 0.0)
    return [[(x + dx, y + dy) for x, y in points] for points in strokes]


def draw_digit(page: Page, strokes: Sequence[Sequence[Point]]) -> None:
    """With the mouse, over nothing."""
    assert all(0 <= value <= SIDE for points in strokes for point in points for value in point), strokes
    if page.locator("#clear").get_attribute("aria-disabled") != "true":
        page.click("#clear")
    for points in strokes:
        first, *later = places(page, points)
        page.mouse.move(*first)
        page.mouse.down()
        for point in later:
            page.mouse.move(*point)
        page.mouse.up()
    settle(page)


def follow(page: Page, strokes: Sequence[Sequence[Point]], model: str) -> Answer:
    """Set the page to a drawing by a link, which may also lead beyond the pad."""
    drawing = [stroke("soft", points) for points in strokes]
    expected = render(drawing, SIDE)
    page.evaluate("(hash) => { location.hash = hash; }", f"#model={model}&draw={encode_strokes(drawing)}")
    for _ in range(500):
        answer = last(page)
        if np.abs(answer.pixels - expected).max() < 1e-6:
            return answer
    raise AssertionError("the page does not draw what the link says")


def overlap(one: Pixels, other: Pixels) -> float:
    """Intersection over union of what two images ink by more than half."""
    return float(((one > 0.5) & (other > 0.5)).sum() / ((one > 0.5) | (other > 0.5)).sum())


def extent(pixels: Pixels) -> tuple[float, tuple[float, float]]:
    """The longest side of the ink and its centre of mass, x and y in pixels, from [28, 28]."""
    rows, columns = np.nonzero(pixels > 0.25)
    centres = np.arange(SIDE) + 0.5
    mass = pixels.sum()
    centre = float((pixels.sum(axis=0) * centres).sum() / mass), float((pixels.sum(axis=1) * centres).sum() / mass)
    return float(max(np.ptp(rows), np.ptp(columns)) + 1), centre


@pytest.mark.parametrize("model", ["masking-80", pytest.param("none", marks=pytest.mark.matrix)])
def test_a_digit_that_was_moved_or_scaled_gets_the_same_answer(page: Page, lab: str, model: str) -> None:
    visit(page, f"{lab}#model={model}")
    wait_for(page, f"() => window.last.model === '{model}'")
    worst: dict[str, float] = dict.fromkeys(CHANGES, 1.0)
    unfitted: dict[str, list[float]] = {name: [] for name in CHANGES}
    for digit in range(10):
        untouched = follow(page, strokes_of(digit), model)
        for name in CHANGES:
            answer = follow(page, changed(digit, name), model)
            worst[name] = min(worst[name], overlap(answer.reconstruction, untouched.reconstruction))
            unfitted[name].append(overlap(answer.pixels, untouched.pixels))
    print({name: (round(least, 3), round(float(np.mean(unfitted[name])), 2)) for name, least in worst.items()})
    assert all(share >= LEAST[name] for name, share in worst.items()), worst
    assert max(np.mean(values) for values in unfitted.values()) < 0.7  # what was drawn was far from the same


def test_it_is_so_under_the_pen_too(page: Page, lab: str) -> None:
    visit(page, lab)
    draw_digit(page, strokes_of(2))
    untouched = last(page)
    for name in ("right", "small", "large"):
        draw_digit(page, changed(2, name))
        assert overlap(last(page).reconstruction, untouched.reconstruction) >= LEAST[name] - 0.1, name


def test_the_models_see_a_digit_of_20_pixels_about_the_middle(page: Page, lab: str) -> None:
    visit(page, lab)
    for digit in range(10):
        for change in CHANGES:
            answer = follow(page, changed(digit, change), "masking-80")
            longest, (x, y) = extent(answer.fed.reshape(SIDE, SIDE))
            assert longest == pytest.approx(20, abs=1.01), (digit, change)
            assert np.hypot(x - 14, y - 14) < 0.25, (digit, change)


def test_the_answer_lies_on_the_ink(page: Page, lab: str) -> None:
    visit(page, lab + "#model=none")
    for name, scale in CHANGES.items():
        draw_digit(page, changed(3, name))
        ink, answer = drawn(page), shown(page, "reconstruction")
        _, here = extent(ink)
        _, there = extent(answer)
        assert np.hypot(here[0] - there[0], here[1] - there[1]) < 0.6, name
        if scale == 1:
            assert overlap(ink, answer) > 0.8, name


def test_the_frame_stands_still_while_a_stroke_is_drawn(page: Page, lab: str) -> None:
    visit(page, lab)
    draw_digit(page, [[(4, 4), (4, 12)]])
    page.mouse.move(*place(page, 6, 12))
    page.mouse.down()
    page.mouse.move(*place(page, 8, 12))
    before = last(page)
    for x in range(9, 25):
        page.mouse.move(*place(page, x, 12))
    during = last(page)
    assert during.pixels.sum() > before.pixels.sum() + 30
    kept = before.fed > 0
    assert (during.fed[kept] >= before.fed[kept]).all()  # ink was added, and none of it has moved
    page.mouse.up()
    after = last(page)
    assert (after.fed[kept] < before.fed[kept] - 0.1).any()
    assert extent(after.fed.reshape(SIDE, SIDE))[0] == pytest.approx(20, abs=1.01)


def test_a_switch_turns_it_off(page: Page, lab: str) -> None:
    visit(page, lab)
    draw_digit(page, changed(7, "small and aside"))
    fitted = last(page)
    assert overlap(fitted.fed, fitted.pixels) < 0.5
    page.locator("label", has=page.locator("#fit")).click()
    off = last(page)
    assert (off.fed == off.pixels).all()
    assert np.abs(shown(page, "reconstruction").ravel() - np.clip(off.reconstruction, 0, 1)).max() < 0.01
    wait_for(page, "() => location.hash.includes('fit=0')")
    page.locator("label", has=page.locator("#fit")).click()
    assert (last(page).fed == fitted.fed).all()


def test_a_dot_is_left_where_it_is(page: Page, lab: str) -> None:
    visit(page, lab)
    page.mouse.click(*place(page, 6, 20))
    answer = last(page)
    assert answer.pixels.sum() > 1
    assert (answer.fed == answer.pixels).all()


def test_a_drawing_from_a_link_is_fitted_too(page: Page, lab: str) -> None:
    strokes = [stroke("soft", points) for points in changed(4, "small")]
    visit(page, f"{lab}#model=none&draw={encode_strokes(strokes)}")
    expect(page.locator("#fit")).to_be_checked()
    answer = last(page)
    assert np.abs(answer.pixels - render(strokes, SIDE)).max() < 1e-6
    assert extent(answer.fed.reshape(SIDE, SIDE))[0] == pytest.approx(20, abs=1.01)


@pytest.mark.parametrize("half", ["upper", "lower", "left", "right"])
def test_half_a_digit_stays_where_it_is_drawn_and_is_completed(page: Page, lab: str, half: str) -> None:
    visit(page, f"{lab}#model=masking-80")
    points = [(8.5, 9.5), (10, 6.5), (14, 5.25), (18, 6.5), (19, 9.5), (17, 12), (14, 14)]
    if half in ("left", "right"):  # of a 0
        points = [(13.5, 5.5), (10.5, 7), (9, 11), (9, 17), (10.5, 21), (13.5, 22.5)]
    if half in ("lower", "right"):
        points = [(SIDE - x, SIDE - y) for x, y in points]
    draw_digit(page, [points])
    answer = last(page)
    assert (answer.fed == answer.pixels).all()
    expect(page.locator("#fitted")).to_be_hidden()
    made = answer.reconstruction.reshape(SIDE, SIDE)
    other = {"upper": made[16:], "lower": made[:12], "left": made[:, 16:], "right": made[:, :12]}[half]
    assert other.sum() > 5


def test_the_fed_picture_says_when_it_was_moved_or_scaled(page: Page, lab: str) -> None:
    visit(page, lab)
    draw_digit(page, strokes_of(2))
    assert (last(page).fed == last(page).pixels).all()
    expect(page.locator("#fitted")).to_be_hidden()
    for name in CHANGES:
        draw_digit(page, [[(min(max(x, 0), SIDE), min(max(y, 0), SIDE)) for x, y in one] for one in changed(2, name)])
        expect(page.locator("#fitted")).to_be_visible()


def test_what_is_rubbed_out_last_moves_nothing(page: Page, lab: str) -> None:
    visit(page, lab)
    take_sample(page, 2)
    whole = last(page)
    page.locator("#tools input[value='eraser']").check(force=True)
    page.mouse.move(*place(page, 4, 17))
    page.mouse.down()
    for y in (17, 20, 23, 26):
        page.mouse.move(*place(page, 25, y), steps=4)
        page.mouse.move(*place(page, 3, y + 1.5), steps=4)
    page.mouse.up()
    half = last(page)
    upper = slice(0, 14)
    assert half.fed.reshape(SIDE, SIDE)[17:].sum() < 0.2 * whole.fed.reshape(SIDE, SIDE)[17:].sum()
    np.testing.assert_allclose(half.fed.reshape(SIDE, SIDE)[upper], whole.fed.reshape(SIDE, SIDE)[upper], atol=1e-6)


def test_ink_far_off_the_pad_is_neither_fed_nor_fitted(page: Page, lab: str) -> None:
    visit(page, lab)
    draw_digit(page, strokes_of(3))
    alone = last(page)
    page.mouse.move(*place(page, 27, 3))
    page.mouse.down()
    page.mouse.move(*place(page, 60, 3), steps=8)
    page.mouse.up()
    answer = last(page)
    longest, _ = extent(answer.fed.reshape(SIDE, SIDE))
    assert longest == pytest.approx(20, abs=1.01)
    assert answer.fed.sum() < 1.3 * alone.fed.sum()
