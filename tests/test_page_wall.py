"""The wall: wholly in view with the pad on every screen, light, and each tile what its model computes."""

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, expect

from export.weights.reader_file import read_reader, shares_of
from export.weights.reference import cross_entropy, reconstruct
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.pad import COLOURS, Pixels
from workshop.visit import NUMBERS, draw, hold, last, settle, visit, wait_for

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
DESKTOPS = [(1024, 768), (1280, 720), (1440, 900), (1920, 1080), (768, 1024)]
PHONES = [(390, 664), (320, 640)]
BOXES = """() => ["#pad", "#reconstruction", ".tile"].flatMap((selector) => [...document.querySelectorAll(selector)])
  .map((one) => one.getBoundingClientRect()).map(({ left, top, right, bottom }) => [left, top, right, bottom])"""
CUT = """() => [...document.querySelectorAll("header *, main *")].filter((one) => {
  const { overflowX, contain } = getComputedStyle(one);
  const clips = overflowX !== "visible" || contain.includes("content");
  return clips && one.checkVisibility() && !one.matches(".unseen, .screen, textarea, select")
    && one.scrollWidth > one.clientWidth + 1;
}).map((one) => one.className || one.tagName)"""
SAVING = """() => Object.defineProperty(navigator, "connection", { value: { saveData: true }, configurable: true })"""
PAINTED = """([name, part]) => {
  const canvas = document.getElementById("wall-canvas");
  const density = canvas.width / canvas.getBoundingClientRect().width;
  const origin = canvas.getBoundingClientRect();
  const place = document.querySelector(`[data-model="${name}"] .tile-picture`).getBoundingClientRect();
  const side = place.width * density;
  const left = (place.left - origin.left) * density;
  const top = (part === "fed" ? place.top - origin.top : place.bottom - origin.top - place.width) * density;
  const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return Array.from({ length: 784 }, (_, k) => context.getImageData(
    left + ((k % 28 + 0.5) * side) / 28, top + ((Math.floor(k / 28) + 0.5) * side) / 28, 1, 1).data[0]);
}"""


def numbers(page: Page) -> dict[str, str]:
    """What the tiles tell, by model."""
    tiles = page.locator(".tile")
    return {str(tile.get_attribute("data-model")): tile.locator(".tile-loss").inner_text() for tile in tiles.all()}


def see_wall(page: Page, url: str) -> None:
    visit(page, url)
    draw(page)
    wait_for(page, NUMBERS)


def painted(page: Page, name: str, part: str) -> Pixels:
    """How much ink each pixel of a tile shows: what its model answers, or what it was fed."""
    values: list[int] = page.evaluate(PAINTED, [name, part])
    paper, ink = page.evaluate(COLOURS)
    return (np.array(values, np.float64) - float(paper)) / float(ink - paper)


@pytest.mark.parametrize("own", ["0", pytest.param("1", marks=pytest.mark.matrix)])
@pytest.mark.parametrize("path", ["lab/", pytest.param("ja/lab/", marks=pytest.mark.matrix)])
@pytest.mark.parametrize(("width", "height"), DESKTOPS + PHONES)
def test_pad_answer_and_all_tiles_are_wholly_in_view_together(
    browser: Browser, served: str, path: str, width: int, height: int, own: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=width < 700)
    page = visit(context.new_page(), f"{served}{path}#model=masking-80&own={own}")
    boxes = np.array(page.evaluate(BOXES))
    print(f"{width}x{height} {path}: pad {boxes[0, 2] - boxes[0, 0]:.0f} px, tiles down to {boxes[:, 3].max():.0f} px")
    assert len(boxes) == 2 + len(MODELS)
    assert boxes.min() >= 0
    assert boxes[:, 2].max() <= width
    assert boxes[:, 3].max() <= height
    assert boxes[0, 2] - boxes[0, 0] >= (180 if width < 700 else 280)
    tiles = boxes[2:]
    assert (tiles[:, 2] - tiles[:, 0]).min() >= 34
    overlapping = (boxes[:, None, :2] < boxes[None, :, 2:] - 0.5).all(2)
    assert (overlapping & overlapping.T).sum() == len(boxes), "each box only with itself"
    if width < 700:
        assert tiles[:, 1].min() > boxes[0, 3], "the tiles stand under the pad"
    context.close()


@pytest.mark.parametrize("path", ["lab/", pytest.param("ja/lab/", marks=pytest.mark.matrix)])
@pytest.mark.parametrize(("width", "text"), [(320, 16), (640, 16), (320, 32), (390, 32), (1280, 32)])
def test_nothing_is_cut_at_any_zoom_or_size_of_text(
    browser: Browser, served: str, path: str, width: int, text: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 512})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": text, "fixed": text}})
    visit(page, f"{served}{path}")
    assert page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == f"{text}px"
    draw(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT) == []
    language = page.locator("header a[hreflang]").bounding_box()
    assert language
    assert language["x"] + language["width"] <= width
    context.close()


