"""Whatever `--data-dir` names, it is read as images or refused in one sentence; never is there a traceback."""

import gzip
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from train.data.dataset import Dataset, load_dataset
from train.errors import DaeError
from workshop import synthetic

TRAIN = "train-images-idx3-ubyte.gz"
TEST = "t10k-images-idx3-ubyte.gz"
IMAGES = synthetic.digits(12, seed=3, side=8)[0]

few = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def npz(*images: Any, **named: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, *images, **named)
    return file.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def npy(header: bytes, numbers: bytes) -> bytes:
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + numbers


def patched(data: bytes, field: int, value: int) -> bytes:
    """A zip with another 16-bit `field` in every local (PK 3 4) and, two bytes on, every central (PK 1 2) header."""
    changed = bytearray(data)
    for magic, place in ((b"PK\3\4", field), (b"PK\1\2", field + 2)):
        at = -1
        while (at := data.find(magic, at + 1)) >= 0:
            struct.pack_into("<H", changed, at + place, value)
    return bytes(changed)


def refused(name: str, path: Path) -> str:
    """What is said of a path that holds no such data set."""
    with pytest.raises(DaeError) as error:
        load_dataset(name, path)
    return str(error.value)


def read_or_refused(path: Path) -> Dataset | None:
    """The images, or None where one sentence about the path says why there are none."""
    try:
        return load_dataset("custom", path)
    except DaeError as error:
        said = str(error)
    assert said.startswith(f"{path}")
    assert ": expected " in said
    assert said.isprintable()
    return None


