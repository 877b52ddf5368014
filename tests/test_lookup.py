"""The images are found where people have them: other dashes, other prefixes, other folders, other wrappings."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from train.data.dataset import load_dataset
from train.errors import DataError
from workshop import synthetic

TRAIN, TEST = "train-images-idx3-ubyte", "t10k-images-idx3-ubyte"
IMAGES = synthetic.digits(12, seed=3, side=8)[0]
SETS = {"train": synthetic.idx(IMAGES[:10]), "test": synthetic.idx(IMAGES[10:])}


def place(folder: Path, train: str, test: str) -> None:
    """The two files under these names; packed where a name ends in .gz!, the ! left out."""
    for name, data in ((train, SETS["train"]), (test, SETS["test"])):
        path = folder / name.removesuffix("!")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith("!") else data)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (TRAIN, TEST),
        (f"{TRAIN}.gz!", f"{TEST}.gz!"),
        (f"{TRAIN}.gz", f"{TEST}.gz"),  # unpacked by a browser, which left the name
        (f"{TRAIN}!", f"{TEST}!"),  # and the other way round
        ("train-images.idx3-ubyte", "t10k-images.idx3-ubyte"),
        (f"{TRAIN}/train-images.idx3-ubyte", f"{TEST}/t10k-images.idx3-ubyte"),
        (f"MNIST/raw/{TRAIN}", f"MNIST/raw/{TEST}"),
        ("emnist-digits-train-images-idx3-ubyte.gz!", "emnist-digits-test-images-idx3-ubyte.gz!"),
        ("Train-Images-IDX3-UBYTE", "T10K-Images-IDX3-UBYTE"),
        (f"{TRAIN} (1).gz!", f"{TEST}.gz!"),
        (f"training/{TRAIN}", f"testing/{TEST}"),
    ],
)
def test_idx_files_are_found_as_they_lie_about(tmp_path: Path, train: str, test: str) -> None:
    place(tmp_path, train, test)
    (tmp_path / f"._{TRAIN}.gz").write_bytes(b"left by an archiver")
    got = load_dataset("custom", tmp_path)
    assert np.array_equal(got.train, IMAGES[:10].reshape(10, 64))
    assert np.array_equal(got.test, IMAGES[10:].reshape(2, 64))


def test_a_file_that_was_packed_twice_is_unpacked_twice(tmp_path: Path) -> None:
    place(tmp_path, TRAIN, f"{TEST}.gz!")
    (tmp_path / f"{TRAIN}.gz").write_bytes(gzip.compress(gzip.compress(SETS["train"])))
    (tmp_path / TRAIN).unlink()
    assert len(load_dataset("custom", tmp_path).train) == 10


def test_the_official_names_in_the_folder_itself_come_first(tmp_path: Path) -> None:
    place(tmp_path, TRAIN, TEST)
    for prefix in ("emnist-letters-", "qmnist-"):
        place(tmp_path, f"{prefix}{TEST}", f"{prefix}{TRAIN.replace('train', 'test')}")
    assert len(load_dataset("custom", tmp_path).train) == 10


def test_of_two_sets_in_folders_none_is_taken(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        place(tmp_path / folder, TRAIN, TEST)
    with pytest.raises(DataError) as error:
        load_dataset("custom", tmp_path)
    assert f"got a/{TEST}, a/{TRAIN}, b/{TEST}, b/{TRAIN}; give the one that is meant" in str(error.value)


def test_where_nothing_fits_the_sentence_says_what_is_there(tmp_path: Path) -> None:
    for name in ("train.csv", "test.csv", *(f"scan{number}.png" for number in range(9))):
        (tmp_path / name).write_text("")
    there = "which has scan0.png, scan1.png, scan2.png, scan3.png, scan4.png, scan5.png and 5 more: expected "
    for name in ("custom", "mnist"):
        with pytest.raises(DataError) as error:
            load_dataset(name, tmp_path)
        assert there in str(error.value)
