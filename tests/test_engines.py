"""What a visitor does, in Chromium, Firefox and WebKit: draw, guess, compare, look inside, follow links and go back."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from train.settings.reader import read_config
from workshop.checkout import ROOT
from workshop.engines.start import Engines
from workshop.engines.tab import EngineMissingError, Tab
from workshop.pad import PLAIN, SIDE, Pixels, soft
from workshop.serving import serve
from workshop.visit import LAST, NUMBERS, PATTERNS

MODELS = [spec.name for spec in read_config(ROOT / "models.toml").models]
FOUR = ["none", "masking-80", "salt-and-pepper-50", "gaussian-075"]
WHOLE = "() => window.last.precision === 'float32'"
LIVE = "() => document.querySelectorAll('.answer.live').length === 4"
COVERED = "() => [...document.querySelectorAll('.cover')].filter((one) => one.checkVisibility()).length"
MODELS_HEARD = """() => {
  window.models = [];
  document.addEventListener("reconstruct", ({ detail }) => window.models.push(detail.model));
}"""
STATE = """() => [window.last.pixels.reduce((sum, ink) => sum + ink, 0).toFixed(2),
  document.querySelector("#noises input:checked").value]"""
KINDS = """() => {
  window.kinds = [];
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, (event) => window.kinds.push(event.pointerType ?? event.key), true);
  }
}"""
LINE = ((6.0, 8.0), (20.0, 8.0), (20.0, 21.0))
GRID = 0.25  # what snapping to eighths and to whole points of the screen may change in a pixel's grey
# The declarations of our styles that the engine does not know, less those that repeat a known one for it. A variable
# that is not the whole page's stands for a number, a length or a colour.
UNKNOWN = """async () => {
  const root = getComputedStyle(document.documentElement);
  const fill = (value, other) =>
    value.replace(/var[(](--[a-z-]+)(?:,([^()]*))?[)]/g, (_, name, or) => root.getPropertyValue(name) || or || other);
  const knows = ([, name, value]) => ["1", "1px", "red"].some((other) =>
    CSS.supports(name, fill(value, other)) || CSS.supports(`-webkit-${name}`, fill(value, other)));
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")].map(({ href }) => href);
  const texts = await Promise.all(sheets.map(async (href) => (await fetch(href)).text()));
  const blocks = [...texts.join("").matchAll(/[{]([^{}@]*)[}]/g)].map(([, block]) => block.split(";"));
  const declarations = blocks.flat().map((one) => /^([a-z-]+):(.*?)(?:!important)?$/.exec(one)).filter(Boolean);
  return { count: declarations.length, unknown: declarations.filter((one) => !knows(one)).map(([whole]) => whole) };
}"""
# What may be unknown: then the text is as large or as broken as the engine likes, and forced colours do not come.
SPARE = re.compile(r"(-webkit-)?text-size-adjust:|word-break:auto-phrase|forced-color-adjust:")


def last(engine: Tab) -> dict[str, Any]:
    """The detail of the last answer."""
    engine.settle()
    return dict(engine.evaluate(LAST))


def drawn(engine: Tab) -> Pixels:
    """The pixels that the page says are drawn, [28, 28]."""
    return np.array(last(engine)["pixels"]).reshape(SIDE, SIDE)


def stroke(kind: str, engine: Tab) -> None:
    """The line, by points in pixels of the drawing."""
    engine.draw([(x / SIDE, y / SIDE) for x, y in LINE], kind=kind)


def test_a_driver_tells_all_and_lacks_what_it_is_said_to_lack(engine: Tab, tmp_path: Path) -> None:
    (tmp_path / "early.js").write_text("console.warn('early');")
    (tmp_path / "index.html").write_text("<!doctype html><link rel=icon href=data:,><script src=early.js></script>")
    server = serve(tmp_path)
    engine.before(KINDS)
    engine.open(f"http://127.0.0.1:{server.server_address[1]}/")
    engine.pointer([(20, 20), (30, 40)])
    engine.touch([(20, 20), (30, 40)])
    engine.key("ArrowLeft")
    engine.key("b")
    assert engine.evaluate("() => kinds") == [
        "mouse",
        "mouse" if "touch" in engine.lacks else "touch",
        "ArrowLeft",
        "b",
    ]
    early = engine.heard()
    assert len(early) == 1 or "early" in engine.lacks
    assert all("early" in words for words in early)
    engine.evaluate("() => { console.info('late'); setTimeout(() => { throw new Error('thrown'); }); }")
    engine.settle()
    late, thrown = engine.heard()
    assert "late" in late
    assert "thrown" in thrown
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "variable", "package"),
    [
        ("firefox", "FIREFOX", "firefox-esr"),
        ("webkit", "WEBKIT_DRIVER", "webkit2gtk-driver"),
        ("webkit", "XVFB", "xvfb"),
    ],
)
def test_a_missing_engine_is_told_in_a_sentence_with_its_package(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, name: str, variable: str, package: str
) -> None:
    engines = Engines(lambda: browser)
    monkeypatch.setenv(variable, "/nowhere")
    for _ in range(2):
        with pytest.raises(EngineMissingError, match=f"found no /nowhere: run `apt-get install {package}`"):
            engines.open_tab(name)
    monkeypatch.setenv(variable, "/bin/false")
    with pytest.raises(EngineMissingError, match=r"^/bin/false was found but did not start"):
        Engines(lambda: browser).open_tab(name)


def test_every_declaration_of_the_styles_is_known_or_can_be_spared(engine: Tab, served: str) -> None:
    for page in ("", "lab/", "numbers/"):
        engine.open(served + page)
        styles = engine.evaluate(UNKNOWN)
        assert styles["count"] > 200
        assert [one for one in styles["unknown"] if not SPARE.match(one)] == []


def test_what_is_drawn_is_inked_and_answered_as_the_model_does(engine: Tab, lab: str) -> None:
    engine.visit(lab + PLAIN)
    stroke("mouse", engine)
    assert np.abs(drawn(engine) - soft(LINE)).max() < GRID
    engine.wait_for(WHOLE)
    answer = last(engine)
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    expected = reconstruct(params, np.array(answer["fed"]))
    assert np.abs(expected - answer["reconstruction"]).max() < 1e-5


def test_a_finger_draws(engine: Tab, lab: str) -> None:
    if "touch" in engine.lacks:
        pytest.skip(f"{engine.name}: {engine.lacks['touch']}, as the first test of this file shows")
    engine.resize(390, 664)
    engine.visit(lab + PLAIN)
    stroke("touch", engine)
    assert np.abs(drawn(engine) - soft(LINE)).max() < GRID
    assert engine.evaluate("() => scrollX + scrollY") == 0


def test_keys_draw(engine: Tab, lab: str) -> None:
    engine.visit(lab + PLAIN)
    engine.evaluate("() => document.getElementById('pad').focus()")
    for key in (" ", *["ArrowRight"] * 6, " "):
        engine.key(key)
    ink = drawn(engine)
    assert ink[14, 14:20].min() > 0.5
    engine.key("Control+z")
    assert drawn(engine).max() == 0


def test_the_walk_answers_four_times_asks_and_tells(engine: Tab, served: str) -> None:
    engine.visit(served)
    engine.wait_for(LIVE)
    engine.evaluate(MODELS_HEARD)
    engine.draw()
    assert engine.evaluate("() => models.slice(-4)") == FOUR
    assert engine.evaluate("() => [...document.querySelectorAll('.answer-word')].every((one) => one.textContent)")
    engine.click("#tries [value='dots']")
    engine.settle()
    assert engine.evaluate(COVERED) == 4
    engine.click("[data-model='masking-80'] .cover")
    engine.wait_for("() => document.getElementById('told').textContent.includes('Masking')")
    engine.settle()
    assert engine.evaluate(COVERED) == 0


def test_a_step_is_kept_in_the_address_and_back_undoes_it(engine: Tab, served: str) -> None:
    engine.visit(served)
    engine.wait_for(LIVE)
    engine.draw()
    before = engine.evaluate(STATE)
    engine.click(".step[data-noise='salt-and-pepper']")
    engine.wait_for("() => /#chapter=2&draw=.*&noise=salt-and-pepper&level=0.5/.test(location.hash)")
    engine.settle()
    stepped = engine.evaluate(STATE)
    assert stepped[1] == "salt-and-pepper"
    engine.back()
    engine.wait_for("() => document.querySelector('#noises input:checked').value === 'none'")
    engine.settle()
    assert engine.evaluate(STATE) == before


def test_the_wall_tells_of_every_model_and_shows_it(engine: Tab, lab: str) -> None:
    engine.visit(lab)
    engine.draw()
    engine.wait_for(NUMBERS)
    assert engine.evaluate("() => [...document.querySelectorAll('.tile')].map((one) => one.dataset.model)") == MODELS
    engine.click(".tile[data-model='gaussian-050']")
    engine.wait_for("() => window.last.model === 'gaussian-050'")
    assert engine.evaluate("() => document.getElementById('model').value") == "gaussian-050"


def test_a_unit_is_shown_in_every_model_and_switched_off(engine: Tab, lab: str) -> None:
    engine.visit(f"{lab}#model=masking-80&open=units")
    engine.draw()
    engine.choose("#units-number", "3")
    engine.wait_for(PATTERNS)
    engine.wait_for("() => document.querySelectorAll('#units-everywhere .pattern').length >= 11")
    before = last(engine)["reconstruction"]
    engine.click("#units-active button")
    engine.wait_for("() => document.querySelector(\"#units-active button[aria-pressed='true']\") !== null")
    assert last(engine)["reconstruction"] != before


def test_a_link_restores_the_drawing_in_a_fresh_profile(fresh: Callable[..., Tab], lab: str) -> None:
    here = fresh()
    here.visit(f"{lab}#model=gaussian-075&noise=salt-and-pepper&level=0.3&fit=0")
    here.draw()
    here.wait_for("() => location.hash.includes('draw=')")
    here.evaluate("() => new Promise((done) => setTimeout(done, 500))")  # the address is written every 350 ms
    here.wait_for(WHOLE)
    there = fresh()
    there.visit(here.evaluate("() => location.href"))
    there.wait_for(f"() => window.last.model === 'gaussian-075' && ({WHOLE})()")
    ours, theirs = last(here), last(there)
    assert theirs["pixels"] == ours["pixels"]
    assert theirs["fed"] == ours["fed"]
    assert np.abs(np.array(theirs["reconstruction"]) - ours["reconstruction"]).max() < 1e-6


def test_the_self_test_passes(engine: Tab, lab: str) -> None:
    engine.open(lab + "?selftest")
    engine.wait_for("() => document.querySelector('#selftest[data-result]') !== null", seconds=60)
    result = engine.evaluate("() => ({ ...document.getElementById('selftest').dataset })")
    assert result["result"] == "passed"
    assert float(result["worst"]) <= 1e-5
    assert engine.evaluate("() => document.querySelectorAll('#selftest-rows tr').length") == len(MODELS)