def array_file() -> bytes:
    file = io.BytesIO()
    np.save(file, IMAGES)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (array_file(), "of uint8 images (first bytes 50 4b 03 04), got an .npy file (numpy.savez writes an .npz)"),
        (gzip.compress(b"", mtime=0), "of uint8 images (first bytes 50 4b 03 04), got '1f 8b 08 00'"),
        (b"", "of uint8 images (first bytes 50 4b 03 04), got ''"),
        (npz(IMAGES)[:-30], "of uint8 images, got File is not a zip file"),
        (patched(npz(IMAGES), 6, 1), "of uint8 images, got File 'arr_0.npy' is encrypted"),
        (patched(npz(IMAGES), 8, 99), "of uint8 images, got That compression method is not supported"),
        (npz(IMAGES).replace(b"\x93NUMPY\1", b"\x93NUMPY\7"), "of uint8 images, got "),
        (zipped({"a.npy": npy(b"{[]: 1}", b"")}), "of uint8 images, got "),
        (zipped({"a.npy": npy(b" " * 20_000, b"")}), "of uint8 images, got Header info length (20000) is large"),
    ],
)
def test_a_file_that_is_no_npz_is_told_from_one(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(data)
    said = refused("custom", path)
    assert said.startswith(f"{path}: expected an .npz file {message}")
    assert said.isprintable()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"read\nme.txt": b"hello"}), "{path}: read me.txt: expected uint8 images, count x side x side, got no"),
        (zipped({}), "{path}: expected the arrays train and test, or one array, got none"),
        (npz(np.uint8(3)), "{path}: arr_0: expected uint8 images, count x side x side, got uint8 alone"),
        (npz(IMAGES.astype("i1")), "{path}: arr_0: expected uint8 images, count x side x side, got int8 12 x 8 x 8"),
        (npz(IMAGES[:, 1:]), "{path}: arr_0: expected square images, count x side x side, got 12 x 7 x 8"),
        (npz(train=IMAGES, test=IMAGES[:0]), "{path}: test: expected square images, count x side x side, got 0 x 8"),
        (npz(train=IMAGES, test=IMAGES[:, 1:, 1:]), "{path}: test: expected images 8 pixels wide as in {path}: train"),
    ],
)
def test_an_npz_of_anything_but_images_says_which_member(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(data)
    assert refused("custom", path).startswith(message.format(path=path))


def test_what_lies_beside_the_images_in_an_npz_is_not_read(tmp_path: Path) -> None:
    others = {"y_validation": np.array(["a", {}], dtype=object), "x_validation": np.zeros(3)}
    (tmp_path / "own.npz").write_bytes(npz(x_train=IMAGES[:10], x_test=IMAGES[10:], **others))
    assert len(load_dataset("custom", tmp_path / "own.npz").train) == 10


def test_a_path_where_nothing_is_names_all_that_could_be_there(tmp_path: Path) -> None:
    path = tmp_path / "missing.npz"
    wanted = f"{TRAIN} and {TEST} (or the same unpacked), or one .npz file"
    assert refused("custom", path) == f"{path}: expected {wanted}, got no such file or folder"
    assert refused("custom", tmp_path) == f"{tmp_path}: expected {wanted}, got none of these"
    assert "download" not in refused("custom", path)


def test_one_npz_in_a_folder_is_the_data_set(tmp_path: Path) -> None:
    (tmp_path / "own.npz").write_bytes(npz(IMAGES))
    (tmp_path / "notes.txt").write_text("drawn by hand")
    assert np.array_equal(load_dataset("custom", tmp_path).train, IMAGES[:11].reshape(11, 64))


def test_of_several_npz_in_a_folder_none_is_taken(tmp_path: Path) -> None:
    for name in ("b.npz", "a.npz"):
        (tmp_path / name).write_bytes(npz(IMAGES))
    assert refused("custom", tmp_path).endswith("got a.npz, b.npz; give the one that is meant with --data-dir")


def test_idx_files_win_over_an_npz_beside_them(tmp_path: Path) -> None:
    synthetic.write_idx(tmp_path, 20, 10)
    (tmp_path / "own.npz").write_bytes(npz(IMAGES))
    assert load_dataset("custom", tmp_path).side == 28
    (tmp_path / TEST).unlink()
    assert refused("custom", tmp_path).endswith(f"or one .npz file, got {TRAIN}")


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist"])
def test_a_file_is_no_official_data_set_and_says_what_images_of_ones_own_need(tmp_path: Path, name: str) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(npz(IMAGES))
    assert refused(name, path) == (
        f"{path}: expected a folder with train-images-idx3-ubyte and t10k-images-idx3-ubyte (.gz or not) of the data "
        f'set {name!r}, got a file; images of your own need name = "custom" in [dataset]'
    )
    assert refused(name, tmp_path).endswith('download it (images of your own need name = "custom" in [dataset])')


def test_only_where_its_sum_is_known_is_the_unpacked_file_asked_for(tmp_path: Path) -> None:
    assert f"expected {TRAIN} (or the same unpacked) of" in refused("mnist", tmp_path)
    assert f"expected {TRAIN} of" in refused("kmnist", tmp_path)


@pytest.mark.parametrize("name", ["mnist", "custom"])
def test_what_the_system_refuses_is_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / ("long" * 100)
    assert refused(name, path) == f"{path}: cannot read: the name is too long"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strange")


@few
@given(start=st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x93NUMPY\1\0", b"\x1f\x8b\x08\0"]), rest=st.binary())
def test_random_bytes_are_refused(folder: Path, start: bytes, rest: bytes) -> None:
    (folder / "own").write_bytes(start + rest)
    assert read_or_refused(folder / "own") is None


@few
@given(st.data())
def test_a_cut_or_altered_npz_is_refused_or_read(folder: Path, data: st.DataObject) -> None:
    content = bytearray(npz(train=IMAGES, test=IMAGES))
    if data.draw(st.booleans(), "cut"):
        del content[data.draw(st.integers(0, len(content) - 1), "length") :]
    for place in data.draw(st.lists(st.integers(0, max(len(content) - 1, 0)), max_size=4), "places"):
        content[place : place + 1] = data.draw(st.binary(max_size=2), "bytes")
    (folder / "own").write_bytes(content)
    got = read_or_refused(folder / "own")
    assert got is None or got.train.dtype == np.uint8


KINDS = st.just(np.dtype(np.uint8)) | arrays.scalar_dtypes() | st.just(np.dtype([("a", "u1"), ("b", "f4", (2,))]))
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4) | st.just((4, 2, 2))
NAMES = st.sampled_from(["train", "test", "a", "b"])


@few
@given(st.dictionaries(NAMES, arrays.arrays(KINDS, SHAPES), max_size=3))
def test_arrays_of_any_kind_and_shape_are_refused_or_read_as_they_are(
    folder: Path, members: dict[str, np.ndarray]
) -> None:
    (folder / "own").write_bytes(npz(**members))
    got = read_or_refused(folder / "own")
    if got is not None:
        first = members["train"] if "train" in members and "test" in members else next(iter(members.values()))
        assert np.array_equal(got.train, first.reshape(len(first), -1)[: len(got.train)])


@few
@given(
    descr=st.sampled_from(["'|u1'", "'O'", "'|V0'", "('u1', (2, 2))", "[('a', 'u1')]", "b''", "u", "{}", "'|S0'"]),
    order=st.sampled_from(["True", "False", "None"]),
    shape=st.lists(st.sampled_from(["0", "1", "2", "-1", "2**9", "4294967296", "9" * 30, "True", "'a'", "1L"])),
    rest=st.binary(max_size=20),
)
def test_an_array_with_a_strange_header_is_refused_or_read(
    folder: Path, descr: str, order: str, shape: list[str], rest: bytes
) -> None:
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': ({''.join(f'{side}, ' for side in shape)})}}\n"
    (folder / "own").write_bytes(zipped({"a.npy": npy(header.encode(), rest)}))
    read_or_refused(folder / "own")


@few
@given(
    magic=st.sampled_from([0x0803, 0x0801]),
    shape=st.tuples(*[st.sampled_from([0, 1, 2, 2**16, 2**32 - 1])] * 3),
    numbers=st.binary(max_size=8),
    packed=st.booleans(),
    end=st.integers(0, 40),
)
def test_a_strange_idx_file_is_refused_or_read(
    folder: Path, magic: int, shape: tuple[int, int, int], numbers: bytes, packed: bool, end: int
) -> None:
    strange = folder / "idx"
    synthetic.write_idx(strange, 1, 1, side=2)
    content = struct.pack(">4I", magic, *shape) + numbers
    (strange / TRAIN).write_bytes(gzip.compress(content) if packed else gzip.compress(content)[:end])
    read_or_refused(strange)
