"""Strings by a stranger on the real page: what words, weights and addresses hold becomes neither markup nor code.

Of DAE_FUZZ (default 1,000) a quarter is how many addresses are tried; DAE_FUZZ_SEED gives another sequence.
"""

import json
import random
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect
from safetensors.numpy import save_file

from export.command import main
from export.site.check import check_site
from tests.test_fuzz import COUNT, SEED
from workshop.checkout import ROOT, only_models
from workshop.serving import serve
from workshop.visit import PATTERNS, draw, last, open_panel, take_sample, visit, wait_for

# Each part would leave an element, an attribute or a variable behind if it were taken for markup in some place.
MARKUP = (
    "<b data-hacked>&lt;b data-hacked&gt;\" data-hacked=\"' data-hacked=' data-hacked --><b data-hacked>"
    "]]><b data-hacked>"
    "</script></style></title></textarea></template><script>hacked=1</script><img src=x data-hacked onerror=hacked=1>"
    "${hacked=1} \\u003cb data-hacked> \u2028 javascript:hacked=1"
)
TRACES = "() => document.querySelectorAll('[data-hacked], b').length + Number('hacked' in window)"
TOKENS = [
    *("<b data-hacked>", "%3Cb%20data-hacked%3E", '"><img src=x data-hacked onerror=hacked=1>', "javascript:hacked=1"),
    *("__proto__", "constructor", "toString", "NaN", "Infinity", "-0", "1e309", "9" * 400, "%", "%ff", "%00", "\u2028"),
    *(
        "&",
        "=",
        "#",
        ".",
        "model=",
        "&noise=gaussian",
        "&level=",
        "&off=",
        "&unit=",
        "&draw=1",
        "&open=wall.feedback",
        "A" * 3000,
    ),
]


def hostile(catalogue: Path) -> str:
    """A catalogue in which every message ends in markup."""

    def write(table: dict[str, Any], path: str = "") -> Iterator[str]:
        plain = {key: value for key, value in table.items() if isinstance(value, str)}
        if plain:
            yield f"[{path}]" if path else ""
            yield from (f"{json.dumps(key)} = {json.dumps(value + MARKUP)}" for key, value in plain.items())
        for key, value in table.items():
            if isinstance(value, dict):
                yield from write(value, f"{path}.{key}" if path else key)

    return "\n".join(write(tomllib.loads(catalogue.read_text())))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's page with words by a stranger."""
    folder = tmp_path_factory.mktemp("hostile") / "site_template"
    shutil.copytree(ROOT / "site_template", folder)
    for path in (folder / "locale").rglob("*.toml"):
        path.write_text(hostile(path))
    return folder


def use(page: Page) -> None:
    """Whatever makes the page show words."""
    draw(page)
    take_sample(page, 3)
    page.locator("#noises input[value='gaussian']").check(force=True)
    for panel in ("feedback", "units"):
        open_panel(page, panel)
    page.click("#feedback-10")
    page.fill("#units-number", "3")
    page.press("#units-number", "Enter")
    wait_for(page, PATTERNS)
    page.locator("#units-active button:visible").first.click()
    page.click("#share button[value='link']")
    assert page.evaluate(TRACES) == 0
    assert "<b data-hacked>" in page.locator("body").inner_text()


@pytest.mark.parametrize("path", ["", pytest.param("ja/", marks=pytest.mark.matrix)])
def test_markup_in_the_words_stays_words(page: Page, template: Path, tmp_path: Path, path: str) -> None:
    shown = only_models(tmp_path, "none", "masking-80")
    assert main([*shown, "--template", str(template), "--out", str(tmp_path / "_site")]) == 0
    assert check_site(tmp_path / "_site") == []
    server = serve(tmp_path / "_site")
    visit(page, f"http://127.0.0.1:{server.server_address[1]}/{path}lab/?selftest")
    expect(page.locator("#selftest[data-result]")).to_have_attribute("data-result", "passed", timeout=30_000)
    use(page)
    assert "<b data-hacked>" not in (tmp_path / "_site" / "404.html").read_text()
    page.goto("about:blank")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "query", ["?page=lab", pytest.param("?page=lab&lang=ja", marks=pytest.mark.matrix), f"?page=lab&lang={MARKUP}"]
)
def test_markup_in_the_words_stays_words_in_the_single_file(
    page: Page, template: Path, tmp_path: Path, query: str
) -> None:
    out = tmp_path / "page.html"
    shown = only_models(tmp_path, "none", "masking-80")
    assert main([*shown, "--template", str(template), "--single-file", "--out", str(out)]) == 0
    visit(page, out.as_uri() + query)
    use(page)


