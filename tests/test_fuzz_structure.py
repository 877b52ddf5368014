"""Files whose structure is wrong (types, keys, lengths) and whose bytes are whole: each is read, or is one sentence.

Of DAE_FUZZ (default 1,000) a fifth is how many files each reader gets; DAE_FUZZ_SEED gives another sequence.
"""

import copy
import hashlib
import io
import json
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.command import main
from export.draw.strokes import read_samples
from export.site.catalogue import read_catalogues
from export.site.check import check_site
from export.site.manifest import find_manifest, hashed_name, make_manifest, read_manifest
from export.weights.external import read_external
from export.weights.golden import read_golden_pixels
from export.weights.light import make_light, parse_light
from export.weights.tensors import format_tensors, parse_tensors
from export.weights.weights_file import make_weights, parse_weights
from tests.test_fuzz import COUNT, LONGEST, SEED
from tests.test_weights import FACTS
from train.data.dataset import load_dataset
from train.data.drawn import read_grammar
from train.errors import DaeError
from train.learn.params import Params
from train.run import checkpoint
from train.run.report import parse_report
from train.settings.reader import read_config
from workshop import synthetic
from workshop.tiny import CONFIG, make_project

ROOT = Path(__file__).resolve().parent.parent
Read = Callable[[bytes], object]

ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e308, 10**400, -(10**400), 2**31, 2**63, 2**64, "", "none", "784"),
    *("\0", "\x1b[2J", "\u202e", "a" * 10_000, "../../etc", "C:\\x", "<script>", [], [[]], {}, {"": {}}, [None]),
    *([0, 0], [2**40, 2**40], [-1], ["a"], [[1, 2], [3]], {"a": {"b": {"c": {}}}}),
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a structure with every key or index in it."""
    found: list[tuple[Any, Any]] = []
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *places(value[key])]
    return found


def deform(source: Any, chance: random.Random) -> Any:
    """The structure with one to three values, keys or lengths that are others."""
    value = copy.deepcopy(source)
    for _ in range(chance.choice([1, 1, 2, 3])):
        found = places(value)
        if not found:
            return chance.choice(ODD)
        container, key = chance.choice(found)
        match chance.randrange(6):
            case 0 | 1:
                container[key] = copy.deepcopy(chance.choice(ODD))
            case 2:
                del container[key]
            case 3 if isinstance(container, dict):
                container[chance.choice(["", "x", "\x1b", "__proto__", "a" * 300, "weight", "file"])] = container[key]
            case 3:
                container.insert(key, container[key])
            case 4 if isinstance(container[key], int | float) and not isinstance(container[key], bool):
                container[key] = container[key] * chance.choice([-1, 0, 2, 1000, 10**9]) + chance.choice([0, 1, -1])
            case _:
                container[key] = [container[key]] if chance.random() < 0.5 else {"x": container[key]}
    return value


def try_all(read: Read, make: Callable[[random.Random], bytes], count: int = COUNT // 5) -> None:
    """Give `read` files; whatever it does not read must be one printable sentence, at once."""
    chance = random.Random(SEED)
    said: list[str] = []
    for _ in range(count):
        data = make(chance)
        started = time.process_time()
        try:
            read(data)
        except DaeError as error:
            said.append(str(error))
        assert time.process_time() - started < LONGEST
    assert said
    assert [text for text in said if not text.isprintable() or len(text) > 2000] == []


def of_json(source: Any) -> Callable[[random.Random], bytes]:
    return lambda chance: json.dumps(deform(source, chance)).encode()


def through_file(path: Path, read: Callable[[Path], object]) -> Read:
    def call(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return call


def header_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def safetensors(data: bytes) -> Callable[[random.Random], bytes]:
    header, numbers = header_of(data)

    def make(chance: random.Random) -> bytes:
        text = json.dumps(deform(header, chance)).encode()
        text = text if text.startswith(b"{") else b"{" + text
        return len(text).to_bytes(8, "little") + text + numbers

    return make


SMALL = format_tensors(
    {"weight": np.ones((9, 2)), "hidden_bias": np.zeros(2), "visible_bias": np.zeros(9)}, {"noise": "none"}
)


def test_safetensors_headers(tmp_path: Path) -> None:
    try_all(lambda data: parse_tensors(data, "file"), safetensors(SMALL))
    try_all(lambda data: parse_weights(data, "none", "file"), safetensors(SMALL))
    try_all(through_file(tmp_path / "mine.safetensors", read_external), safetensors(SMALL))


def test_golden_vectors(tmp_path: Path) -> None:
    pixels = format_tensors({"pixels": np.zeros((100, 9))}, {"format": "dae-golden/1"})
    read = through_file(tmp_path / "pixels.safetensors", lambda path: read_golden_pixels(path.parent, 9))
    try_all(read, safetensors(pixels))


def test_manifests(tmp_path: Path) -> None:
    def read(data: bytes) -> None:
        path = tmp_path / hashed_name("manifest.json", data)
        path.write_bytes(data)
        try:
            read_manifest(path)
        finally:
            path.unlink()

    try_all(read, of_json(json.loads(make_manifest({"index.html": b"1", "CNAME": b"2"}, ["CNAME"])[1])))


def test_reports() -> None:
    report = json.loads((ROOT / "weights" / "report.json").read_text())
    report["models"] = {name: report["models"][name] for name in ("none", "masking-50")}
    try_all(lambda data: parse_report(data.decode(), "report.json"), of_json(report))


def test_samples(tmp_path: Path) -> None:
    samples = json.loads((ROOT / "site_template" / "samples.json").read_text())
    try_all(through_file(tmp_path / "samples.json", read_samples), of_json(samples), COUNT // 20)


def test_checkpoints_that_bear_the_right_sum(tmp_path: Path) -> None:
    checkpoint.save(
        tmp_path, "none", checkpoint.Checkpoint("a", "b", 1, 2.0, [np.ones((2, 3), "f4"), np.zeros(2)], [1.0])
    )
    path = checkpoint.slot(tmp_path, "none", 1)
    magic, _, body = path.read_bytes().split(b"\n", 2)
    text, rest = body.split(b"\n", 1)
    header = json.loads(text)

    def make(chance: random.Random) -> bytes:
        changed = json.dumps(deform(header, chance)).encode() + b"\n" + rest[: chance.choice([len(rest), 0, 5])]
        return b"\n".join([magic, hashlib.sha256(changed).hexdigest().encode(), changed])

    try_all(through_file(path, checkpoint.read), make)


def toml(value: Any) -> str:
    """A value as TOML, in line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if value is None:
        return "1979-05-27"  # which JSON has not
    return json.dumps(value)


