"""The single file: from disk, with the network off, it answers its own requests and speaks both languages."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from export.command import main
from export.site.pages import PAGES
from workshop.tiny import make_project

SCRIPT = """\
import { add } from "add";
const site = JSON.parse(document.getElementById("site").textContent);
const bytes = async (entry) => (await fetch(site.root + entry.file)).arrayBuffer();
const hash = async (data) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", data))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");
const entries = [...site.models, ...Object.values(site.kernel), site.golden, site.samples];
const whole = await Promise.all(entries.map(async (entry) => {
  const data = await bytes(entry);
  return data.byteLength === entry.bytes && (await hash(data)) === (entry.sha256 ?? (await hash(data)));
}));
await WebAssembly.compileStreaming(fetch(site.root + site.kernel.simd.file));
await import("lazy");
const missing = await fetch("./assets/none.js");
history.replaceState(null, "", "#drawn");
document.body.dataset.result = [whole.every(Boolean), whole.length, add(1), missing.status, site.locale].join(" ");
"""


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = make_project(tmp_path_factory.mktemp("single"))
    (project / "site_template" / "js" / "lab.js").write_text(SCRIPT)
    out = project / "page of mine.html"
    template, config = str(project / "site_template"), str(project / "models.toml")
    assert main(["--single-file", "--out", str(out), "--config", config, "--template", template]) == 0
    return out


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_from_disk_with_the_network_off_it_does_all_that_the_site_does(single: Path, page: Page, lang: str) -> None:
    page.context.set_offline(True)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url.partition(":")[0]))
    page.goto(f"{single.as_uri()}?page=lab&lang={lang}")
    page.wait_for_selector("body[data-result]")
    assert page.evaluate("document.body.dataset.result") == f"true 6 2 404 {lang}"
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.title() == {"en": "Two & <b>models</b>", "ja": "二つ"}[lang]
    assert page.locator("main p").first.inner_text() == {"en": "Model none", "ja": "none モデル"}[lang]
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(255, 0, 0)"
    assert page.url.endswith("#drawn")
    assert set(requested) <= {"file", "data", "blob"}
    page.click("a[hreflang]")
    page.wait_for_selector("body[data-result]")
    assert page.evaluate("document.documentElement.lang") == {"en": "ja", "ja": "en"}[lang]


def test_it_refers_to_no_other_file_and_its_weights_are_float16(single: Path) -> None:
    text = single.read_text()
    assert re.findall(r'(?:src|href)="(?!data:|\?page=|\./assets/)[^"]*"', text) == []
    assert '"dtype":"F16"' in text


def test_two_builds_give_the_same_bytes(single: Path) -> None:
    project, before = single.parent, single.read_bytes()
    words = ["--out", str(single), "--config", str(project / "models.toml")]
    assert main(["--single-file", *words, "--template", str(project / "site_template")]) == 0
    assert single.read_bytes() == before


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_page_is_in_it_and_led_to(single: Path, page: Page, lang: str) -> None:
    page.goto(f"{single.as_uri()}?lang={lang}")
    for one in PAGES:
        if not one.listed:
            continue
        page.click(f"nav a >> text=to {one.name}")
        expect(page.locator("nav a[aria-current]")).to_have_text(f"to {one.name}")
        assert page.evaluate("document.documentElement.lang") == lang


@pytest.mark.parametrize("rest", ["#model=none&draw=1", "#draw=1&model=none", "?hide=hero", "?selftest"])
def test_what_sets_the_lab_up_opens_it(single: Path, page: Page, rest: str) -> None:
    page.goto(single.as_uri() + rest)
    expect(page.locator("nav a[aria-current]")).to_have_text("to lab")


def test_a_chapter_of_the_walk_does_not_open_the_lab(single: Path, page: Page) -> None:
    page.goto(single.as_uri() + "#chapter=2&model=none")
    expect(page.locator("nav a[aria-current]")).to_have_text("to walk")
