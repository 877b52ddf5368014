"""What else draws: pen and finger; and strokes that leave the pad, are cancelled, or meet a second finger."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from workshop.pad import PLAIN, Touch, drawn, mouse, place, places, soft
from workshop.visit import settle, visit

GRID = 0.25  # what snapping to eighths and to whole points of a small screen may change in a pixel's grey
RECORD = """() => {
  window.kinds = new Set();
  window.fingers = new Set();
  document.addEventListener("pointerdown", ({ pointerId }) => window.fingers.add(pointerId), true);
  for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
    document.addEventListener(type, (event) => window.kinds.add(`${event.pointerType} ${event.type}`), true);
  }
}"""
LINE = ((6.0, 8.0), (20.0, 8.0), (20.0, 21.0))


@pytest.fixture
def phone(browser: Browser, lab: str) -> Iterator[Page]:
    """The page on a phone with a touch screen; the console must stay empty."""
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(f"({RECORD})()")
    visit(page, lab + PLAIN)
    page.locator("#pad").scroll_into_view_if_needed()
    yield page
    context.close()
    assert said == []


def scrolled(page: Page) -> float:
    """How far the page is scrolled, once it stands still."""
    offset = -1.0
    for _ in range(40):
        before, offset = offset, page.evaluate("() => scrollY")
        if before == offset:
            break
        page.wait_for_timeout(100)
    return offset


def point(page: Page, kind: str, at: tuple[float, float], **event: Any) -> None:
    """A pointer event that a script made up, at a point of the pad."""
    x, y = place(page, *at)
    page.evaluate(
        "([kind, event]) => document.getElementById('pad').dispatchEvent(new PointerEvent(kind, event))",
        [kind, {"clientX": x, "clientY": y, "bubbles": True, **event}],
    )


def test_a_finger_draws_and_the_page_stays_where_it_is(phone: Page) -> None:
    before = scrolled(phone)
    Touch(phone).stroke(*places(phone, LINE))
    assert np.abs(drawn(phone) - soft(LINE)).max() < GRID
    assert scrolled(phone) == before
    assert {"touch pointerdown", "touch pointermove", "touch pointerup"} <= set(phone.evaluate("() => [...kinds]"))


def test_a_finger_beside_the_pad_scrolls_and_draws_nothing(phone: Page) -> None:
    before = scrolled(phone)
    Touch(phone).stroke(*((180.0, 600.0 - 20 * step) for step in range(20)))
    assert scrolled(phone) > before + 100
    assert drawn(phone).max() == 0


def test_a_tap_of_a_finger_inks(phone: Page) -> None:
    phone.touchscreen.tap(*place(phone, 14.5, 14.5))
    assert drawn(phone)[14, 14] == 1
    assert np.abs(drawn(phone) - soft([(14.5, 14.5)])).max() < GRID


def test_a_second_finger_neither_draws_nor_disturbs(phone: Page) -> None:
    touch = Touch(phone)
    first = places(phone, [(5, 5), (12, 5), (20, 5), (20, 12)])
    second = places(phone, [(5, 22), (14, 22)])
    touch.send("touchStart", first[0])
    touch.send("touchMove", first[1])
    touch.send("touchStart", first[1], second[0])
    touch.send("touchMove", first[2], second[1])
    touch.send("touchMove", first[3])  # the second finger is gone
    touch.send("touchEnd")
    assert np.abs(drawn(phone) - soft([(5, 5), (20, 5), (20, 12)])).max() < GRID
    assert phone.evaluate("() => window.fingers.size") == 2
    assert phone.evaluate("() => visualViewport.scale") == 1
    touch.stroke(*second)
    assert drawn(phone)[22, 9] > 0.5


def test_a_stroke_that_the_system_cancels_is_taken_back(phone: Page) -> None:
    touch = Touch(phone)
    touch.stroke(*places(phone, [(5, 5), (20, 5)]))
    before = drawn(phone)
    touch.send("touchStart", place(phone, 5, 20))
    touch.send("touchMove", place(phone, 20, 20))
    assert drawn(phone)[20, 12] > 0.5
    touch.send("touchCancel")
    assert (drawn(phone) == before).all()
    touch.stroke(*places(phone, [(10, 12), (10, 20)]))
    assert drawn(phone)[16, 9] > 0.5
    phone.click("#undo")
    assert (drawn(phone) == before).all()
    phone.click("#undo")
    assert drawn(phone).max() == 0


def test_a_pen_draws(page: Page, lab: str) -> None:
    page.add_init_script(f"({RECORD})()")
    visit(page, lab + PLAIN)
    session = page.context.new_cdp_session(page)
    kinds = ["mousePressed", *["mouseMoved"] * (len(LINE) - 1), "mouseReleased"]
    for kind, (x, y) in zip(kinds, places(page, [*LINE, LINE[-1]]), strict=True):
        event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1, "pointerType": "pen", "force": 0.7}
        session.send("Input.dispatchMouseEvent", event | {"buttons": 0 if kind == "mouseReleased" else 1})
    assert np.abs(drawn(page) - soft(LINE)).max() < GRID
    assert {"pen pointerdown", "pen pointermove", "pen pointerup"} <= set(page.evaluate("() => [...kinds]"))


def test_the_other_end_of_a_pen_rubs_out(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    mouse(page, *LINE)
    first, second = (12, 4), (12, 12)
    pen = {"pointerId": 9, "pointerType": "pen"}
    point(page, "pointerdown", first, **pen, button=5, buttons=32)
    point(page, "pointermove", second, **pen, button=-1, buttons=32)
    point(page, "pointerup", second, **pen, button=5)
    ink = drawn(page)
    assert ink[8, 11:13].max() == 0
    assert ink[8, 7] == ink[8, 16] == 1


def test_a_pen_draws_though_the_palm_of_its_hand_came_first(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    palm = {"pointerId": 4, "pointerType": "touch"}
    pen = {"pointerId": 9, "pointerType": "pen"}
    point(page, "pointerdown", (22, 24), **palm, buttons=1)
    point(page, "pointermove", (25, 26), **palm, buttons=1)
    assert drawn(page)[24, 22] > 0.5
    point(page, "pointerdown", LINE[0], **pen, buttons=1)
    point(page, "pointermove", (20, 26), **palm, buttons=1)
    point(page, "pointermove", LINE[1], **pen, buttons=1)
    point(page, "pointerup", (20, 26), **palm)
    point(page, "pointerdown", (22, 24), **palm, buttons=1)  # and comes down again
    point(page, "pointermove", LINE[2], **pen, buttons=1)
    point(page, "pointerup", LINE[2], **pen)
    point(page, "pointermove", (25, 26), **palm, buttons=1)
    assert np.abs(drawn(page) - soft(LINE)).max() < GRID
    page.click("#undo")
    assert drawn(page).max() == 0  # what the palm drew is not there to go back to
    assert page.is_disabled("#undo")


def test_the_other_mouse_buttons_do_not_draw(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    for button in ("right", "middle"):
        session = page.context.new_cdp_session(page)
        for kind, point in (("mousePressed", (5, 5)), ("mouseMoved", (20, 20)), ("mouseReleased", (20, 20))):
            x, y = place(page, *point)
            buttons = 0 if kind == "mouseReleased" else {"right": 2, "middle": 4}[button]
            event = {"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1}
            session.send("Input.dispatchMouseEvent", event)
    assert drawn(page).max() == 0


def test_a_stroke_lasts_as_long_as_its_own_button_is_held(page: Page, lab: str) -> None:
    """Whatever other buttons are held meanwhile, before or after: browsers tell of these as moves."""
    visit(page, lab + PLAIN)
    session = page.context.new_cdp_session(page)

    def send(kind: str, at: tuple[float, float], button: str, buttons: int) -> None:
        x, y = place(page, *at)
        event = {"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1}
        session.send("Input.dispatchMouseEvent", event)

    left, right = 1, 2
    send("mousePressed", (5, 5), "left", left)
    send("mouseMoved", (12, 5), "left", left)
    send("mousePressed", (12, 5), "right", left | right)
    send("mouseMoved", (20, 5), "left", left | right)
    send("mouseReleased", (20, 5), "left", right)
    send("mouseMoved", (20, 20), "right", right)
    assert np.abs(drawn(page) - soft([(5, 5), (20, 5)])).max() < GRID
    send("mousePressed", (5, 24), "left", left | right)
    send("mouseMoved", (20, 24), "left", left | right)
    send("mouseReleased", (20, 24), "left", right)
    send("mouseReleased", (20, 24), "right", 0)
    send("mouseMoved", (24, 14), "none", 0)
    expected = np.maximum(soft([(5, 5), (20, 5)]), soft([(5, 24), (20, 24)]))
    assert np.abs(drawn(page) - expected).max() < GRID


def test_a_stroke_leaves_the_pad_and_comes_back(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    points = ((20.0, 6.0), (40.0, 6.0), (40.0, 20.0), (20.0, 20.0))
    mouse(page, *points)
    assert np.abs(drawn(page) - soft(points)).max() < GRID
    mouse(page, (5.0, 14.0), (-12.0, 14.0))
    before = drawn(page)
    assert before[13, 0] > 0.5
    page.mouse.move(*place(page, 2, 25))
    page.mouse.move(*place(page, 25, 25))
    assert (drawn(page) == before).all()  # lifted outside it stays lifted


def test_the_window_changes_its_size_in_the_middle_of_a_stroke(page: Page, lab: str) -> None:
    visit(page, lab + PLAIN)
    page.mouse.move(*place(page, 5, 5))
    page.mouse.down()
    page.mouse.move(*place(page, 12, 5))
    page.set_viewport_size({"width": 700, "height": 900})
    settle(page)
    moved = drawn(page)
    assert moved[5, 6:11].min() > 0.5
    page.mouse.move(*place(page, 22, 20))
    page.mouse.move(*place(page, 22, 25))
    page.mouse.up()
    ink = drawn(page)
    assert (ink >= moved).all()
    assert ink[20:25, 21:23].min() > 0.5  # under the pointer, in the pad's new place and size
    mouse(page, (4, 24), (10, 24))
    assert drawn(page)[24, 4:10].min() > 0.5
