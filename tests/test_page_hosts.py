"""The page where strangers put it: browsers, hosts and frames that refuse it something."""

import http.server
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Frame, Page, expect

from export.draw.strokes import render
from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from tests.test_page_links import PAGES, TEXT, THREE, open_link
from tests.test_page_theme import COLOUR, NAMES
from workshop.checkout import ROOT, run_build
from workshop.serving import serve
from workshop.visit import LISTEN, draw, last, visit, wait_for

REFUSED = """history.pushState = history.replaceState = () => {
  throw new DOMException("refused", "SecurityError");
};"""
# What browsers give that guard against fingerprints.
STRIPES = """{
  const stripes = (data) => data.forEach((_, k) => { data[k] = (k * 7919) % 251; });
  const read = CanvasRenderingContext2D.prototype.getImageData;
  CanvasRenderingContext2D.prototype.getImageData = function (...place) {
    const image = read.apply(this, place);
    stripes(image.data);
    return image;
  };
  HTMLCanvasElement.prototype.toBlob = (done) => done(new Blob(["stripes"], { type: "image/png" }));
}"""


@pytest.mark.parametrize("path", PAGES, ids=["walk", "lab"])
def test_a_browser_that_refuses_history_is_borne(page: Page, served: str, path: str) -> None:
    page.add_init_script(REFUSED)
    visit(page, served + path)
    draw(page)
    before = last(page).pixels
    assert before.sum() > 20
    page.wait_for_timeout(500)
    expect(page.locator("#broken")).to_be_hidden()
    assert "draw=" not in page.url
    # What is shown is taken along all the same.
    page.locator("a[hreflang]").click()
    wait_for(page, "() => document.documentElement.lang === 'ja' && window.answers > 0")
    assert "draw" in parse_qs(urlsplit(page.url).fragment)
    assert (last(page).pixels == before).all()
    expect(page.locator("#broken")).to_be_hidden()


@pytest.mark.parametrize(("path", "part"), [("", "walk-address"), ("lab/", "page-address")], ids=["walk", "lab"])
def test_a_drawing_survives_that_parts_are_gone(loud_page: Page, served: str, path: str, part: str) -> None:
    """After a new deployment, say: what keeps drawings in the address is no longer there."""
    page, asset = loud_page, f"**/assets/{part}.*.js"
    page.route(asset, lambda route: route.fulfill(status=404))
    visit(page, served + path)
    draw(page)
    before = last(page).pixels
    expect(page.locator("#broken p")).to_contain_text("Failed to fetch dynamically imported module")
    page.wait_for_timeout(500)
    page.unroute(asset)
    with page.expect_navigation():
        page.click("#broken button[value=reload]")
    wait_for(page, "() => window.answers > 0")
    wait_for(page, f"() => Math.abs(window.last.pixels.reduce((sum, one) => sum + one, 0) - {before.sum()}) < 1e-3")
    assert (last(page).pixels == before).all()
    expect(page.locator("#broken")).to_be_hidden()


def test_a_saved_picture_is_made_from_numbers_where_canvases_may_not_be_read(
    page: Page, lab: str, tmp_path: Path
) -> None:
    pictures = []
    for noise in (False, True):
        if noise:
            page.add_init_script(STRIPES)
        open_link(page, f"{lab}#model=masking-80&fit=0&draw={TEXT}")
        wait_for(page, "() => document.querySelectorAll('.tile-loss').length === 11")
        with page.expect_download() as saved:
            page.click("#share button[value='picture']")
        saved.value.save_as(tmp_path / "picture.png")
        pictures.append(np.asarray(Image.open(tmp_path / "picture.png").convert("RGB"), np.int16))
        expect(page.locator("#shared-text")).to_contain_text("without its captions" if noise else "Picture saved.")
    whole, bare = (picture[16:240, 16:720] for picture in pictures)
    assert (whole == bare).all()
    assert (pictures[0][240:264] != pictures[0][0, 0]).any(), "captions"
    assert (pictures[1][240:264] == pictures[1][0, 0]).all(), "no noise in their place"
    # The first picture is the drawing, each pixel eight wide.
    paper, ink = (np.array([int(page.evaluate(COLOUR, name)[k : k + 2], 16) for k in (1, 3, 5)]) for name in NAMES)
    drawn = whole[4:224:8, 4:224:8].astype(float)
    shares = render(THREE, 28).reshape(28, 28, 1)
    assert np.abs(drawn - (paper + shares * (ink - paper))).max() <= 1.5