def of_toml(source: Any) -> Callable[[random.Random], bytes]:
    def make(chance: random.Random) -> bytes:
        changed = deform(source, chance)
        value = changed if isinstance(changed, dict) else {}
        return "\n".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()).encode()

    return make


def test_configs(tmp_path: Path) -> None:
    own = {"file": "mine.npz", "name": "mine", "weight": "W", "transposed": True, "activation": "sigmoid"}
    models = [{"noise": "masking", "level": 0.5}, {"noise": "none", "epochs": 3}, own]
    config = {"dataset": {"name": "mnist"}, "defaults": {"hidden": 3, "learning_rate": 0.1}, "model": models}
    assert CONFIG.startswith("[defaults]")
    try_all(through_file(tmp_path / "models.toml", read_config), of_toml(config))


def test_catalogues(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    read = through_file(tmp_path / "en" / "page.toml", lambda path: read_catalogues(tmp_path, "mnist"))
    try_all(read, of_toml({"page": {"title": "Title {name}", "more": {"a": "b"}}, "pad": {"clear": "Clear"}}))


def npy(chance: random.Random, array: np.ndarray[Any, Any]) -> bytes:
    """One array whose header says something else than it has."""
    descr = chance.choice(
        [repr(array.dtype.str)] * 3 + ["'|O'", "'|V0'", "'<f4,<f4'", "()", "('<f4',)", "[('a', '<f4')]"]
    )
    shape = chance.choice(
        [repr(array.shape)] * 3 + ["(2**9,)", "(-1,)", f"({'9' * 30},)", "(True,)", "5", "()", "(1,) * 9"]
    )
    order = chance.choice(["False"] * 5 + ["True", "None", "'x'"])
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}"
    text = chance.choice([text] * 6 + ["{[]: 1}", '"""', "  x\n y\n", "-" * 9000 + "1", "(" * 5000, "{}", "9" * 5000])
    version = chance.choice([(1, 0)] * 6 + [(2, 0), (3, 0), (9, 9)])
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    numbers = array.tobytes()
    return (
        b"\x93NUMPY" + bytes(version) + length + text.encode() + numbers[: chance.choice([len(numbers)] * 4 + [0, 7])]
    )


