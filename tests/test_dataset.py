"""Images are read as they are, and a file that is not what it should be is named with what was expected and found."""

import functools
import gzip
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from train.data import download
from train.data.dataset import load_dataset
from train.data.sources import DATA_DIR_VARIABLE, SOURCES, OfficialFile, Source
from train.errors import DataError
from workshop import synthetic

TRAIN = "train-images-idx3-ubyte.gz"
TEST = "t10k-images-idx3-ubyte.gz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return synthetic.write_idx(tmp_path / "digits")


@pytest.fixture
def official(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The synthetic digits, taken for the official files of MNIST."""
    files = []
    for name in (TRAIN, TEST):
        data = (folder / name).read_bytes()
        unpacked = hashlib.sha256(gzip.decompress(data)).hexdigest()
        files.append(OfficialFile(name, len(data), hashlib.sha256(data).hexdigest(), unpacked))
    monkeypatch.setitem(SOURCES, "mnist", Source("https://localhost:1/", (files[0], files[1])))
    return folder


def test_the_real_mnist_or_else_the_synthetic_digits_look_like_ink_on_paper(mnist: Path | None, folder: Path) -> None:
    got = load_dataset("mnist", mnist) if mnist else load_dataset("custom", folder)
    assert (len(got.train), len(got.test), got.side) == ((60000, 10000, 28) if mnist else (200, 50, 28))
    assert 0.08 < got.train.mean() / 255 < 0.2
    assert got.train.max() == 255


@pytest.mark.parametrize("name", ["mnist", "custom"])
def test_idx_files_are_read_as_they_are(official: Path, name: str) -> None:
    images, _ = synthetic.digits(200, seed=1)
    got = load_dataset(name, official)
    assert np.array_equal(got.train, images.reshape(200, 784))
    assert got.test.shape == (50, 784)
    assert got.train.dtype == np.uint8


def test_unpacked_files_are_accepted_too(official: Path) -> None:
    before = load_dataset("mnist", official).digest()
    for name in (TRAIN, TEST):
        (official / name.removesuffix(".gz")).write_bytes(gzip.decompress((official / name).read_bytes()))
        (official / name).unlink()
    assert load_dataset("mnist", official).digest() == before


def test_files_that_were_packed_anew_are_accepted_too(official: Path) -> None:
    before = load_dataset("mnist", official).digest()
    for name in (TRAIN, TEST):
        data = (official / name).read_bytes()
        (official / name).write_bytes(gzip.compress(gzip.decompress(data), 1, mtime=1))
        assert (official / name).read_bytes() != data
    assert load_dataset("mnist", official).digest() == before


def test_the_environment_names_the_folder_where_no_option_does(official: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(official))
    assert len(load_dataset("mnist").train) == 200


def test_an_altered_official_file_is_named_with_both_sums(official: Path) -> None:
    data = bytearray((official / TRAIN).read_bytes())
    expected = hashlib.sha256(data).hexdigest()
    data[-1] ^= 1
    (official / TRAIN).write_bytes(data)
    got = hashlib.sha256(data).hexdigest()
    with pytest.raises(DataError, match=rf"{TRAIN}: expected SHA-256 {expected}, got {got}; this is not the official"):
        load_dataset("mnist", official)


def test_a_truncated_official_file_is_named_with_both_sizes(official: Path) -> None:
    data = (official / TEST).read_bytes()
    (official / TEST).write_bytes(data[:100])
    with pytest.raises(DataError, match=rf"{TEST}: expected {len(data)} bytes, got 100"):
        load_dataset("mnist", official)


def test_an_altered_unpacked_file_is_named(official: Path) -> None:
    data = gzip.decompress((official / TEST).read_bytes())
    (official / TEST).unlink()
    (official / TEST.removesuffix(".gz")).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte: expected SHA-256 "):
        load_dataset("mnist", official)


def test_a_missing_file_and_a_missing_folder_are_named(official: Path, tmp_path: Path) -> None:
    (official / TEST).unlink()
    with pytest.raises(DataError, match=rf"expected {TEST} .*got no such file in that folder; give a folder"):
        load_dataset("mnist", official)
    with pytest.raises(DataError, match=rf"nowhere: expected {TRAIN} .*got no such folder"):
        load_dataset("mnist", tmp_path / "nowhere")


# Without the time: the bytes name the tests, and all workers must collect the same.
pack = functools.partial(gzip.compress, mtime=0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"expected a gzip file|expected an IDX file"),
        (b"<!doctype html>", "expected a gzip file, got one that does not unpack"),
        (pack(b"\0\0\x08\x01" + bytes(20)), r"expected an IDX file of images .*got '00 00 08 01'"),
        (
            pack(synthetic.idx(np.zeros((3, 4, 4), np.uint8))[:-1]),
            "expected 64 bytes for 3 images of 4 x 4, got 63",
        ),
        (pack(synthetic.idx(np.zeros((3, 4, 5), np.uint8))), "expected square images, .* got 3 x 4 x 5"),
        (pack(synthetic.idx(np.zeros((0, 4, 4), np.uint8))), "expected square images, .* got 0 x 4 x 4"),
        (pack(synthetic.idx(np.zeros((3, 4, 4), np.uint8))), "expected images 4 pixels wide .*, got 28"),
    ],
)
def test_a_file_that_is_not_images_is_named(folder: Path, data: bytes, message: str) -> None:
    (folder / TRAIN).write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        load_dataset("custom", folder)
    assert str(folder) in str(error.value)


def forget_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url", "first"),
    [
        ({}, "https://a.example/x", ("a.example", 443)),
        ({}, "http://a.example/x", ("a.example", 80)),
        ({"http_proxy": "http://p.example:3128"}, "http://a.example/x", ("p.example", 3128)),
        ({"http_proxy": "http://p.example:3128"}, "https://a.example/x", ("a.example", 443)),
        ({"HTTPS_PROXY": "https://p.example"}, "https://a.example/x", ("p.example", 443)),
        ({"https_proxy": "127.0.0.1:3128"}, "https://a.example/x", ("127.0.0.1", 3128)),
        ({"all_proxy": "http://p.example"}, "http://a.example/x", ("p.example", 80)),
        ({"http_proxy": "http://p.example", "no_proxy": "a.example"}, "http://a.example/x", ("a.example", 80)),
    ],
)
def test_a_download_is_tried_at_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, first: tuple[str, int]
) -> None:
    forget_proxies(monkeypatch)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert download._first_host(url) == first


def test_a_proxy_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_proxies(monkeypatch)
    monkeypatch.setenv("http_proxy", "http://p.example:port")
    with pytest.raises(DataError, match=r"the proxy http://p\.example:port: expected one such as http://host:3128"):
        download._first_host("http://a.example/x")


def test_without_a_home_folder_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", DATA_DIR_VARIABLE):
        monkeypatch.delenv(name, raising=False)

    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    with pytest.raises(DataError, match=r"mnist: no home folder is known .*--data-dir.*HOME"):
        load_dataset("mnist")


def test_no_files_and_no_network_fail_at_once_and_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    forget_proxies(monkeypatch)
    monkeypatch.setitem(SOURCES, "mnist", Source("https://localhost:1/", SOURCES["mnist"].files))
    started = time.monotonic()
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert time.monotonic() - started < 10
    for part in (TRAIN, TEST, str(tmp_path), "localhost cannot be reached", "--data-dir", "DAE_DATA_DIR", "network"):
        assert part in str(error.value)


def test_a_name_lookup_that_hangs_does_not_hang_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PROBE_SECONDS", 0.05)

    def hang(*_: object) -> None:
        time.sleep(0.3)
        raise OSError("too late")

    monkeypatch.setattr("socket.create_connection", hang)
    assert download._unreachable("localhost", 1) == "no answer within 0.1 s"


def test_earlier_downloads_are_found_again(official: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    download.cache_folder("mnist").parent.mkdir(parents=True)
    official.rename(download.cache_folder("mnist"))
    assert len(load_dataset("mnist").test) == 50


def savez(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    save: Any = np.savez  # its keywords are the arrays' names
    save(path, **arrays)


@pytest.mark.parametrize("keys", [("train", "test"), ("x_train", "x_test")])
def test_an_npz_of_square_images_is_a_data_set(tmp_path: Path, keys: tuple[str, str]) -> None:
    images, _ = synthetic.digits(12, seed=3, side=16)
    savez(tmp_path / "own.npz", {keys[0]: images[:10], keys[1]: images[10:], "labels": np.zeros(3)})
    got = load_dataset("custom", tmp_path / "own.npz")
    assert (got.train.shape, got.test.shape, got.side) == ((10, 256), (2, 256), 16)


def test_the_last_tenth_of_a_single_array_is_for_testing(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", synthetic.digits(40, seed=3)[0])
    got = load_dataset("custom", tmp_path / "own.npz")
    assert (len(got.train), len(got.test)) == (36, 4)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"train": np.zeros((2, 3, 3)), "test": np.zeros((2, 3, 3))}, "train: expected uint8 images, .* got float64"),
        ({"a": np.zeros((2, 9), np.uint8)}, "a: expected uint8 images, count x side x side, got uint8 2 x 9"),
        ({"a": np.zeros((1, 3, 3), np.uint8)}, "expected at least 2 images, got 1"),
        ({"a": np.zeros(1), "b": np.zeros(1)}, "expected the arrays train and test, or one array, got a, b"),
        ({"a": np.array(["x", {}], dtype=object)}, "expected an .npz file of uint8 images, got Object arrays"),
    ],
)
def test_an_npz_of_something_else_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    savez(tmp_path / "own.npz", arrays)
    with pytest.raises(DataError, match=message):
        load_dataset("custom", tmp_path / "own.npz")


def test_what_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(DataError, match=r"expected an \.npz file of uint8 images, got "):
        load_dataset("custom", tmp_path / "own.npz")


def test_custom_images_must_be_named() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(DATA_DIR_VARIABLE, raising=False)
        with pytest.raises(DataError, match='"custom" needs images: give --data-dir, or set DAE_DATA_DIR'):
            load_dataset("custom")