NO_WASM = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


class _Strict(http.server.SimpleHTTPRequestHandler):
    """A host with a policy of its own, which forbids WebAssembly."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", NO_WASM)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_where_the_host_forbids_webassembly_plain_javascript_answers(loud_page: Page, site: Path) -> None:
    page, server = loud_page, serve(site, _Strict)
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    visit(page, f"{url}lab/#model=masking-80&fit=0&draw={TEXT}")
    answer = last(page)
    params = read_weights(ROOT / "weights" / f"{answer.model}.safetensors").params
    assert np.abs(reconstruct(params, answer.fed) - answer.reconstruction).max() < 1e-5
    expect(page.locator("#engine")).to_have_text("JavaScript")
    page.locator("#train > summary").click()
    page.locator("#train-play").click()
    wait_for(page, "() => /[1-9]/.test(document.querySelector('#train-text').textContent)")
    for box in ("#broken", "#failure"):
        expect(page.locator(box)).to_be_hidden()
    visit(page, url)
    draw(page)
    expect(page.locator("#broken")).to_be_hidden()
    server.shutdown()
    server.server_close()


class _Odd(http.server.SimpleHTTPRequestHandler):
    """Answers for a folder without a slash at its end, with the site's page for what is not there, to any origin."""

    wrong: ClassVar[str] = ""  # what has this in its path is a page to log in, which browsers keep
    retracts: ClassVar[bool] = False  # the slash is taken away again

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        inside = Path(self.translate_path(path))
        if self.wrong and self.wrong in path:
            self._answer(200, b"<title>please log in</title>", "max-age=3600")
        elif self.retracts and path.endswith("lab/"):
            self.send_response(301)
            self.send_header("Location", path[:-1])
            self.end_headers()
        elif inside.is_dir():
            self._answer(200, (inside / "index.html").read_bytes())
        elif inside.exists():
            super().do_GET()
        else:
            self._answer(404, (Path(self.directory) / "404.html").read_bytes())

    def _answer(self, status: int, data: bytes, keep: str = "no-cache") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Cache-Control", keep)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def odd(site: Path, tmp_path: Path) -> Iterator[str]:
    """The site at the top, on such a server."""
    server = serve(site, _Odd)
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    _Odd.wrong, _Odd.retracts = "", False
    server.shutdown()
    server.server_close()


def test_a_page_without_its_last_slash_adds_it(loud_page: Page, odd: str) -> None:
    page = loud_page  # what is asked for in the wrong place meanwhile is called off
    visit(page, f"{odd}lab?hide=header#model=none&draw={TEXT}")
    assert page.url.startswith(f"{odd}lab/?hide=header#")
    assert last(page).model == "none"
    page.goto(f"{odd}ja/numbers")
    page.wait_for_url(f"{odd}ja/numbers/")
    page.goto(f"{odd}ja/lab/index.html")
    wait_for(page, "() => document.body.classList.length >= 0 && document.querySelector('#loading')")
    assert page.url.endswith("/index.html")


def test_a_host_that_takes_the_slash_away_is_left_at_it(loud_page: Page, odd: str) -> None:
    _Odd.retracts = True
    loud_page.goto(f"{odd}lab")
    loud_page.wait_for_timeout(1500)
    visits: list[str] = []
    loud_page.on("framenavigated", lambda frame: visits.append(frame.url))
    loud_page.wait_for_timeout(1000)
    assert visits == []


