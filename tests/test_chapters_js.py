"""What comes later than the walk's first view: a chapter's script, when the chapter is nearly in view."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from workshop.scripts import open_modules, serving
from workshop.visit import wait_for

SETUP = """async () => {
  const { connectChapters } = await load("walk/chapters");
  document.body.innerHTML = '<p id="one">1</p><p style="height: 9000px"></p><p id="two">2</p>';
  window.came = [];
  const page = Object.freeze({ walk: "this one" });
  const connector = (id) => async (given) => came.push(given === page ? id : "another page");
  connectChapters(page, { one: connector("one"), two: connector("two") });
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("chapters")) as url:
        yield url


def test_a_chapter_s_script_comes_once_and_when_it_is_nearly_in_view(page: Page, url: str) -> None:
    open_modules(page, url).evaluate(SETUP)
    wait_for(page, "() => came.length > 0")
    assert page.evaluate("() => came") == ["one"]
    height = page.evaluate("() => document.documentElement.scrollHeight - innerHeight")
    for place in (height - 300, 0, height):  # the second is not in view yet the first time
        page.evaluate("(place) => scrollTo(0, place)", place)
        wait_for(page, "() => came.length === 2")
    assert page.evaluate("() => came") == ["one", "two"]
