"""Another official data set, from its files to the page: Fashion-MNIST, as Debian's dataset-fashion-mnist has it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import run_build, serve
from tests.projects import call
from tests.visit import draw, visit

FILES = Path("/usr/share/datasets/fashion-mnist")
CONFIG = """
[dataset]
name = "fashion_mnist"
[defaults]
hidden = 16
epochs = 1
[[model]]
noise = "none"
[[model]]
noise = "masking"
level = 0.5
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not FILES.is_dir():
        pytest.skip(f"{FILES} is missing: `apt-get install dataset-fashion-mnist`, as .ci/run does")
    folder = tmp_path_factory.mktemp("fashion")
    (folder / "models.toml").write_text(CONFIG)
    done = call(folder, data_dir=FILES)
    assert done.returncode == 0, done.stderr
    built = run_build("--config", folder / "models.toml", "--out", folder / "_site")
    assert built.returncode == 0, built.stderr
    return folder / "_site"


def test_its_page_speaks_of_clothes(site: Path) -> None:
    pages = {name: (site / name / "index.html").read_text().replace("\N{NO-BREAK SPACE}", " ") for name in (".", "ja")}
    assert "Draw a garment. A small network" in pages["."]
    assert "Draw a garment here" in pages["."]
    assert "The lower half of each garment is missing" in pages["."]
    assert "All there was to see were the clothes and shoes of Fashion-MNIST." in pages["."]
    assert "服や靴を描いてみてください" in pages["ja"]
    left = {re.sub(r"\W+", " ", words).strip() for words in re.findall(r"[^<>\".]*\bdigit[^<>\".]*", pages["."])}
    assert {words for words in left if "ample digit" not in words} <= {
        "Half a digit",
        "Your drawing is moved and scaled until it is as large as a digit of MNIST and in the middle and the answer "
        "put back where you drew",
        "as large as a digit",
    }


def test_its_page_feeds_a_drawing_as_it_is(site: Path, browser: Browser) -> None:
    server = serve(site)
    page = browser.new_page()
    visit(page, f"http://127.0.0.1:{server.server_address[1]}/")
    expect(page.locator("#fit")).not_to_be_checked()
    draw(page)
    expect(page).to_have_url(re.compile("fit=0"))
    page.reload()
    expect(page.locator("#fit")).not_to_be_checked()
    page.close()
    server.shutdown()
    server.server_close()
