"""The site with scripts off: what needs them is said, and all else is there to be read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from export.site.catalogue import read_catalogues
from export.site.pages import PAGES
from train.settings.reader import read_config
from workshop.checkout import ROOT

MODELS = read_config(ROOT / "models.toml").models


@pytest.fixture(scope="module")
def silent(browser: Browser) -> Iterator[Page]:
    """A page in a browser that runs no scripts."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_the_pages_can_be_read(silent: Page, served: str, locale: str) -> None:
    top = served + ("" if locale == "en" else "ja/")
    messages = read_catalogues(ROOT / "site_template" / "locale", "mnist")[locale]
    silent.goto(top)
    for page in PAGES:
        if page.listed:
            silent.locator("nav a", has_text=messages[f"{page.name}.nav"]).first.click()
        else:
            silent.locator(f"main a[href$='{page.path}']").click()
        expect(silent).to_have_url(top + page.path)
        expect(silent.locator("h1")).to_have_text(messages[f"{page.name}.heading"])
        for text in silent.locator(".prose :is(h2, h3, p):not(details *)").all():
            expect(text).to_be_visible()
    silent.goto(f"{top}numbers/")
    formulas = silent.locator("math")
    assert formulas.count() == 2  # the network, its loss
    for formula in formulas.all():
        box = formula.bounding_box()
        assert box
        assert box["height"] > 8
    assert silent.locator("svg path, svg polyline").count() >= len(MODELS)
    assert silent.locator("table.heat td a").count() == len(MODELS) ** 2
    silent.goto(f"{top}use/")
    assert silent.locator("a[href*='.safetensors']").count() == 2 * len(MODELS) + 1  # and one of bare pixels


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_what_only_scripts_can_do_is_not_offered(silent: Page, served: str, locale: str) -> None:
    silent.goto(served + ("lab/" if locale == "en" else "ja/lab/"))
    messages = read_catalogues(ROOT / "site_template" / "locale", "mnist")[locale]
    expect(silent.locator("noscript p")).to_have_text(messages["lab.noscript"])
    for hidden in ("#lab", "#wall", "#feedback", "#units", "#broken", "#failure", "#loading", "#selftest"):
        expect(silent.locator(hidden)).to_be_hidden()
    silent.click("nav a[hreflang]")
    expect(silent.locator("html")).to_have_attribute("lang", "ja" if locale == "en" else "en")
