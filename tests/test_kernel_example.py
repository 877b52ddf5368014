"""The page of examples/kernel answers as float64 does, and docs/kernel.md names what there is."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from export.weights.reference import reconstruct
from export.weights.weights_file import read_weights
from workshop.checkout import ROOT
from workshop.serving import serve

TEXT = (ROOT / "docs" / "kernel.md").read_text()
GREY = """() => {
  const canvas = document.getElementById("answer");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, k) => data[4 * k]);
}"""


@pytest.fixture(scope="module")
def example() -> Iterator[str]:
    server = serve(ROOT)
    yield f"http://127.0.0.1:{server.server_address[1]}/examples/kernel/index.html"
    server.shutdown()
    server.server_close()


def test_the_example_reconstructs_what_is_drawn(page: Page, example: str) -> None:
    page.goto(example)
    expect(page.locator("#said")).to_have_text("wasm-relaxed; code: 500 units")
    drawing = page.locator("#drawing")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box
    cell = (box["width"] - 2) / 28  # within the border of one pixel
    pixels = np.zeros(784)
    page.mouse.move(box["x"] + 1 + 14.5 * cell, box["y"] + 1 + 5.5 * cell)
    page.mouse.down()
    for row in range(6, 23):
        page.mouse.move(box["x"] + 1 + 14.5 * cell, box["y"] + 1 + (row + 0.5) * cell)
        pixels[28 * row + 14] = 1
    page.mouse.up()
    params = read_weights(ROOT / "weights" / "masking-80.safetensors").params
    np.testing.assert_allclose(page.evaluate(GREY), 255 * (1 - reconstruct(params, pixels)), atol=1)


def test_the_document_names_the_methods_that_there_are() -> None:
    source = (ROOT / "site_template" / "js" / "network" / "engine.js").read_text()
    kernel = source[source.index("@typedef {object} Kernel") :]
    there = set(re.findall(r"^ \* @property \{.*\} (\w+)", kernel, re.MULTILINE))
    rows = "".join(re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE))
    assert there == set(re.findall(r"`(\w+)[(`]", rows))
