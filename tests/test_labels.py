"""Labels are read with the images and checked like them; images without any are whole, and half of them are not."""

import gzip
import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from train.data.dataset import Dataset, load_dataset
from train.data.sources import LABEL_STEMS, SOURCES, STEMS, OfficialFile, Source
from train.errors import DataError
from workshop import synthetic

TRAIN, TEST = (f"{stem}.gz" for stem in LABEL_STEMS.values())
IMAGES, LABELS = synthetic.digits(40, seed=3, side=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return synthetic.write_idx(tmp_path / "digits", 60, 20, side=8)


def save(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> Path:
    data = BytesIO()
    np.savez(data, **arrays)  # type: ignore[arg-type]  # numpy's stub takes its own option for an array
    path.write_bytes(data.getvalue())
    return path


def official_file(path: Path) -> OfficialFile:
    data = path.read_bytes()
    unpacked = hashlib.sha256(gzip.decompress(data)).hexdigest()
    return OfficialFile(path.name, len(data), hashlib.sha256(data).hexdigest(), unpacked)


@pytest.fixture
def official(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    images, labels = (
        [official_file(folder / f"{stem}.gz") for stem in stems.values()] for stems in (STEMS, LABEL_STEMS)
    )
    source = Source("https://localhost:1/", (images[0], images[1]), (labels[0], labels[1]))
    monkeypatch.setitem(SOURCES, "mnist", source)
    return folder


def check(got: Dataset, train: NDArray[np.integer], test: NDArray[np.integer]) -> None:
    assert got.labels is not None
    assert got.labels.classes == 10
    assert np.array_equal(got.labels.train, train)
    assert np.array_equal(got.labels.test, test)


@pytest.mark.parametrize("name", ["mnist", "custom"])
def test_idx_labels_are_read_as_they_are(official: Path, name: str) -> None:
    got = load_dataset(name, official)
    check(got, np.arange(60) % 10, np.arange(20) % 10)


@pytest.mark.parametrize("name", ["mnist", "custom"])
def test_images_without_labels_are_the_same_images(official: Path, name: str) -> None:
    before = load_dataset(name, official)
    for file in (TRAIN, TEST):
        (official / file).unlink()
    got = load_dataset(name, official)
    assert got.labels is None
    assert got.digest() == before.digest()


def test_the_labels_of_the_real_mnist_are_as_many_of_each_digit_as_its_authors_say(mnist: Path | None) -> None:
    """Where it is there; the numbers are those of http://yann.lecun.com/exdb/mnist."""
    if mnist:
        got = load_dataset("mnist", mnist).labels
        assert got is not None
        assert np.bincount(got.test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize("name", ["mnist", "custom"])
def test_labels_of_one_half_alone_are_refused(official: Path, name: str) -> None:
    (official / TEST).unlink()
    with pytest.raises(DataError, match=r"t10k-images-.*: expected labels, as .*train-labels-.* of the other images"):
        load_dataset(name, official)


def test_altered_official_labels_are_named_with_both_sums(official: Path) -> None:
    data = bytearray(gzip.decompress((official / TRAIN).read_bytes()))
    data[-1] ^= 1
    (official / TRAIN).write_bytes(gzip.compress(data, mtime=0))
    with pytest.raises(DataError, match=rf"{TRAIN}: expected .*; this is not the official file of 'mnist'"):
        load_dataset("mnist", official)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (synthetic.idx(IMAGES), r"expected an IDX file of labels \(first bytes 00 00 08 01\), got '00 00 08 03'"),
        (synthetic.idx(LABELS), "expected 60 labels, one for each image, got 40"),
        (synthetic.idx(np.arange(60, dtype=np.uint8))[:-1], "expected 68 bytes for 60 labels, got 67"),
        (synthetic.idx(np.arange(60, dtype=np.uint8)) + b"\0", "expected 68 bytes for 60 labels, got 69"),
        (synthetic.idx(np.full(60, 7, np.uint8)), "expected labels of at least two classes, got only 7"),
        (synthetic.idx(np.arange(60, dtype=np.uint8) % 3), r"t10k-labels.*: expected the classes of .*train.*, got 3"),
        (b"", "expected an IDX file of labels"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_not_labels_is_named(folder: Path, data: bytes, message: str, packed: bool) -> None:
    (folder / TRAIN).unlink()
    (folder / (TRAIN if packed else TRAIN.removesuffix(".gz"))).write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(DataError, match=message) as error:
        load_dataset("custom", folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("emnist-digits-", ""),
        ("MNIST/raw/", ""),
        ("", " (1)"),
    ],
)
def test_labels_are_found_where_their_images_are(tmp_path: Path, before: str, after: str) -> None:
    for stems, arrays in ((STEMS, (IMAGES[:30], IMAGES[30:])), (LABEL_STEMS, (LABELS[:30], LABELS[30:]))):
        for stem, array in zip(stems.values(), arrays, strict=True):
            path = tmp_path / f"{before}{stem}{after}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(synthetic.idx(array))
    (tmp_path / f"other-{LABEL_STEMS['train']}").write_bytes(synthetic.idx(LABELS[:3]))
    got = load_dataset("custom", tmp_path)
    check(got, LABELS[:30], LABELS[30:])


@pytest.mark.parametrize(
    "keys", [("train", "test", "train_labels", "test_labels"), ("x_train", "x_test", "y_train", "y_test")]
)
@pytest.mark.parametrize("kind", [np.uint8, np.int64, ">i4"])
def test_an_npz_may_have_labels(tmp_path: Path, keys: tuple[str, ...], kind: str) -> None:
    arrays = (IMAGES[:30], IMAGES[30:], LABELS[:30].astype(kind), LABELS[30:].astype(kind))
    got = load_dataset("custom", save(tmp_path / "own.npz", dict(zip(keys, arrays, strict=True))))
    check(got, LABELS[:30], LABELS[30:])


def test_the_labels_of_one_array_are_divided_as_it_is(tmp_path: Path) -> None:
    got = load_dataset("custom", save(tmp_path / "own.npz", {"digits": IMAGES, "labels": LABELS}))
    check(got, LABELS[:36], LABELS[36:])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS[:29], "y_train: expected 30 labels, one for each image, got 29"),
        (LABELS[:30] / 2, "y_train: expected 30 whole numbers, a label for each image, got float64 30"),
        (LABELS[:30, None], "y_train: expected 30 whole numbers, a label for each image, got uint8 30 x 1"),
        (LABELS[:30].astype(np.int64) - 5, "y_train: expected labels from 0 to 255, got -5"),
        (LABELS[:30].astype(np.int64) + 250, "y_train: expected labels from 0 to 255, got 256"),
        (np.array(["a", {}], object), "y_train: expected 30 whole numbers, a label for each image, got object 2"),
    ],
)
def test_labels_of_another_kind_are_named(tmp_path: Path, labels: NDArray[np.generic], message: str) -> None:
    arrays = {"x_train": IMAGES[:30], "x_test": IMAGES[30:], "y_train": labels, "y_test": LABELS[30:]}
    with pytest.raises(DataError) as error:
        load_dataset("custom", save(tmp_path / "own.npz", arrays))
    assert str(error.value) == f"{tmp_path / 'own.npz'}: {message}"
