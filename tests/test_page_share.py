"""What leaves the page and what comes back: links, pictures, frames, presets, the self-test; and one origin for all."""

import io
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from workshop.visit import NUMBERS, PATTERNS, draw, last, open_panel, take_sample, visit, wait_for, wait_for_address

PANELS = ("feedback", "units")
OVERWRITTEN = """([link, before]) => {
  location.hash = link;
  history.replaceState(null, "", before);  // as the page itself does, a moment after every change
}"""


def test_a_link_is_followed_though_the_address_is_written_over_at_that_moment(page: Page, lab: str) -> None:
    visit(page, lab)
    draw(page)
    wait_for_address(page)
    page.click("#clear")
    page.evaluate(OVERWRITTEN, ["#model=none&draw=" + page.url.split("draw=")[1], "#model=masking-80"])
    wait_for(page, "() => window.last.model === 'none' && window.last.pixels.some((ink) => ink > 0)")
    wait_for(page, "() => /^#model=none&draw=/.test(location.hash)")


def test_a_link_restores_everything_in_a_fresh_profile(browser: Browser, page: Page, lab: str) -> None:
    visit(page, lab)
    draw(page)
    page.locator("#tools input[value='hole']").check(force=True)
    draw(page, ((0.2, 0.8), (0.8, 0.8)))
    page.select_option("#model", "gaussian-075")
    page.locator("#noises input[value='salt-and-pepper']").check(force=True)
    page.locator("#level").fill("0.3")
    page.click("#again")
    page.locator("label", has=page.locator("#difference")).click()
    open_panel(page, "feedback")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#share button[value='link']")
    expect(page.locator("#shared-text")).to_have_text("Link copied.")
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert len(link) < 1500
    assert page.evaluate("() => history.length") == 2  # about:blank and the page
    wait_for(page, "() => window.last.model === 'gaussian-075'")
    here = last(page)
    context = browser.new_context()
    there = visit(context.new_page(), link)
    wait_for(there, "() => window.last.model === 'gaussian-075'")
    assert (last(there).pixels == here.pixels).all()
    assert (last(there).fed == here.fed).all()
    assert np.abs(last(there).reconstruction - here.reconstruction).max() < 1e-6
    assert there.locator("#difference").is_checked()
    assert there.locator("#feedback").get_attribute("open") is not None
    assert there.locator("#level-text").inner_text() == "30% of the pixels"
    context.close()


def test_a_picture_holds_the_drawing_and_the_answers(page: Page, lab: str, tmp_path: Path) -> None:
    shapes = []
    for query in ("?hide=wall", ""):
        visit(page, lab + query)
        draw(page)
        if not query:
            wait_for(page, NUMBERS)
        with page.expect_download() as download:
            page.click("#share button[value='picture']")
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert path.name == "dae-masking-80.png"
        picture = Image.open(io.BytesIO(path.read_bytes()))
        assert picture.format == "PNG"
        assert len(picture.convert("L").getcolors() or []) > 50
        shapes.append(picture.size)
    assert shapes[1][1] > 3 * shapes[0][1]