def archive(chance: random.Random, arrays: dict[str, np.ndarray[Any, Any]]) -> bytes:
    """An .npz of such arrays, packed in one of all ways, now and then with two members of one name, or none."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for name, array in arrays.items():
            for _ in range(chance.choice([1] * 12 + [0, 2])):
                kind = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
                member = chance.choice([f"{name}.npy"] * 12 + [name, f"\x1b{name}.npy"])
                out.writestr(member, npy(chance, array), kind)
        if chance.random() < 0.2:
            out.writestr("bomb.npy", bytes(3_000_000), zipfile.ZIP_DEFLATED)
    data = bytearray(file.getvalue())
    for _ in range(chance.choice([0, 0, 1, 30])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_of_weights_and_of_images(tmp_path: Path) -> None:
    weights = {"weight": np.ones((9, 2), "f4"), "hidden_bias": np.zeros(2, "f4"), "visible_bias": np.zeros(9, "f4")}
    try_all(through_file(tmp_path / "mine.npz", read_external), lambda chance: archive(chance, weights))
    images = {"train": np.ones((5, 4, 4), "u1"), "test": np.ones((2, 4, 4), "u1")}
    read = through_file(tmp_path / "own.npz", lambda path: load_dataset("custom", path))
    try_all(read, lambda chance: archive(chance, images))


def test_idx_files(tmp_path: Path) -> None:
    synthetic.write_idx(tmp_path, 4, 2, side=4)

    def make(chance: random.Random) -> bytes:
        counts = [chance.choice([4, 4, 4, 0, 1, 2**16, 2**32 - 1]) for _ in range(3)]
        magic = chance.choice([0x0803] * 4 + [0x0801, 0x0D03, 0])
        return struct.pack(">4I", magic, *counts) + bytes(chance.choice([64, 64, 0, 63]))

    read = through_file(tmp_path / "train-images-idx3-ubyte.gz", lambda path: load_dataset("custom", tmp_path))
    try_all(read, make)


def test_lighter_forms() -> None:
    random = np.random.default_rng(0)
    weights = Params(*(random.normal(0, 0.1, shape).astype(np.float32) for shape in ((9, 2), (2,), (9,))))
    light = make_light(make_weights(Path("none.safetensors"), weights, FACTS), np.zeros((1, 9), np.float32))
    assert light is not None
    try_all(lambda data: parse_light(data, "file"), safetensors(light.data))


def test_grammars_of_digits(tmp_path: Path) -> None:
    grammar = json.loads((ROOT / "site_template" / "digits.json").read_text())
    try_all(through_file(tmp_path / "digits.json", read_grammar), of_json(grammar), COUNT // 20)


def test_sites_of_strangers(tmp_path: Path) -> None:
    """`check` finds faults in a site whose pages and data say other things, and never stumbles."""
    project = make_project(tmp_path)
    places = ["--config", str(project / "models.toml"), "--template", str(project / "site_template")]
    assert main([*places, "--out", str(project / "_site")]) == 0
    page = project / "_site" / "lab" / "index.html"
    start, middle, text = page.read_text().partition('id="site">')
    data, end, rest = text.partition("</script>")
    manifest = find_manifest(project / "_site")
    entries = json.loads(manifest.read_text())
    chance = random.Random(SEED)
    for number in range(COUNT // 50):
        changed = json.dumps(deform(json.loads(data), chance))
        url = chance.choice(["http://[", "//", "../..", "%ff", "#", "x:y"])
        head = start.replace('href="', f'href="{url}', number % 3)
        altered = (head + middle + changed + end + rest).encode()
        page.write_bytes(altered)
        entries["lab/index.html"] = {"bytes": len(altered), "sha256": hashlib.sha256(altered).hexdigest()}
        listed = json.dumps(entries).encode()
        manifest.unlink()
        manifest = manifest.with_name(hashed_name("manifest.json", listed))
        manifest.write_bytes(listed)
        faults = check_site(project / "_site")
        assert faults
        assert [text for text in faults if not text.isprintable()] == []
