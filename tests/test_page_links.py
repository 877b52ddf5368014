"""A link that was changed on its way: what can be read of it is shown, and it is said."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.draw.strokes import encode_strokes, read_samples, render
from workshop.checkout import ROOT
from workshop.matrix import in_matrix
from workshop.visit import last, visit

SAMPLES = read_samples(ROOT / "site_template" / "samples.json")
THREE = SAMPLES[3].strokes
TEXT = encode_strokes(THREE)
PAGES = {"": "#chapter=1&draw=", "lab/": "#model=masking-80&fit=0&draw="}
CHANGED = "cut short or changed"


def open_link(page: Page, url: str) -> None:
    """Follow a link as from elsewhere: to a page that is not there yet."""
    page.goto("about:blank")
    visit(page, url)


@pytest.mark.parametrize("path", PAGES, ids=["walk", "lab"])
@pytest.mark.parametrize("end", [".", "),", *in_matrix(("。", "…", "\u200b"))])
def test_a_mark_after_a_link_costs_nothing_and_is_told(page: Page, served: str, path: str, end: str) -> None:
    open_link(page, served + path + PAGES[path] + TEXT + end)
    assert np.abs(last(page).pixels - render(THREE, 28)).max() < 1e-6
    expect(page.locator("#broken")).to_contain_text(CHANGED)
    expect(page.locator("#broken")).to_be_visible()


@pytest.mark.parametrize("path", PAGES, ids=["walk", "lab"])
@pytest.mark.parametrize("share", [0.4, 0.95])
def test_of_a_drawing_that_was_cut_the_beginning_is_kept(page: Page, served: str, path: str, share: float) -> None:
    open_link(page, served + path + PAGES[path] + TEXT[: round(share * len(TEXT))])
    whole, kept = render(THREE, 28), last(page).pixels
    assert 0.5 * share * whole.sum() < kept.sum() < whole.sum()
    assert (kept <= whole + 1e-6).all()
    expect(page.locator("#broken")).to_contain_text(CHANGED)
    expect(page.locator("#broken")).to_be_visible()


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("lab/#model=masking-8", True),
        ("lab/#model=masking-80&noise=gauss", True),
        ("lab/#model=masking-80&noise=gaussian&level=", True),
        ("lab/#model=masking-80&", True),
        ("lab/#model=masking-80&amp;noise=gaussian&amp;level=0.5", False),
        ("lab/#share", False),
        ("#chapter=2&try=do", True),
        ("#chapter=2&dr", True),
        ("#chapter=2&try=dots&noise=maskin", True),
        ("#chapter=2&try=dots&noise=masking&level=0.5", False),
        ("#chapter=2", False),
        ("ja/#chapter=2&draw=", False),
    ],
)
def test_a_link_is_said_to_be_cut_where_that_can_be_seen(page: Page, served: str, link: str, told: bool) -> None:
    open_link(page, served + link)
    if told:
        expect(page.locator("#broken")).to_contain_text(CHANGED)
        expect(page.locator("#broken")).to_be_visible()
    else:
        page.wait_for_timeout(300)
        expect(page.locator("#broken")).to_be_hidden()