@pytest.mark.parametrize("top", ["", "a/b/"])
@pytest.mark.parametrize("address", ["none", "none/", "lab/none/deeper/still", "ja/x?y#z", "a%20b/c"])
def test_the_page_for_what_is_not_there_finds_home(
    loud_page: Page, site: Path, tmp_path: Path, top: str, address: str
) -> None:
    folder = tmp_path / "www"
    (folder / top).parent.mkdir(parents=True, exist_ok=True)
    (folder / top.rstrip("/")).symlink_to(site) if top else folder.symlink_to(site)
    shutil.copy(site / "404.html", folder / "404.html") if top else None
    server = serve(folder, _Odd)
    home = f"http://127.0.0.1:{server.server_address[1]}/{top}"
    loud_page.goto(home + address)
    wait_for(loud_page, f"() => document.links[0].href === '{home}'")
    assert loud_page.evaluate("() => [...document.links].map(({ href }) => href)") == [home, f"{home}ja/"]
    assert loud_page.locator("main").count() == 1
    assert loud_page.locator("main h1").count() == 2
    loud_page.locator("a").first.click()
    wait_for(loud_page, "() => document.querySelector('#answers')")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("part", ["/lab.", "/lab-page.", "/page-address."])
def test_loading_again_goes_past_what_the_browser_kept(loud_page: Page, odd: str, part: str) -> None:
    page = loud_page
    _Odd.wrong = part
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{odd}lab/#model=none")
    if part == "/page-address.":
        draw(page)
    if part == "/lab-page.":  # a page is no style sheet, and no error either
        wait_for(page, "() => window.answers > 0")
        page.evaluate("() => { document.querySelector('#broken').hidden = false; }")
    expect(page.locator("#broken")).to_be_visible()
    _Odd.wrong = ""
    page.reload()
    page.wait_for_timeout(1000)
    if part == "/lab.":
        expect(page.locator("#broken")).to_be_visible()  # the browser has it still
    elif part == "/page-address.":
        draw(page)
        expect(page.locator("#broken")).to_be_visible()
    page.evaluate("() => { document.querySelector('#broken').hidden = false; }")
    with page.expect_navigation():
        page.click("#broken button[value=reload]")
    wait_for(page, "() => window.answers > 0")
    assert page.evaluate("() => getComputedStyle(document.body).margin") == "0px"
    draw(page)
    wait_for(page, "() => location.hash.includes('draw=')")
    expect(page.locator("#broken")).to_be_hidden()


ERROR = "dispatchEvent(new ErrorEvent('error', {{ message: '{0}', filename: '{1}' }}))"
REJECTION = (
    "dispatchEvent(new PromiseRejectionEvent('unhandledrejection', "
    "{{ promise: new Promise(() => {{}}), reason: {0} }}))"
)
STACK = "Object.assign(new Error('x'), { stack: 'Error: x\\n at moz-extension://a/b.js:1:2' })"
FOREIGN = {
    "an extension's script": ERROR.format("x", "chrome-extension://a/b.js"),
    "one of another host": ERROR.format("x", "https://other.example/b.js"),
    "one that is hidden": ERROR.format("Script error.", ""),
    "a wallet's refusal": REJECTION.format("{ code: 4001 }"),
    "an extension's promise": REJECTION.format(STACK),
    "an extension's style": "document.head.append(Object.assign(document.createElement('link'), "
    "{ rel: 'stylesheet', href: 'chrome-extension://a/b.css' }))",
}