def test_the_chosen_model_comes_first_in_float32_and_the_others_in_the_lighter_form(page: Page, lab: str) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        name = re.search(r"/(?:(light)-)?([\w-]+)\.[0-9a-f]+\.safetensors$", request.url)
        if name:
            asked.append(f"{name[1] or 'float32'} {name[2]}")

    page.on("request", note)
    see_wall(page, f"{lab}#model=gaussian-050")
    assert asked[0] == "float32 gaussian-050"
    assert sorted(asked[1:]) == sorted(f"light {name}" for name in MODELS if name != "gaussian-050")
    assert asked[1:] == [f"light {name}" for name in dict.fromkeys(MODELS) if name != "gaussian-050"]
    page.locator(".tile[data-model='none']").click()
    wait_for(page, "() => window.last.model === 'none' && window.last.precision === 'float32'")
    assert asked[-1] == "float32 none"


def test_nothing_is_asked_for_that_cannot_be_seen(page: Page, lab: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 390, "height": 300})
    visit(page, lab)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/light-" in url]
    with page.expect_request("**/light-gaussian-100.*"):
        page.locator(".tile[data-model='gaussian-100']").scroll_into_view_if_needed()
    expect(page.locator(".tile[data-model='gaussian-100'] .tile-loss")).to_have_text("–")


def test_who_saves_data_says_when_the_others_shall_come(page: Page, lab: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(f"({SAVING})()")
    visit(page, lab)
    draw(page)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/light-" in url]
    expect(page.locator("#wall-bytes")).to_have_text(re.compile(r"\d MB"))
    page.click("#wall-load")
    wait_for(page, NUMBERS)
    expect(page.locator("#wall-load")).to_be_hidden()
    expect(page.locator("#status")).to_have_text("All models answer now.")


def test_the_wall_tells_of_every_model_its_cross_entropy(page: Page, lab: str) -> None:
    see_wall(page, f"{lab}#model=masking-80&fit=0&noise=masking&level=0.3")  # what would be right is known: the drawing
    answer = last(page)
    told = numbers(page)
    assert set(told) == set(MODELS)
    for name, loss in told.items():
        params = read_weights(ROOT / "weights" / f"{name}.safetensors").params
        exact = float(cross_entropy(reconstruct(params, answer.fed), answer.pixels))
        assert float(loss) == pytest.approx(exact, rel=0.02, abs=1), name
        shown = painted(page, name, "answer")
        assert np.abs(shown - reconstruct(params, answer.fed)).max() < 0.03, name


def test_all_tiles_follow_the_pen_while_it_is_down(page: Page, lab: str) -> None:
    see_wall(page, f"{lab}#model=masking-80&fit=0")
    before = painted(page, "gaussian-100", "answer")
    box = page.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.8 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
    answer = last(page)
    params = read_weights(ROOT / "weights" / "gaussian-100.safetensors").params
    assert np.abs(painted(page, "gaussian-100", "answer") - before).max() > 0.2
    assert np.abs(painted(page, "gaussian-100", "answer") - reconstruct(params, answer.fed)).max() < 0.03
    page.mouse.up()


def test_a_tile_chooses_its_model_and_is_seen_to_be_chosen(page: Page, lab: str) -> None:
    see_wall(page, lab)
    page.locator(".tile[data-model='gaussian-050']").click()
    wait_for(page, "() => window.last.model === 'gaussian-050'")
    assert page.locator("#model").input_value() == "gaussian-050"
    chosen = page.locator(".tile[aria-pressed='true']")
    expect(chosen).to_have_attribute("data-model", "gaussian-050")
    page.emulate_media(forced_colors="active")
    outlines = "(tiles) => tiles.map((tile) => getComputedStyle(tile).outlineStyle)"
    page.locator("#wall-title").click()
    assert chosen.evaluate_all(outlines) == ["solid"]
    others = page.locator(".tile[aria-pressed='false']:not(:focus)").evaluate_all(outlines)
    assert set(others) == {"none"}


def test_a_tile_with_its_own_noise_shows_what_it_was_fed(page: Page, lab: str) -> None:
    see_wall(page, f"{lab}#model=masking-80&fit=0")
    before = numbers(page)
    page.locator("label", has=page.locator("#own")).click()
    settle(page)
    after = numbers(page)
    assert after["none"] == before["none"]
    assert all(after[name] != before[name] for name in MODELS if name != "none")
    ink = last(page).pixels
    assert np.abs(painted(page, "none", "fed") - ink).max() < 0.02
    masked = painted(page, "masking-80", "fed")
    kept = masked[ink > 0.5] > 0.4
    assert 0 < kept.mean() < 0.45
    assert (masked[ink == 0] < 0.02).all()
    salted = painted(page, "salt-and-pepper-75", "fed")
    assert 0.3 < (salted[ink == 0] > 0.9).mean() < 0.45
    settle(page)
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    fed = np.where(masked > 0.02, ink, 0)
    assert np.abs(painted(page, "masking-80", "answer") - reconstruct(params, fed)).max() < 0.03


def test_what_cannot_be_seen_is_not_computed(page: Page, lab: str) -> None:
    page.set_viewport_size({"width": 390, "height": 664})
    see_wall(page, lab)
    told = page.locator(".tile[data-model='gaussian-100'] .tile-loss")
    before = told.inner_text()
    page.set_viewport_size({"width": 390, "height": 360})
    page.evaluate("scrollTo(0, 0)")
    expect(told).not_to_be_in_viewport()
    draw(page, [(0.2, 0.2), (0.8, 0.8)])
    assert told.inner_text() == before
    told.scroll_into_view_if_needed()
    expect(told).not_to_have_text(before)


def test_loading_is_seen_beside_the_pad_on_a_phone(browser: Browser, lab: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 664}, has_touch=True)
    page = context.new_page()
    held = hold(page, "**/masking-80.*.safetensors")
    page.goto(lab)
    expect(page.locator("#loading-text")).to_be_in_viewport(ratio=1)
    expect(page.locator("#loading-bar")).to_be_in_viewport(ratio=1)
    expect(page.locator("#loading-text")).to_contain_text("of 1574 kB")
    before = page.evaluate(BOXES)
    held[0].continue_()
    expect(page.locator("#loading")).to_be_hidden()
    assert page.evaluate(BOXES) == before, "what comes and goes moves nothing"
    context.close()


