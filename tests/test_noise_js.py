"""The noises in JavaScript: the same bits as Python's from the same draws, the same words, and one list of them all."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from export.site.catalogue import read_catalogues
from export.site.words import describe, level_key, noise_entries
from train.data.noise import NOISES
from workshop import tiny
from workshop.checkout import ROOT
from workshop.pad import PLAIN, mouse
from workshop.scripts import open_modules, serving
from workshop.serving import serve
from workshop.visit import last, visit

SIDE = 28
VISIBLE = SIDE * SIDE
SHARES = (0.0, 0.25, 0.3, 1 / 3, 0.5, 0.8, 0.999, 1.0)
LEVELS = {"share": SHARES, "variance": (0.0, 0.1, 0.25, 0.75, 1.6, 100.0), None: (0.0,)}
APPLY = """async ([kind, level, pixels, draws]) => {
  const { APPLY } = await load("draw/noise");
  const fed = new Float32Array(pixels.length).fill(NaN);
  APPLY[kind](new Float32Array(pixels), level, new Float32Array(draws), fed);
  return Array.from(new Uint32Array(fed.buffer));
}"""
DESCRIBE = """async ([level, levels]) => {
  const { describe } = await load("page/words");
  return levels.map((one) => describe({ words: { level } }, one));
}"""
# A noise that the project does not have, as its four places have it.
PYTHON = '''
def _block(pixels: A, level: Level, draws: A, /) -> A:
    """A square, anywhere, that holds the share `level` of the pixels, becomes 0."""
    side = round(pixels.shape[-1] ** 0.5)
    width = cast("float", level) ** 0.5 * side
    row, column = np.divmod(np.arange(side * side), side)
    top, left = (draws[..., k : k + 1] * (side - width) for k in (0, 1))
    inside = (row >= top) & (row < top + width) & (column >= left) & (column < left + width)
    return pixels * (1 - inside.astype(pixels.dtype))
'''
ROW = 'Noise("block", "uniform", "share", 0.0, 1.0, slider=1.0, apply=_block, per_pixel=0, per_image=2),'
SCRIPT = """
/** @type {Apply} */
function applyBlock(pixels, level, draws, fed) {
  const side = Math.sqrt(pixels.length);
  const width = Math.sqrt(level) * side;
  const [top, left] = [draws[0] * (side - width), draws[1] * (side - width)];
  for (let k = 0; k < pixels.length; k++) {
    const row = Math.floor(k / side);
    const column = k % side;
    const inside = row >= top && row < top + width && column >= left && column < left + width;
    fed[k] = inside ? 0 : pixels[k];
  }
}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("noises")) as served:
        yield served


@pytest.mark.parametrize("kind", NOISES)
def test_the_same_draws_give_the_same_bits_in_both_languages(page: Page, url: str, kind: str) -> None:
    noise = NOISES[kind]
    random = np.random.default_rng(1)
    pixels = random.random(VISIBLE, np.float32) * (random.random(VISIBLE) < 0.5).astype(np.float32)
    count = noise.count(VISIBLE)
    draws = random.standard_normal(count, np.float32) if noise.draw == "normal" else random.random(count, np.float32)
    open_modules(page, url)
    for level in LEVELS[noise.measure]:
        expected = noise.apply(pixels, level, draws)
        assert expected.dtype == np.float32
        got = page.evaluate(APPLY, [kind, level, pixels.tolist(), draws.tolist()])
        np.testing.assert_array_equal(np.array(got, np.uint32), expected.view(np.uint32), str(level))


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_a_level_is_said_alike_in_both_languages(page: Page, url: str, locale: str) -> None:
    catalogue = read_catalogues(ROOT / "site_template" / "locale", "mnist")[locale]
    open_modules(page, url)
    levels = [0.01 * k for k in range(201)] + [1 / 3, 0.125, 0.375, 12.345678, 100.0]
    for noise in NOISES.values():
        for form in ("", "short", "long"):
            pattern = catalogue[level_key(noise, form)]
            assert page.evaluate(DESCRIBE, [pattern, levels]) == [describe(pattern, level) for level in levels]
    assert describe(catalogue["level.share"], 0.29).replace("\u00a0", "").replace(" ", "") == "29%"
    assert "σ 0.87" in describe(catalogue["level.variance"], 0.75)


