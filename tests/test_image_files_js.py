"""Images from a visitor's files, read in the page: the same pixels as in the files, or a reason by name."""

import gzip
import io
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from workshop.scripts import open_modules, serving

SIDE = 28
READ = """async ([files, largest]) => {
  const { readImages } = await load("draw/image_files");
  const given = files.map(([name, bytes]) => new File([new Uint8Array(bytes)], name));
  try {
    return Array.from(await readImages(given, 28, largest));
  } catch (error) {
    if (error.name !== "ImagesError") throw error;
    return [error.code, error.file, error.details];
  }
}"""


@pytest.fixture(scope="module")
def modules(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with serving(tmp_path_factory.mktemp("modules")) as url:
        yield open_modules(browser.new_page(), url)


def some(count: int, side: int = SIDE) -> NDArray[np.uint8]:
    return np.random.default_rng(count).integers(0, 256, (count, side, side), np.uint8)


def idx(images: NDArray[np.uint8]) -> bytes:
    return struct.pack(">BBBBIII", 0, 0, 8, 3, *images.shape) + images.tobytes()


def png(pixels: NDArray[np.uint8], mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "PNG")
    return file.getvalue()


def drawing() -> NDArray[np.uint8]:
    """White ink on black, less of it than paper."""
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[4:20, 10:14] = 255
    pixels[8:12, 14:20] = 120
    return pixels


def saved(*, dark: bool, columns: int = 4) -> bytes:
    """As the lab saves it: the drawing first, then other tiles, captions below."""
    picture = np.full((2 * 264 + 16, columns * 240 + 16), 18 if dark else 248, np.uint8)
    large = np.kron(drawing(), np.ones((8, 8), np.uint8))
    picture[16:240, 16:240] = large if dark else 255 - large
    picture[16:240, 256:480] = 128
    return png(picture, "RGBA")


def read(modules: Page, *files: tuple[str, bytes], largest: int = 200_000_000) -> list[object]:
    answer: list[object] = modules.evaluate(READ, [[[name, list(data)] for name, data in files], largest])
    return answer


def test_idx_files_gzipped_or_not_and_pictures_come_one_after_the_other(modules: Page) -> None:
    first, second = some(3), some(2)
    files = [("a.gz", gzip.compress(idx(first))), ("b", idx(second)), ("c.png", png(drawing()))]
    expected = [*first.ravel().tolist(), *second.ravel().tolist(), *drawing().ravel().tolist()]
    assert read(modules, *files) == expected


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_drawings_of_any_colours_give_their_ink(modules: Page, mode: str) -> None:
    for pixels in (drawing(), 255 - drawing(), np.kron(drawing(), np.ones((10, 10), np.uint8))):
        assert read(modules, ("a.png", png(pixels, mode))) == drawing().ravel().tolist()


@pytest.mark.parametrize("dark", [False, True])
def test_of_a_picture_that_the_lab_saved_the_drawing_is_taken(modules: Page, *, dark: bool) -> None:
    for columns in (3, 4):
        assert read(modules, ("a.png", saved(dark=dark, columns=columns))) == drawing().ravel().tolist()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "kind"),
        (b"\0\0\x08\x01" + bytes(40), "kind"),
        (b"GIF89a" + bytes(40), "kind"),
        (idx(some(2, 27)), "side"),
        (idx(some(2))[:-1], "length"),
        (idx(some(2)) + b"\0", "length"),
        (struct.pack(">BBBBIII", 0, 0, 8, 3, 2**32 - 1, 28, 28), "length"),
        (struct.pack(">BBBBIII", 0, 0, 8, 3, 0, 28, 28), "empty"),
        (gzip.compress(idx(some(2)), mtime=0)[:-12], "damaged"),
        (gzip.compress(b"no images", mtime=0), "kind"),
        (png(drawing())[:60], "damaged"),
        (png(np.zeros((30, 28), np.uint8)), "side"),
        (png(np.full((28, 28), 9, np.uint8)), "empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(modules: Page, data: bytes, code: str) -> None:
    good = ("good", idx(some(1)))
    assert read(modules, good, ("bad", data))[:2] == [code, "bad"]


def test_of_what_unpacks_to_too_much_no_more_is_unpacked(modules: Page) -> None:
    for data in (gzip.compress(bytes(500_000)), bytes(500_000)):
        code, file, details = read(modules, ("bomb", data), largest=100_000)
        assert (code, file) == ("large", "bomb")
        assert isinstance(details, dict)
        assert 100_000 < details["got"] <= 500_000