def test_a_model_that_does_not_come_is_named_and_asked_for_again(loud_page: Page, lab: str) -> None:
    loud_page.route("**/light-gaussian-050.*", lambda route: route.abort())
    visit(loud_page, lab)
    expect(loud_page.locator("#wall-fault")).to_contain_text("The file assets/light-gaussian-050.")
    expect(loud_page.locator(".tile[data-model='gaussian-050'] .tile-loss")).to_have_text("failed")
    loud_page.unroute("**/light-gaussian-050.*")
    loud_page.click("#wall-load")
    draw(loud_page)
    wait_for(loud_page, NUMBERS)
    expect(loud_page.locator("#wall-fault")).to_be_hidden()


def test_the_wall_says_what_each_model_s_reader_names(page: Page, lab: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    see_wall(page, f"{lab}#model=masking-80&fit=0")
    assert [name for name in asked if name.startswith("reader-")] == [], "before anybody wants to know"
    before = numbers(page)
    page.locator("label", has=page.locator("#read")).click()
    wait_for(
        page, "() => [...document.querySelectorAll('.tile-loss')].every((one) => /, |no digit/.test(one.textContent))"
    )
    fed = last(page).fed
    told = numbers(page)
    for name, text in told.items():
        weights = read_weights(ROOT / "weights" / f"{name}.safetensors")
        file = read_reader(name, ROOT / "weights", weights, "mnist")
        assert file
        shares = shares_of(file.reader, weights.params, fed[None])[0]
        if abs(shares.max() - file.threshold) > 0.02:  # the wall's weights may be lighter
            named = re.fullmatch(r"(\d), (\d+)%", text)
            assert bool(named) == (shares.max() > file.threshold), (name, text)
            if named:
                assert int(named[1]) == shares.argmax()
                assert int(named[2]) == pytest.approx(100 * shares.max(), abs=1.1)
    wait_for(page, "() => location.hash.includes('read=1')")
    page.locator("label", has=page.locator("#read")).click()
    settle(page)
    assert numbers(page) == before


def test_what_is_no_digit_is_said_to_be_none(page: Page, lab: str) -> None:
    visit(page, f"{lab}#model=gaussian-025&read=1&fit=0")
    scribble = [(0.2, 0.2), (0.8, 0.25), (0.25, 0.5), (0.75, 0.55), (0.2, 0.8), (0.8, 0.8), (0.5, 0.1), (0.3, 0.9)]
    draw(page, scribble)
    wait_for(
        page, "() => [...document.querySelectorAll('.tile-loss')].every((one) => /, |no digit/.test(one.textContent))"
    )
    assert list(numbers(page).values()).count("no digit") >= len(MODELS) / 2
    page.click("#clear")
    settle(page)
    assert set(numbers(page).values()) == {"–"}
