"""Drawing on the page with the mouse and the keyboard: brushes, eraser, undo, samples, hints, colours."""

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.draw.strokes import encode_strokes, read_samples, render
from workshop.checkout import ROOT
from workshop.pad import PLAIN, SIDE, drawn, mouse, place, places, shown, soft
from workshop.visit import last, settle, take_sample, visit, wait_for

GRID = 0.2  # what snapping to eighths and to whole points of the screen may change in a pixel's grey
ZIGZAG = ((4.5, 5.5), (23.0, 8.5), (5.5, 16.0), (22.5, 24.5))
ALL_CELLS = """() => {
  const pad = document.getElementById("pad");
  const { left, top, width, height } = pad.getBoundingClientRect();
  const hit = (k) => document.elementFromPoint(
    left + ((k % 28) + 0.5) * (width / 28), top + (Math.floor(k / 28) + 0.5) * (height / 28));
  return Array.from({ length: 784 }, (_, k) => hit(k) === pad).every(Boolean);
}"""


def choose(page: Page, tool: str) -> None:
    page.locator("#tools label", has=page.locator(f"input[value='{tool}']")).click()


def is_off(page: Page, button: str) -> bool:
    return page.locator(f"#{button}").get_attribute("aria-disabled") == "true"


def test_a_tap_inks_a_dot_of_the_soft_brush(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    page.mouse.click(*place(page, 14.5, 9.5))
    ink = drawn(page)
    assert ink[9, 14] == 1
    assert np.abs(ink - soft([(14.5, 9.5)])).max() < GRID
    assert (last(page).fed == last(page).pixels).all()


def test_the_soft_brush_is_as_wide_as_promised_and_grey_at_its_edges(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    mouse(page, (14.0, 4.0), (14.0, 24.0))
    profile = drawn(page)[14]
    assert abs(profile.sum() - 2.5) < GRID
    assert profile.max() == 1
    assert 0 < profile[12] < 1
    assert 0 < profile[15] < 1
    assert np.abs(shown(page, "pad")[14] - profile).max() < 0.01


def test_a_fast_stroke_has_no_gaps(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    mouse(page, *ZIGZAG)
    assert np.abs(drawn(page) - soft(ZIGZAG)).max() < GRID


def test_every_place_reported_between_two_frames_counts(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    turn = np.linspace(0, 2 * np.pi, 40)
    circle = [(14 + 9 * float(np.cos(angle)), 14 + 9 * float(np.sin(angle))) for angle in turn]
    page.evaluate(
        """(places) => {
          const pad = document.getElementById("pad");
          const make = (type, [clientX, clientY], more = {}) =>
            new PointerEvent(type, { clientX, clientY, pointerId: 7, bubbles: true, buttons: 1, ...more });
          const coalescedEvents = places.map((place) => make("pointermove", place));
          pad.dispatchEvent(make("pointerdown", places[0]));
          pad.dispatchEvent(make("pointermove", places.at(-1), { coalescedEvents }));
          pad.dispatchEvent(make("pointerup", places.at(-1)));
        }""",
        places(page, circle),
    )
    assert np.abs(drawn(page) - soft(circle)).max() < GRID


def test_the_thin_brush_inks_whole_pixels_one_wide(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    choose(page, "hard")
    corners = ((3.5, 4.5), (20.5, 9.5), (20.5, 25.5), (3.5, 12.5))
    mouse(page, *corners)
    ink = drawn(page)
    assert set(np.unique(ink)) == {0, 1}
    expected = set()
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps = round(max(abs(x1 - x0), abs(y1 - y0)))
        rows = np.floor(np.linspace(y0, y1, steps + 1) + 1e-9)
        columns = np.floor(np.linspace(x0, x1, steps + 1) + 1e-9)
        expected |= set(zip(rows.astype(int).tolist(), columns.astype(int).tolist(), strict=True))
    assert {(int(row), int(column)) for row, column in np.argwhere(ink)} == expected


def test_the_eraser_rubs_out_and_undo_brings_back(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    assert is_off(page, "undo")
    assert is_off(page, "redo")
    assert is_off(page, "clear")
    states = [drawn(page)]
    mouse(page, *ZIGZAG)
    states.append(drawn(page))
    choose(page, "eraser")
    mouse(page, (14.0, 2.0), (14.0, 26.0))
    states.append(drawn(page))
    assert states[-1][:, 13:15].max() == 0
    assert (states[-1][:, :11] == states[-2][:, :11]).all()
    page.click("#clear")
    states.append(drawn(page))
    assert states[-1].max() == 0
    for state in reversed(states[:-1]):
        page.click("#undo")
        assert (drawn(page) == state).all()
    assert is_off(page, "undo")
    for number, state in enumerate(states[1:]):
        page.click("#redo") if number % 2 else page.keyboard.press("Control+Shift+Z")
        assert (drawn(page) == state).all()
    assert is_off(page, "redo")
    page.keyboard.press("Control+Z")
    assert not is_off(page, "redo")
    choose(page, "soft")
    mouse(page, (5.0, 25.0), (9.0, 25.0))
    assert is_off(page, "redo")  # what was undone is gone once something new is drawn
    assert drawn(page)[25, 7] > 0


def test_each_sample_is_drawn_as_the_strokes_of_its_digit(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    mouse(page, *ZIGZAG)
    before = drawn(page)
    for sample in read_samples(ROOT / "site_template" / "samples.json"):
        page.click(f"#samples button[value='{sample.digit}']")
        expect(page.locator("#status")).to_have_text(f"Sample digit {sample.digit} drawn.")
        expected = render(sample.strokes, SIDE).reshape(SIDE, SIDE)
        assert expected.sum() > 20
        assert np.abs(drawn(page) - expected).max() < 1e-6
        assert np.abs(shown(page, "pad") - expected).max() < 0.01
    wait_for(page, f"() => location.hash.includes('draw={encode_strokes(sample.strokes)}')")
    for _ in range(10):
        page.click("#undo")
    assert (drawn(page) == before).all()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ink_is_the_same_colour_on_both_sides(page: Page, lab: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit(page, lab + PLAIN)
    for canvas in ("pad", "fed", "reconstruction"):
        assert np.abs(shown(page, canvas)).max() == 0, canvas
    take_sample(page, 3)
    answer = last(page).reconstruction.reshape(SIDE, SIDE)
    assert np.abs(shown(page, "reconstruction") - answer).max() < 0.01
    assert answer[drawn(page) > 0.9].mean() > 0.6  # where the visitor's ink is, there is the answer's
    assert answer[drawn(page) == 0].mean() < 0.1


def test_all_784_pixels_can_be_reached_and_seen_at_320_points(page: Page, lab: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    visit(page, lab + PLAIN)
    choose(page, "hard")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    page.locator("#pad").scroll_into_view_if_needed()
    assert page.evaluate(ALL_CELLS)
    ends = (0.3, SIDE - 0.3)
    corners = [(x, y) for y in ends for x in ends]
    for number, corner in enumerate(corners, 1):
        page.mouse.click(*place(page, *corner))
        assert drawn(page).sum() == number
    ink = drawn(page)
    assert ink[0, 0] == ink[0, 27] == ink[27, 0] == ink[27, 27] == 1
    assert (np.round(shown(page, "pad"), 2) == ink).all()
    snake = [(x, row + 0.5) for row in range(SIDE) for x in (ends if row % 2 == 0 else ends[::-1])]
    mouse(page, *snake)
    assert drawn(page).min() == 1
    assert shown(page, "pad").min() == 1


def test_hints_stand_on_what_is_blank_and_nowhere_else(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    hints = [page.locator("#pad-hint"), page.locator("#answer-hint")]
    for hint in hints:
        expect(hint).to_be_visible()
        assert hint.inner_text().strip()
    page.mouse.click(*place(page, 14, 14))
    for hint in hints:
        expect(hint).to_be_hidden()
    page.click("#clear")
    for hint in hints:
        expect(hint).to_be_visible()
    assert shown(page, "reconstruction").max() == 0


def focus(page: Page) -> None:
    """Reach the pad by keyboard, and wait for the script that draws then."""
    page.focus("#pad")
    wait_for(page, "() => document.querySelector('#cursor').style.left !== ''")


def test_the_keyboard_draws_with_a_cursor_that_is_seen(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    cursor = page.locator("#cursor")
    expect(cursor).to_be_hidden()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "pad":
            break
    expect(cursor).to_be_visible()
    focus(page)
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    box = cursor.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert np.abs(np.subtract(middle, place(page, 10, 13))).max() < 1
    page.keyboard.press("Space")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#status")).to_have_text("Pen down.")
    page.keyboard.press("Space")
    expected = soft([(10, 13), (14, 13), (18, 13), (18, 15)])
    assert np.abs(drawn(page) - expected).max() < 1e-6
    for _ in range(40):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    assert drawn(page)[15, 27] == 1  # the last column is within its reach
    page.keyboard.press("Control+Z")
    assert np.abs(drawn(page) - expected).max() < 1e-6
    page.keyboard.press("Control+Z")
    assert drawn(page).max() == 0


def test_space_held_draws_while_it_is_held(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    focus(page)
    page.keyboard.down("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.up("Space")
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    assert np.abs(drawn(page) - soft([(14, 14), (15, 14)])).max() < 1e-6


def test_the_mouse_takes_the_pen_from_the_keyboard(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    focus(page)
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    mouse(page, (5, 24), (20, 24))
    expect(page.locator("#cursor")).not_to_have_class("cursor down")
    page.keyboard.press("ArrowDown")
    ink = drawn(page)
    assert np.abs(ink[:20] - soft([(14, 14), (18, 14)])[:20]).max() < 1e-6
    assert ink[24, 5:20].min() > 0.5
    page.keyboard.press("Space")
    assert drawn(page)[15, 17] == 1
