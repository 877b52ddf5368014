"""A theme's colours: written in any way that CSS knows, they are the page's."""

import shutil
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, expect

from workshop.checkout import ROOT, run_build
from workshop.serving import serve
from workshop.visit import draw, visit

# The colours of a canvas that is drawn on another one: each once.
CANVAS = """(id) => {
  const canvas = document.getElementById(id);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const colours = Array.from({ length: data.length / 4 }, (_, k) => data.slice(4 * k, 4 * k + 3).join());
  return [...new Set(colours)].map((colour) => colour.split(",").map(Number));
}"""
NAMES = ("--pixel-paper", "--pixel-ink")
COLOUR = "(name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()"


def themed(folder: Path, colours: dict[str, str]) -> str:
    """Build with other colours on top of the style sheet's; serves it."""
    template = folder / "site_template"
    shutil.copytree(ROOT / "site_template", template)
    style = template / "style.css"
    values = "".join(f"{name}: {value};" for name, value in colours.items())
    style.write_text(f"{style.read_text()}\n:root {{ --base: #204080; {values} }}\n")
    done = run_build("--template", template, "--out", folder / "_site")
    assert done.returncode == 0, done.stderr
    return f"http://127.0.0.1:{serve(folder / '_site').server_address[1]}/"


def test_a_theme_s_colours_are_written_in_any_way(browser: Browser, tmp_path: Path) -> None:
    theme = {
        "--pixel-paper": "light-dark(oklch(1 0 0), rgb(0 0 0))",
        "--pixel-ink": "color-mix(in srgb, var(--base) 50%, black)",
        "--warm": "#f60",
        "--cool": "rebeccapurple",
        "--added": "hsl(120deg 100% 25% / 50%)",
        "--taken": "color(display-p3 1 0 0)",
        "--accent": "lab(50% 0 0)",
    }
    url = themed(tmp_path, theme)
    expected = {
        "light": [[255, 255, 255], [16, 32, 64], [255, 102, 0], [102, 51, 153], [128, 191, 128], [255, 0, 0]],
        "dark": [[0, 0, 0], [16, 32, 64], [255, 102, 0], [102, 51, 153], [0, 64, 0], [255, 0, 0]],
    }
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = visit(context.new_page(), f"{url}lab/")
        read = "async (names) => (await import('page/picture')).readColours(names)"
        got = page.evaluate(read, list(theme)[:6])
        assert np.abs(np.array(got) - np.array(expected[scheme])).max() <= 1
        draw(page)
        pixels = page.evaluate(CANVAS, "pad")
        assert [16, 32, 64] in pixels
        assert expected[scheme][0] in pixels
        visit(page, url)
        draw(page)
        expect(page.locator("#broken")).to_be_hidden()
        assert [16, 32, 64] in page.evaluate(CANVAS, "pad")
        context.close()
