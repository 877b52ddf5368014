"""`[page] training_images` gives so many of the data set's images, on which networks train in the page."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from export.command import main
from tests.test_external_page import CUSTOM, MINE, serving, write_own
from workshop import synthetic
from workshop.visit import open_panel, visit, wait_for

ASKED = "[page]\ntraining_images = {count}\n\n"


def site_data(page: Path) -> dict[str, Any]:
    """What the scripts of a page are told."""
    data: dict[str, Any] = json.loads(page.read_text().partition('id="site">')[2].partition("</script>")[0])
    return data


def project(folder: Path, count: int, side: int = 28) -> list[str]:
    """A models.toml that asks for so many of 200 images, and the command that builds its site."""
    write_own(folder / "mine.npz", 28, 12)
    (folder / "models.toml").write_text(CUSTOM + ASKED.format(count=count) + MINE)
    data = synthetic.write_idx(folder / "digits", 200, 20, side)
    return ["--config", str(folder / "models.toml"), "--out", str(folder / "_site"), "--data-dir", str(data)]


def test_the_first_images_are_one_file_whose_bytes_are_told(tmp_path: Path) -> None:
    command = project(tmp_path, 150)
    assert main(command) == 0
    (path,) = (tmp_path / "_site" / "assets").glob("training-images*.gz")
    packed = path.read_bytes()
    images, _ = synthetic.digits(200, 1)
    assert gzip.decompress(packed) == synthetic.idx(images[:150])
    assert site_data(tmp_path / "_site" / "lab" / "index.html")["training"] == {
        "file": f"assets/{path.name}",
        "bytes": len(packed),
        "dataset": "custom",
        "count": 150,
    }
    assert "training" not in site_data(tmp_path / "_site" / "index.html")
    assert main(command) == 0
    assert path.read_bytes() == packed
    assert main(["check", str(tmp_path / "_site")]) == 0


def test_without_it_there_is_no_file_and_no_choice(site: Path) -> None:
    assert list((site / "assets").glob("training-images*")) == []
    assert site_data(site / "lab" / "index.html")["training"] is None
    assert '<option value="site">' not in (site / "lab" / "index.html").read_text()


def test_what_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(project(tmp_path, 201)) == 1
    expected = "[page]: training_images: expected at most 200, as many as 'custom' has, got 201"
    assert capsys.readouterr().err == f"error: {tmp_path / 'models.toml'}: {expected}\n"
    assert main(project(tmp_path, 10, side=16)) == 1
    assert "expected a data set of images with 784 pixels, as the models see, got 16 x 16" in capsys.readouterr().err
    assert not (tmp_path / "_site").exists()


@pytest.mark.parametrize("path", ["lab/", "ja/lab/"])
def test_networks_learn_from_them(page: Page, tmp_path: Path, path: str) -> None:
    images = project(tmp_path, 150)[-1]
    with serving(page, tmp_path, (tmp_path / "models.toml").read_text(), "--data-dir", images) as url:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        visit(page, url + path)
        open_panel(page, "train")
        option = page.locator("#train-data option[value=site]")
        expect(option).to_contain_text("150")
        assert not any("training-images" in one for one in asked), "it comes when it is wanted"
        page.select_option("#train-data", "site")
        page.fill("#train-hidden", "10")
        page.fill("#train-limit", "1000")
        page.click("#train-play")
        wait_for(page, "() => document.querySelector('#train-text').textContent.includes('1,000')", seconds=60)
        assert sum("training-images" in one for one in asked) == 1