def test_markup_in_weights_and_report_reaches_no_page(page: Page, tmp_path: Path) -> None:
    random_numbers = np.random.default_rng(0)
    arrays = {f"W{MARKUP}": (784, 5), "b1": (5,), "b2": (784,), f"more{MARKUP}": (2, 2)}
    file = f"mine{MARKUP.replace('/', '')[:120]}.safetensors"
    save_file(
        {name: random_numbers.normal(size=shape) for name, shape in arrays.items()}, tmp_path / file, {"title": MARKUP}
    )
    own = {"file": file, "name": "mine", "weight": f"W{MARKUP}"}
    entry = "\n[[model]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in own.items())
    (tmp_path / "models.toml").write_text((ROOT / "models.toml").read_text() + entry)
    shutil.copytree(ROOT / "weights", tmp_path / "weights")
    report = json.loads((ROOT / "weights" / "report.json").read_text()) | {MARKUP: MARKUP, "versions": {MARKUP: MARKUP}}
    report["models"]["none"][MARKUP] = MARKUP
    (tmp_path / "weights" / "report.json").write_text(json.dumps(report))
    assert main(["--config", str(tmp_path / "models.toml"), "--out", str(tmp_path / "_site")]) == 0
    for text in (tmp_path / "_site").rglob("*.html"):
        assert "hacked" not in text.read_text()
    server = serve(tmp_path / "_site")
    visit(page, f"http://127.0.0.1:{server.server_address[1]}/lab/")
    page.select_option("#model", "mine")
    wait_for(page, "() => window.last.model === 'mine'")
    assert page.evaluate(TRACES) == 0
    page.goto("about:blank")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("key", ["weight", "name", "file", "noise", "schedule"])
def test_markup_in_models_toml_is_refused_in_a_sentence(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models.toml").write_text(
        f'[[model]]\nnoise = "none"\n{key} = {json.dumps(MARKUP)}\n'.replace(
            'noise = "none"\n' if key == "noise" else "\0", ""
        )
    )
    assert main(["--config", str(tmp_path / "models.toml"), "--out", str(tmp_path / "_site")]) == 1
    assert re.fullmatch(r"error: .*\n", capsys.readouterr().err)
    assert not (tmp_path / "_site").exists()


def test_markup_in_a_file_that_is_refused_is_shown_as_text(loud_page: Page, lab: str) -> None:
    header = json.dumps({MARKUP: MARKUP, "__metadata__": {MARKUP: MARKUP}}).encode()

    def alter(route: Route) -> None:
        length = len(route.fetch().body())
        route.fulfill(body=(len(header).to_bytes(8, "little") + header).ljust(length, b"\0"))

    loud_page.add_init_script('Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })')
    loud_page.route(re.compile(r"masking-80\..*safetensors"), alter)
    loud_page.goto(lab)
    expect(loud_page.locator("#failure-text")).to_contain_text("<b data-hacked>")
    assert loud_page.evaluate(TRACES) == 0


def mutate(text: str, chance: random.Random) -> str:
    """One to four random changes of an address."""
    for _ in range(chance.choice([1, 1, 2, 4])):
        place = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text = text[:place] + chance.choice(TOKENS) + text[place:]
            case 1:
                text = text[:place] + text[place + chance.randint(1, 20) :]
            case 2:
                text = text[:place] + chr(chance.randrange(32, 0x250)) + text[place + 1 :]
            case 3:
                parts = text.split("&")
                chance.shuffle(parts)
                text = "&".join(parts)
    return text


FOLLOW = """async (hashes) => {
  const link = document.createElement("a");
  document.body.append(link);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (const [k, hash] of hashes.entries()) {
    link.setAttribute("href", hash);
    link.click();
    if (k % 10 === 0) await frame();
    if (k % 10 === 0 && !window.last.reconstruction.every((value) => value >= 0 && value <= 1)) return hash;
  }
  link.remove();
  await frame();
  return "";
}"""


def test_no_address_breaks_the_page(page: Page, lab: str) -> None:
    chance = random.Random(SEED)
    visit(page, lab)
    usual = "&noise=masking&level=0.3&seed=7&own=1&fit=0&difference=1&open=wall.feedback.units&off=3.4.5&unit=6"
    sources = [str(link.get_attribute("href")) + usual for link in page.locator("a.try").all()]
    elements = page.evaluate("() => document.querySelectorAll('*').length")
    hashes = ["#model=" + mutate(chance.choice(sources).removeprefix("#model="), chance) for _ in range(COUNT // 4)]
    for start in range(0, len(hashes), 250):
        assert page.evaluate(FOLLOW, hashes[start : start + 250]) == ""
        assert page.evaluate(TRACES) == 0
    for hash_text in hashes[:8]:
        page.goto("about:blank")
        visit(page, lab + hash_text)
    page.goto("about:blank")
    visit(page, lab + "?hide=" + MARKUP + "&selftest=" + MARKUP)
    assert page.evaluate(TRACES) == 0
    assert page.evaluate("() => document.querySelectorAll('*').length") < elements + 300
    page.goto("about:blank")
    visit(page, lab)
    draw(page)
    assert last(page).pixels.sum() > 20
