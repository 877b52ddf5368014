"""How soon and how well networks learn in the page: `python -m benchmarks.learning` writes learning.json.

In:  the site, built anew; Chromium; MNIST's test images, as `--data-dir` or DAE_DATA_DIR has them.
Out: of the walk's third chapter the seconds from the press until twenty filters of each network are strokes; of one
     network in the lab (500 units, masking 50 %, digits that the page draws) the same, its loss on drawn digits that
     it never learns after some seconds, and, when it has seen 200,000 images, its loss on MNIST's test images under
     the same noise, as train/learn/measure.py takes it. The page tells its numbers once a second.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from export.weights.weights_file import read_weights
from train.data.dataset import load_dataset
from train.learn.measure import mean_loss
from workshop.browser import launch
from workshop.checkout import ROOT
from workshop.serving import serve
from workshop.visit import open_panel, visit, wait_for

RESULTS = Path(__file__).resolve().parent / "learning.json"
NOISE, LEVEL, HIDDEN, IMAGES = "masking", 0.5, 500, 200_000
STROKES = 20  # filters of a network that has begun to learn
SECONDS = (10, 30, 60)  # at which the loss is read
LONGEST = 1200  # seconds of a training
GROWN = """() => {{
  const lanes = [...document.querySelectorAll(".lanes figure")];
  return lanes.length > 0 && lanes.every(({{ dataset }}) => Number(dataset.strokes) >= {count});
}}"""


def first_strokes(page: Page) -> float:
    """Seconds from now until every network has its first strokes."""
    start = time.monotonic()
    wait_for(page, GROWN.format(count=STROKES), seconds=LONGEST)
    return round(time.monotonic() - start, 1)


def on_the_walk(browser: Browser, url: str) -> dict[str, float]:
    """Chapter 3, on one press."""
    page = browser.new_page()
    page.goto(url)
    wait_for(page, "() => document.querySelectorAll('.answer.live').length > 0")
    page.locator("#train").scroll_into_view_if_needed()
    page.locator("#train").click()
    seconds = first_strokes(page)
    page.close()
    return {"first_strokes_s": seconds}


def loss_now(page: Page) -> float:
    """What the page says of the network's loss."""
    said = re.search(r"Loss (\d+\.\d+)", page.locator("#train-lanes figcaption").inner_text())
    assert said
    return float(said[1])


def in_the_lab(browser: Browser, url: str, folder: Path) -> tuple[dict[str, object], Path]:
    """One network to its end, and the weights that the page saves of it."""
    page = visit(browser.new_page(), f"{url}lab/")
    open_panel(page, "train")
    page.select_option("#train-noise-0", NOISE)
    page.locator("#train-level-0").fill(str(LEVEL))
    page.select_option("#train-noise-1", "")
    page.fill("#train-hidden", str(HIDDEN))
    page.fill("#train-limit", str(IMAGES))
    page.locator("#train-play").click()
    start = time.monotonic()
    results: dict[str, object] = {"first_strokes_s": first_strokes(page)}
    for seconds in SECONDS:
        page.wait_for_timeout(max(0.0, 1000 * (start + seconds - time.monotonic())))
        results[f"loss_{seconds}_s"] = loss_now(page)
    wait_for(page, "() => document.querySelector('#train-text').textContent.startsWith('Done')", seconds=LONGEST)
    results["all_s"] = round(time.monotonic() - start, 1)
    results["loss_drawn"] = loss_now(page)
    with page.expect_download() as download:
        page.locator("#train-lanes").get_by_role("button", name="Save").click()
    path = folder / "learned.safetensors"
    download.value.save_as(path)
    page.close()
    return results, path


def main() -> None:
    """Build, train in the page, measure, and write learning.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="a folder with MNIST's test images")
    images = load_dataset("mnist", parser.parse_args().data_dir).test
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "site"
        subprocess.run([sys.executable, str(ROOT / "build.py"), "--out", str(site)], check=True, stdout=subprocess.PIPE)
        server = serve(site)
        browser = launch(playwright)
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        walk = on_the_walk(browser, url)
        lab, path = in_the_lab(browser, url, Path(folder))
        seen = read_weights(path)
        lab["loss_mnist"] = round(mean_loss(seen.params, images, NOISE, LEVEL), 2)
        results: dict[str, object] = {"browser": f"Chromium {browser.version}", "cores": os.cpu_count()}
        results |= {"noise": NOISE, "level": LEVEL, "hidden": HIDDEN, "images": IMAGES, "walk": walk, "lab": lab}
        browser.close()
        server.shutdown()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
