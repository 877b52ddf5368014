"""The pages together: links between them from wherever the site stands, and old addresses that lead on."""

from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, expect

from export.site.pages import LAB, PAGES, root_of
from workshop.visit import last, visit, wait_for

LANGUAGES = ("en", "ja")


def test_a_page_stands_under_its_language_and_finds_the_top() -> None:
    assert [page.place("en") for page in PAGES] == ["", "lab/", "numbers/", "use/", "lesson/"]
    assert [page.place("ja") for page in PAGES] == ["ja/", "ja/lab/", "ja/numbers/", "ja/use/", "ja/lesson/"]
    assert [root_of(place) for place in ("", "lab/", "ja/", "ja/lab/")] == ["./", "../", "../", "../../"]


def test_every_page_leads_to_every_other_and_to_itself_in_the_other_language(page: Page, served: str) -> None:
    for language in LANGUAGES:
        for one in PAGES:
            page.goto(served + one.place(language))
            links = [urljoin(page.url, link.get_attribute("href")) for link in page.locator("nav a").all()]
            (other,) = (name for name in LANGUAGES if name != language)
            places = [*(two.place(language) for two in PAGES if two.listed or two == one), one.place(other)]
            assert links == [served + place for place in places]
            expect(page.locator("nav [aria-current=page]")).to_have_count(1)
            alternate = page.locator("head link[rel='alternate']").evaluate_all("(all) => all.map((one) => one.href)")
            assert alternate == [served + one.place(name) for name in ("en", "ja", "en")]


@pytest.mark.parametrize("top", ["", "ja/"])
@pytest.mark.parametrize("rest", ["#draw=&model=none&noise=masking", "?hide=hero#model=none", "?selftest"])
def test_an_address_that_sets_the_lab_up_opens_it_with_all_it_has(page: Page, served: str, top: str, rest: str) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    visit(page, served + top + rest)
    parts, asked = urlsplit(page.url), urlsplit(rest)
    assert page.url.startswith(f"{served}{top}{LAB.path}")
    assert parts.query == asked.query
    if "model=none" in rest:
        wait_for(page, "() => window.last.model === 'none'")
        assert last(page).model == "none"
        assert "model=none" in parts.fragment


def test_such_a_hash_is_followed_on_the_open_walk_and_a_chapter_is_not(page: Page, served: str) -> None:
    page.goto(f"{served}#chapter=2&model=none")
    page.wait_for_timeout(100)
    assert page.url == f"{served}#chapter=2&model=none"
    page.evaluate("() => { location.hash = '#model=masking-80'; }")
    page.wait_for_url(f"{served}lab/#model=masking-80*")


def test_pages_that_are_read_load_no_module(page: Page, served: str) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    for path in ("numbers/", "use/", "lesson/"):
        page.goto(served + path, wait_until="networkidle")
    assert not [url for url in loaded if url.endswith((".js", ".wasm", ".safetensors"))]
