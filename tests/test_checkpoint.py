"""Checkpoints survive: whole or not at all, checked on reading, the one before the newest kept."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from train.errors import CheckpointError, DaeError
from train.run import checkpoint
from train.run.checkpoint import Checkpoint


def make(epoch: int) -> Checkpoint:
    arrays = [np.full((3, 2), epoch, np.float32), np.array(epoch * 600, np.int32)]
    return Checkpoint("recipe", "images", epoch, 1.5 * epoch, arrays, [0.1 * at for at in range(epoch)], [2.0])


def same(one: Checkpoint, other: Checkpoint) -> bool:
    arrays = all(
        a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b)
        for a, b in zip(one.arrays, other.arrays, strict=True)
    )
    return arrays and vars(one) | {"arrays": 0} == vars(other) | {"arrays": 0}


def test_what_is_saved_is_loaded_bit_for_bit(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, "none", make(3))
    found, complaints = checkpoint.load(tmp_path, "none", "recipe", "images")
    assert found is not None
    assert same(found, make(3))
    assert complaints == []


def test_the_newest_of_the_two_is_used_and_no_third_is_kept(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        checkpoint.save(tmp_path, "none", make(epoch))
    found, _ = checkpoint.load(tmp_path, "none", "recipe", "images")
    assert found is not None
    assert found.epoch == 3
    assert len(list(tmp_path.iterdir())) == checkpoint.SLOTS


@pytest.mark.parametrize(("fingerprint", "images"), [("other", "images"), ("recipe", "other")])
def test_checkpoints_of_another_recipe_or_other_images_are_not_used(
    tmp_path: Path, fingerprint: str, images: str
) -> None:
    checkpoint.save(tmp_path, "none", make(3))
    assert checkpoint.load(tmp_path, "none", fingerprint, images) == (None, [])


@pytest.mark.parametrize("damage", ["truncated", "emptied", "one bit", "header", "another file"])
def test_a_damaged_checkpoint_is_reported_and_the_one_before_it_used(tmp_path: Path, damage: str) -> None:
    for epoch in (1, 2):
        checkpoint.save(tmp_path, "none", make(epoch))
    newest = checkpoint.slot(tmp_path, "none", 0)
    data = bytearray(newest.read_bytes())
    if damage == "one bit":
        data[-1] ^= 1
    elif damage == "header":
        data[20] ^= 1
    changed = {"truncated": data[:-5], "emptied": b"", "another file": b"<!doctype html>" * 20}.get(damage, data)
    newest.write_bytes(bytes(changed))
    found, complaints = checkpoint.load(tmp_path, "none", "recipe", "images")
    assert found is not None
    assert same(found, make(1))
    assert len(complaints) == 1
    assert complaints[0].startswith(f"{newest}: ")
    with pytest.raises(CheckpointError):
        checkpoint.read(newest)


def test_a_full_disk_is_an_error_that_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for epoch in (1, 2):
        checkpoint.save(tmp_path, "none", make(epoch))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DaeError, match=r"none\.1\.checkpoint: cannot write: no space is left on the device"):
        checkpoint.save(tmp_path, "none", make(3))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_checkpoints_are_removed_once_the_weights_are_saved(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, "none", make(1))
    checkpoint.save(tmp_path, "masking-25", make(1))
    checkpoint.remove(tmp_path, "none")
    assert [path.name for path in tmp_path.iterdir()] == ["masking-25.1.checkpoint"]


def test_a_file_of_anothers_under_a_checkpoints_name_is_neither_replaced_nor_deleted(tmp_path: Path) -> None:
    path = checkpoint.slot(tmp_path, "none", 1)
    path.write_bytes(b"my thesis")
    with pytest.raises(CheckpointError, match=r"none\.1\.checkpoint: expected a checkpoint, got another file: move"):
        checkpoint.save(tmp_path, "none", make(1))
    checkpoint.remove(tmp_path, "none")
    assert path.read_bytes() == b"my thesis"


@pytest.mark.parametrize("by", ["load", "remove"])
def test_what_a_killed_process_left_of_a_write_is_deleted_and_nothing_else(tmp_path: Path, by: str) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead_id, other_id, own_id = int(dead.stdout), os.getppid(), os.getpid()
    new = "0123456789abcdef.tmp"  # a name that is new each time
    left = [f".none.0.checkpoint.{number}.{new}" for number in (dead_id, own_id, 10**30)]
    of_others = [
        f".none.0.checkpoint.{other_id}.{new}",  # of a process that may be writing it
        f".none.0.checkpoint.more.{dead_id}.{new}",
        f".none-2.0.checkpoint.{dead_id}.{new}",
        f".none.0.checkpoint.{dead_id}.tmp",  # a name that anyone may choose
    ]
    for name in [*left, *of_others]:
        (tmp_path / name).write_bytes(b"part of a checkpoint")
    if by == "load":
        assert checkpoint.load(tmp_path, "none", "recipe", "images") == (None, [])
    else:
        checkpoint.remove(tmp_path, "none")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(of_others)
