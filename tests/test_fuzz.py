"""Files by a stranger: each is read with the right numbers or refused with a named error, at once and in little memory.

DAE_FUZZ sets how many files each reader gets (default 1,000), DAE_FUZZ_SEED another sequence of them. At length:
`DAE_FUZZ=100000 python -m pytest -n 0 -s tests/test_fuzz.py tests/test_fuzz_js.py`.
"""

import io
import os
import random
import time
import tomllib
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import safetensors
from safetensors.numpy import load

from export.site.catalogue import CatalogueError, read_catalogues
from export.site.manifest import ManifestError, hashed_name, make_manifest, read_manifest
from export.weights.external import ExternalError, read_external
from export.weights.tensors import TensorsError
from export.weights.weights_file import WeightsError, format_weights, parse_weights
from tests.test_weights import FACTS, params
from train.errors import ConfigError
from train.files import FileError
from train.settings.reader import read_config
from workshop.tiny import CONFIG

COUNT = int(os.environ.get("DAE_FUZZ", "1000"))
SEED = int(os.environ.get("DAE_FUZZ_SEED", "1"))
LONGEST = 1.0  # seconds of processor time for one file
TOKENS = [
    *(b"F16", b"F32", b"F64", b"BF16", b"U8", b"null", b"true", b"[]", b"{}", b"-1", b"0", b"1e309", b"NaN", b'""'),
    *(b"18446744073709551615", b"9" * 400, b'"\\ud800"', b"\xff", b"\0", b"[" * 2000, b'"weight"', b'"__metadata__"'),
    *(b"<script>", b"'", b'"', b"\\", b",", b":", b"}", b"]", b"  "),
]


def mutate(source: bytes, chance: random.Random) -> bytes:
    """One to four random changes: bits, bytes, slices, and words that the formats know."""
    data = bytearray(source)
    header = min(len(data), 700)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        if not data:
            break
        place = chance.randrange(header if chance.random() < 0.6 else len(data)) % len(data)
        match chance.randrange(7):
            case 0:
                data[place] ^= 1 << chance.randrange(8)
            case 1:
                data[place] = chance.randrange(256)
            case 2:
                del data[place : place + chance.randint(1, 40)]
            case 3:
                data[place:place] = data[place : place + chance.randint(1, 40)]
            case 4:
                token = chance.choice(TOKENS)
                data[place : place + chance.choice([0, len(token)])] = token
            case 5:
                del data[place + 1 :]
            case 6:
                data[:8] = chance.choice([len(data), 2**63, 0, 8, header]).to_bytes(8, "little")
    return bytes(data)


def repair(data: bytes) -> bytes:
    """The same with a header length that fits, so that the changes behind it are seen."""
    end = data.find(b"}}")
    return data if end < 0 else (end + 2 - 8).to_bytes(8, "little", signed=False) + data[8:] if end >= 6 else data


def attack(source: bytes, read: Callable[[bytes], None], *errors: type[Exception]) -> tuple[int, int]:
    """Give `read` COUNT mutated files; how many it accepted, how many it refused."""
    chance = random.Random(SEED)
    accepted = refused = 0
    for number in range(COUNT):
        data = mutate(source, chance)
        if number % 2:
            data = repair(data)
        started = time.process_time()
        try:
            read(data)
            accepted += 1
        except errors:
            refused += 1
        assert time.process_time() - started < LONGEST
    return accepted, refused


@pytest.mark.parametrize("dtype", ["F32", "F16"])
def test_mutated_weights_are_refused_or_hold_what_another_reader_finds(dtype: str) -> None:
    def read(data: bytes) -> None:
        weights = parse_weights(data, "masking-80", "file")
        theirs = load(data)
        for name, array in weights.params._asdict().items():
            np.testing.assert_array_equal(array, theirs[name].astype(np.float32))
            assert np.isfinite(array).all()

    accepted, refused = attack(format_weights(params(), FACTS, dtype), read, WeightsError)
    print(f"{COUNT} files: {accepted} accepted, {refused} refused")
    assert accepted + refused == COUNT
    assert min(accepted, refused) > COUNT // 200


def test_what_the_other_reader_refuses_is_refused_here() -> None:
    chance = random.Random(SEED)
    source = format_weights(params(), FACTS)
    for _ in range(COUNT // 2):
        data = repair(mutate(source, chance))
        try:
            load(data)
        except (safetensors.SafetensorError, KeyError, ValueError):
            with pytest.raises(TensorsError):
                parse_weights(data, "masking-80", "file")


def test_a_refused_file_takes_no_more_memory_than_it_warrants() -> None:
    chance = random.Random(SEED)
    source = format_weights(params(), FACTS)
    files = [repair(mutate(source, chance)) for _ in range(200)]
    tracemalloc.start()
    try:
        for data in files:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with suppress(WeightsError):
                parse_weights(data, "masking-80", "file")
            assert tracemalloc.get_traced_memory()[1] - before < 200_000 + 20 * len(data)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compressed", [False, True])
def test_mutated_archives_are_refused_or_read(tmp_path: Path, compressed: bool) -> None:
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **params()._asdict())
    path = tmp_path / "mine.npz"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        for array in read_external(path):
            assert np.isfinite(array).all()

    assert sum(attack(file.getvalue(), read, ExternalError, FileError)) == COUNT


def test_mutated_manifests_are_refused_or_read(tmp_path: Path) -> None:
    def read(data: bytes) -> None:
        path = tmp_path / hashed_name("manifest.json", data)
        path.write_bytes(data)
        try:
            for name in read_manifest(path):
                assert ".." not in Path(name).parts
                assert not Path(name).is_absolute()
        finally:
            path.unlink()

    source = make_manifest({"index.html": b"1", "assets/a.js": b"2"})[1]
    assert sum(attack(source, read, ManifestError)) == COUNT


def test_mutated_configs_are_refused_or_read(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        for spec in read_config(path).models:
            assert set(spec.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")

    assert sum(attack(CONFIG.encode(), read, ConfigError)) == COUNT


def test_mutated_catalogues_are_refused_or_read(tmp_path: Path) -> None:
    path = tmp_path / "en" / "page.toml"
    path.parent.mkdir()

    def read(data: bytes) -> None:
        path.write_bytes(data)
        assert all(text for messages in read_catalogues(tmp_path, "mnist").values() for text in messages.values())

    source = b'[page]\ntitle = "Title {name}"\n[pad]\nclear = "Clear"\n'
    assert tomllib.loads(source.decode())
    assert sum(attack(source, read, CatalogueError, FileError)) == COUNT
