"""The page with scripts off: said at once, and the whole story there to be read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from export.catalogue import read_catalogues
from tests.conftest import ROOT
from train.config import read_config

MODELS = read_config(ROOT / "models.toml").models


@pytest.fixture(scope="module")
def silent(browser: Browser) -> Iterator[Page]:
    """A page in a browser that runs no scripts."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_the_page_can_be_read(silent: Page, served: str, locale: str) -> None:
    silent.goto(served + ("" if locale == "en" else "ja/"))
    messages = read_catalogues(ROOT / "site_template" / "locale", "mnist")[locale]
    notice = silent.locator("noscript p")
    expect(notice).to_be_visible()
    expect(notice).to_have_text(messages["page.noscript"])
    expect(silent.locator("h1")).to_have_text(messages["page.heading"])
    for text in silent.locator("#story h2, #story h3, #story p").all():
        expect(text).to_be_visible()
    assert len(silent.locator("#story").inner_text()) > 2000
    formulas = silent.locator("#story math")
    assert formulas.count() == 5  # the network, its loss, three noises
    for formula in formulas.all():
        box = formula.bounding_box()
        assert box
        assert box["height"] > 8
    assert silent.locator("#story svg path, #story svg polyline").count() >= len(MODELS)
    assert silent.locator("#story table.heat td a").count() == len(MODELS) ** 2
    assert silent.locator("#story a[href*='.safetensors']").count() == len(MODELS)


def test_what_only_scripts_can_do_is_not_offered(silent: Page, served: str) -> None:
    silent.goto(served)
    for hidden in ("#lab", "#wall", "#feedback", "#units", "#broken", "#failure", "#loading", "#selftest"):
        expect(silent.locator(hidden)).to_be_hidden()
    silent.click("nav a[hreflang='ja']")
    expect(silent.locator("html")).to_have_attribute("lang", "ja")
    silent.click("nav a[href='#story']")
    assert silent.url.endswith("/ja/#story")
