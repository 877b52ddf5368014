"""The lab inside another page: as high as what is in it, at any width, and whatever is unfolded."""

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from export.site.embed import HEIGHT, HIDDEN, WIDTH, make_embed
from workshop.serving import serve
from workshop.visit import wait_for

FITS = """() => {
  const embed = document.querySelector("iframe");
  return embed.clientHeight > 300 && Number(embed.height) !== NUMBER && embed.clientHeight === Number(embed.height);
}""".replace("NUMBER", str(HEIGHT))
OVERFLOW = "(root) => root.scrollHeight - root.clientHeight"


@pytest.fixture
def host(lab: str, tmp_path: Path) -> Iterator[str]:
    """A page of another origin with the embed in a column."""
    code = make_embed(f"{lab}?hide={HIDDEN}#model=masking-80", "live")
    column = (
        f'<!doctype html><meta charset="utf-8"><title>Blog</title><link rel="icon" href="data:,"><main>{code}</main>'
    )
    (tmp_path / "index.html").write_text(column)
    (tmp_path / "plain.html").write_text(column.partition("<script>")[0])
    server = serve(tmp_path)
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def embed(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


@pytest.mark.parametrize("width", [360, 720, 1200])
def test_it_is_as_high_as_what_is_in_it(page: Page, host: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(host)
    wait_for(page, FITS)
    assert embed(page).locator("html").evaluate(OVERFLOW) == 0
    expect(embed(page).locator("#pad")).to_be_visible()
    expect(embed(page).locator("header.top")).to_be_hidden()
    before = page.locator("iframe").bounding_box()
    embed(page).locator("#units > summary").click()
    expect(embed(page).locator("#units.ready")).to_have_count(1)
    wait_for(page, f"() => document.querySelector('iframe').clientHeight > {before and before['height'] + 200}")
    page.wait_for_timeout(200)
    assert embed(page).locator("html").evaluate(OVERFLOW) == 0


def test_without_a_script_around_it_the_height_is_that_in_a_column(page: Page, host: str) -> None:
    page.set_viewport_size({"width": WIDTH + 16, "height": 800})
    page.goto(f"{host}plain.html")
    expect(embed(page).locator("#pad")).to_be_visible()
    expect(embed(page).locator("html.embedded")).to_have_count(1)
    height = embed(page).locator("html").evaluate("(root) => root.offsetHeight")
    print(f"{height} px high in a column of {WIDTH} px, said to be {HEIGHT}")
    assert abs(height - HEIGHT) <= 20


def test_the_code_is_text_within_its_attributes() -> None:
    code = make_embed('https://example.org/?a&b"', "<i>")
    assert 'src="https://example.org/?a&amp;b&#34;"' in code
    assert 'title="&lt;i&gt;"' in code
    assert html.unescape(code).count("<script>") == 1