def test_an_embed_for_another_page_hides_what_is_around_the_lab(page: Page, lab: str) -> None:
    visit(page, lab)
    draw(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#share button[value='embed']")
    expect(page.locator("#shared-text")).to_have_text("Embed code copied.")
    embed = page.evaluate("() => navigator.clipboard.readText()")
    source = re.search(r'src="([^"]*)"', embed)
    assert source
    visit(page, source[1].replace("&amp;", "&"))
    assert last(page).pixels.sum() > 20
    for selector in ("header", ".hero", "footer"):
        expect(page.locator(selector).first).to_be_hidden()
    expect(page.locator("#pad")).to_be_visible()


@pytest.mark.parametrize("path", ["lab/", "ja/lab/"])
def test_every_link_beside_the_pad_sets_the_page_up_and_makes_no_history(page: Page, served: str, path: str) -> None:
    visit(page, served + path)
    tries = page.locator("a.try")
    assert tries.count() == 2
    for link in tries.all():
        answers = page.evaluate("() => window.answers")
        href = link.get_attribute("href") or ""
        link.click()
        wait_for(page, f"() => window.answers > {answers}")
        model = re.search(r"model=([\w-]+)", href)
        assert model
        wait_for(page, f"() => window.last.model === '{model[1]}' && window.last.pixels.reduce((a, b) => a + b) > 10")
    assert page.evaluate("() => history.length") == 2


def test_the_self_test_passes_and_can_fail(page: Page, lab: str) -> None:
    page.goto(lab + "?selftest")
    result = page.locator("#selftest[data-result]")
    expect(result).to_have_attribute("data-result", "passed", timeout=60_000)
    assert float(result.get_attribute("data-worst") or "nan") <= 1e-5
    expect(page.locator("#selftest-rows tr")).to_have_count(11)

    def alter(route: Route) -> None:
        body = bytearray(route.fetch().body())
        length = int.from_bytes(body[:8], "little")
        end = json.loads(body[8 : 8 + length])["reconstruction/none"]["data_offsets"][1]
        body[8 + length + end - 1] ^= 0x40  # a pixel near 0 becomes huge
        route.fulfill(body=bytes(body))

    page.route(re.compile(r"/golden\.\w+\.safetensors$"), alter)
    page.reload()
    expect(result).to_have_attribute("data-result", "failed", timeout=60_000)
    assert page.locator("#selftest-rows tr", has_text="✗").count() == 1


def test_one_origin_whatever_is_used(page: Page, lab: str) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.add_init_script(
        "window.broken = [];"
        "document.addEventListener('securitypolicyviolation', (event) => window.broken.push(event.blockedURI));"
    )
    visit(page, lab + "?selftest")
    draw(page)
    for panel in PANELS:
        open_panel(page, panel)
    page.click("#feedback-10")
    page.fill("#units-number", "3")
    page.press("#units-number", "Enter")
    page.locator("#units-active button").first.click()
    take_sample(page, 4)
    for value in ("masking", "salt-and-pepper", "gaussian", "trained"):
        page.locator(f"#noises input[value='{value}']").check(force=True)
    for switch in ("repeat", "difference", "fit", "own", "noisy"):
        page.locator("label", has=page.locator(f"#{switch}")).click()
    for tool in ("hard", "eraser", "hole"):
        page.locator(f"#tools input[value='{tool}']").check(force=True)
        draw(page)
    for button in ("again", "undo", "redo", "feedback-run", "clear"):
        page.click(f"#{button}")
    page.locator("a.try").first.click()
    with page.expect_download():
        page.click("#share button[value='picture']")
    for value in ("link", "embed"):
        page.click(f"#share button[value='{value}']")
    page.select_option("#model", "gaussian-100")
    wait_for(page, "() => window.last.model === 'gaussian-100'")
    wait_for(page, PATTERNS)
    assert page.evaluate("() => window.broken") == []
    page.locator("a[hreflang='ja']").click()
    wait_for(page, "() => document.documentElement.lang === 'ja' && window.answers > 0")
    assert "draw=" in page.url
    assert asked == {urlsplit(lab).netloc}
    assert page.evaluate("() => window.broken") == []


def test_hundreds_of_units_off_and_a_long_drawing_still_make_a_short_link(page: Page, lab: str) -> None:
    visit(page, f"{lab}#model=none&off={'.'.join(map(str, range(100, 500)))}")
    draw(page)
    wait_for(page, "() => location.hash.includes('draw=')")
    assert len(page.url) < 1500
    assert page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('off').startsWith('100.101.')")


def test_the_address_is_written_while_the_noise_keeps_changing(page: Page, lab: str) -> None:
    visit(page, f"{lab}#model=none&noise=masking&level=0.5&repeat=1")
    draw(page)
    wait_for(page, "() => location.hash.includes('draw=') && location.hash.includes('repeat=1')")
    seed = page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('seed')")
    wait_for(page, f"() => new URLSearchParams(location.hash.slice(1)).get('seed') !== '{seed}'")


def test_what_was_unfolded_stays_so_when_a_link_sets_the_page_up(page: Page, lab: str) -> None:
    visit(page, lab)
    open_panel(page, "feedback")
    page.locator("a.try").last.click()
    wait_for(page, "() => window.last.model === 'salt-and-pepper-50'")
    expect(page.locator("#feedback")).to_have_attribute("open", "")


def test_the_other_language_takes_along_what_is_shown_and_what_is_hidden(page: Page, lab: str) -> None:
    visit(page, f"{lab}?hide=hero,%20footer#model=none&noise=gaussian&level=0.3")
    expect(page.locator(".hero, footer").first).to_be_hidden()
    with page.context.expect_page() as other:
        page.locator("a[data-keep][hreflang='ja']").click(modifiers=["Control"])
    other.value.wait_for_url("**/ja/**")
    assert "level=0.3" in other.value.url
    page.locator("a[data-keep][hreflang='ja']").click()
    page.wait_for_url("**/ja/**")
    assert "hide=hero" in page.url
    assert "level=0.3" in page.url
    expect(page.locator("html")).to_have_attribute("lang", "ja")
