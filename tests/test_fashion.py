"""Another official data set, from its files to the page: Fashion-MNIST, as Debian's dataset-fashion-mnist has it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from workshop.checkout import run_build
from workshop.projects import call
from workshop.serving import serve
from workshop.visit import draw, visit

FILES = Path("/usr/share/datasets/fashion-mnist")
PATHS = (".", "lab", "numbers", "use", "ja", "ja/lab")
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
    data = folder / "data"  # without the labels: fitting readers of codes to all of them takes minutes
    data.mkdir()
    for images in FILES.glob("*-images-idx3-ubyte.gz"):
        (data / images.name).symlink_to(images)
    done = call(folder, data_dir=data)
    assert done.returncode == 0, done.stderr
    built = run_build("--config", folder / "models.toml", "--out", folder / "_site")
    assert built.returncode == 0, built.stderr
    return folder / "_site"


def test_its_page_speaks_of_clothes(site: Path) -> None:
    pages = {path: (site / path / "index.html").read_text() for path in PATHS}
    assert "Draw a garment: small networks" in pages["lab"]
    assert "Draw a garment here" in pages["lab"]
    assert "The lower half of each garment is missing" in pages["numbers"]
    assert "All there was to see were the clothes and shoes of Fashion-MNIST." in pages["."]
    assert "服や靴を描くと" in pages["ja/lab"]
    english = "".join(pages[path] for path in PATHS if not path.startswith("ja"))
    said = re.sub(r"\S*assets/\S*", "", english)
    left = {re.sub(r"\W+", " ", words).strip() for words in re.findall(r"[^<>\".]*\bdigit[^<>\".]*", said)}
    assert {words for words in left if "ample digit" not in words} <= {
        "Half a digit",
        "What leaves the middle or is very small is moved and scaled to the size of a digit of MNIST for the network "
        "and the answer put back where you drew",
        "as large as a digit",
        "digits drawn by the page",  # which networks can learn from in the lab, whatever the site's are of
    }


def test_its_page_feeds_a_drawing_as_it_is(site: Path, browser: Browser) -> None:
    server = serve(site)
    page = browser.new_page()
    visit(page, f"http://127.0.0.1:{server.server_address[1]}/lab/")
    expect(page.locator("#fit")).not_to_be_checked()
    draw(page)
    expect(page).to_have_url(re.compile("fit=0"))
    page.reload()
    expect(page.locator("#fit")).not_to_be_checked()
    page.close()
    server.shutdown()
    server.server_close()