def test_the_scripts_are_told_the_whole_table() -> None:
    catalogue = read_catalogues(ROOT / "site_template" / "locale", "mnist")["en"]
    entries = {one.kind: one for one in noise_entries(NOISES.values(), VISIBLE, catalogue)}
    assert list(entries) == list(NOISES)
    for kind, noise in NOISES.items():
        one = entries[kind]
        assert (one.draw, one.minimum, one.maximum) == (noise.draw, noise.minimum, noise.maximum)
        assert one.count == noise.count(VISIBLE)
        assert one.words.name == catalogue[f"noise.{kind}"]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))


def build(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "build.py"], cwd=project, capture_output=True, text=True, check=False)


def test_a_new_noise_is_a_row_two_functions_and_its_words(page: Page, tmp_path: Path) -> None:
    for name in ("train", "export", "site_template"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("build.py", "models.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "weights").symlink_to(ROOT / "weights")
    table = tmp_path / "train" / "data" / "noise.py"
    edit(table, "\nNOISES: dict[str, Noise] = {", PYTHON + "\n\nNOISES: dict[str, Noise] = {")
    edit(table, "slider=2.0, apply=_gaussian),\n", f"slider=2.0, apply=_gaussian),\n        {ROW}\n")
    for locale, word in (("en", "Block"), ("ja", "四角")):
        common = tmp_path / "site_template" / "locale" / locale / "common.toml"
        for table_name in ("[noise]\n", "[noise.short]\n"):
            edit(common, table_name, f'{table_name}block = "{word}"\n')

    refused = build(tmp_path)
    assert refused.returncode == 1
    assert "noise.js: APPLY: expected a function for each noise" in refused.stderr
    assert refused.stderr.endswith("got none for block\n")

    script = tmp_path / "site_template" / "js" / "draw" / "noise.js"
    edit(script, "  gaussian: applyGaussian,\n", "  gaussian: applyGaussian,\n  block: applyBlock,\n")
    script.write_text(script.read_text() + SCRIPT)
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr

    server = serve(tmp_path / "_site")
    try:
        visit(page, f"http://127.0.0.1:{server.server_address[1]}/lab/{PLAIN}")
        page.locator("#tools label", has=page.locator("input[value='hard']")).click()
        ends = (0.3, SIDE - 0.3)
        mouse(page, *((x, row + 0.5) for row in range(SIDE) for x in (ends if row % 2 == 0 else ends[::-1])))
        assert last(page).pixels.sum() == VISIBLE
        page.locator("#noises label", has_text="Block").click()
        page.locator("#level").fill("0.25")
        black = last(page).fed.reshape(SIDE, SIDE) == 0
        assert black.any(axis=0).sum() == black.any(axis=1).sum() == 14  # a square of a quarter of the pixels
        assert black.sum() == 14 * 14
        page.click("#again")
        assert (black != (last(page).fed.reshape(SIDE, SIDE) == 0)).any()  # elsewhere
    finally:
        page.goto("about:blank")  # the page asks for nothing when the server has gone
        server.shutdown()
        server.server_close()


def test_a_table_of_functions_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    project = tiny.make_project(tmp_path)
    (project / "site_template" / "js" / "draw" / "noise.js").write_text("export const APPLY = {};\n")
    places = ["--config", "models.toml", "--template", "site_template", "--out", "_site"]
    words = [word if word.startswith("--") else str(project / word) for word in places]
    done = subprocess.run([sys.executable, "build.py", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "got none for gaussian, masking, none, salt-and-pepper" in done.stderr