@pytest.mark.parametrize("fault", FOREIGN)
def test_faults_that_are_not_ours_are_not_announced(loud_page: Page, lab: str, fault: str) -> None:
    visit(loud_page, lab)
    loud_page.evaluate(f"() => void {FOREIGN[fault]}")
    loud_page.wait_for_timeout(300)
    expect(loud_page.locator("#broken")).to_be_hidden()
    loud_page.evaluate(f"() => void {ERROR.format('y', loud_page.url)}")
    expect(loud_page.locator("#broken p")).to_contain_text("y")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A host that shows the site in one file in frames of every kind."""
    folder = tmp_path_factory.mktemp("frames")
    done = run_build("--single-file", "--out", folder / "one.html")
    assert done.returncode == 0, done.stderr
    (folder / "host.html").write_text("<!doctype html><title>host</title><link rel=icon href='data:,'>")
    server = serve(folder)
    yield f"http://127.0.0.1:{server.server_address[1]}/host.html"
    server.shutdown()
    server.server_close()


SHOW = """async ([kind, sandbox]) => {
  const frame = document.createElement("iframe");
  Object.assign(frame, { width: 1200, height: 860 });
  if (sandbox) frame.sandbox = sandbox;
  let text = await (await fetch("one.html")).text();
  const base = `<base href="${new URL("one.html", location.href)}">`;
  if (kind === "notebook") text = text.replace("<head>", `<head>${base}`); // as they preview a page that one trusts
  if (kind === "srcdoc") frame.srcdoc = text;
  else frame.src = kind === "file" ? "one.html" : URL.createObjectURL(new Blob([text], { type: "text/html" }));
  document.body.append(frame);
}"""
SHOWN = """() => ["broken", "failure"].filter((id) => {
  const box = document.getElementById(id);
  return box && !box.hidden;
})"""


@pytest.mark.parametrize(
    ("kind", "sandbox"),
    [
        pytest.param("srcdoc", "", marks=pytest.mark.matrix),
        pytest.param("srcdoc", "allow-scripts", marks=pytest.mark.matrix),
        pytest.param("blob", "", marks=pytest.mark.matrix),
        pytest.param("blob", "allow-scripts", marks=pytest.mark.matrix),
        ("notebook", "allow-scripts"),
        pytest.param("file", "allow-scripts", marks=pytest.mark.matrix),
    ],
)
def test_one_file_works_in_a_frame_of_any_kind(loud_page: Page, single: str, kind: str, sandbox: str) -> None:
    page = loud_page
    page.add_init_script(f"({LISTEN})()")
    page.goto(single)
    page.evaluate(SHOW, [kind, sandbox])
    frame = page.frames[1]
    ask = "() => window.answers > 0"
    wait_for(frame, ask)  # the walk
    frame_draw(page, frame)
    frame.locator("header nav a").nth(1).click()
    frame = page.frames[1]
    wait_for(frame, "() => window.answers > 0 && document.querySelector('#model') !== null")
    frame_draw(page, frame)
    before = frame.evaluate("() => window.last.pixels.reduce((sum, one) => sum + one, 0)")
    assert before > 10
    frame.locator("#share button[value='link']").click()
    expect(frame.locator("#shared-text")).not_to_be_empty()
    frame.locator("#units > summary").click()
    expect(frame.locator("#units.ready")).to_have_count(1)
    frame.locator("a[hreflang='ja']").click()
    wait_for(frame, "() => window.answers > 0 && document.documentElement.lang === 'ja'")
    wait_for(frame, f"() => Math.abs(window.last.pixels.reduce((sum, one) => sum + one, 0) - {before}) < 1e-3")
    assert frame.evaluate(SHOWN) == []


def frame_draw(page: Page, frame: Frame) -> None:
    """A stroke in a frame; nothing may be said to be broken by it."""
    box = frame.locator("#pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6, steps=6)
    page.mouse.up()
    page.wait_for_timeout(700)
    assert frame.evaluate(SHOWN) == []


@pytest.mark.parametrize("path", PAGES, ids=["walk", "lab"])
def test_the_site_works_in_a_sandbox(loud_page: Page, odd: str, path: str) -> None:
    """Without an origin: no storage, no worker of the site's, no history of its own."""
    page = loud_page
    page.route("**/host.html", lambda route: route.fulfill(body="<!doctype html><title>host</title>"))
    page.add_init_script(f"({LISTEN})()")
    page.goto(f"{odd}host.html")
    page.evaluate(
        """(path) => document.body.append(Object.assign(document.createElement("iframe"),
          { width: 1200, height: 860, sandbox: "allow-scripts", src: path }))""",
        path or "./",
    )
    frame = page.frames[1]
    wait_for(frame, "() => window.answers > 0")
    frame_draw(page, frame)
