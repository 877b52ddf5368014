"""The page's reader of weights: the values another library wrote, and one test for each way a file can be bad."""

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route
from safetensors.numpy import save

from workshop.scripts import METADATA, open_modules, random_params, serving

PARSE = """
async ({ text }) => {
  const { parseWeights } = await load("network/weights");
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  try {
    const { weight, hiddenBias, visibleBias, ...rest } = parseWeights(bytes.buffer, "some.safetensors");
    const shared = weight.buffer === bytes.buffer;
    return { ...rest, shared, values: [weight, hiddenBias, visibleBias].map((array) => Array.from(array)) };
  } catch (error) {
    return { name: error.name, code: error.code, file: error.file, details: error.details, message: error.message };
  }
}
"""
FETCH = """
async ({ entry, abort }) => {
  const { fetchWeights } = await load("network/weights");
  const controller = new AbortController();
  const progress = [];
  const seen = (received) => { progress.push(received); if (abort) controller.abort(); };
  try {
    const weights = await fetchWeights(entry, "some.safetensors", seen, controller.signal);
    return { progress, visible: weights.visible };
  } catch (error) {
    return { name: error.name, code: error.code, file: error.file, details: error.details };
  }
}
"""
VISIBLE, HIDDEN = 6, 4


@functools.cache
def whole(dtype: str = "F32", **metadata: str) -> bytes:
    """A good file, by the library of those who made the format; it orders metadata anew at each call."""
    shape = {"format": "dae/1", "visible": str(VISIBLE), "hidden": str(HIDDEN)}
    kind = np.float32 if dtype == "F32" else np.float16
    tensors = {name: array.astype(kind) for name, array in random_params(VISIBLE, HIDDEN, 0.3)._asdict().items()}
    return save(tensors, METADATA | shape | metadata)


def rewritten(change: Callable[[dict[str, Any]], object], dtype: str = "F32") -> bytes:
    """A file whose header was changed."""
    data = whole(dtype)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def with_value(value: float, dtype: str = "F32") -> bytes:
    """A file whose last weight is this."""
    kind = np.float32 if dtype == "F32" else np.float16
    array = np.array([value], kind).tobytes()
    return whole(dtype)[: -len(array)] + array


def parse(page: Page, url: str, data: bytes) -> dict[str, Any]:
    given = {"text": base64.b64encode(data).decode()}
    answer: dict[str, Any] = open_modules(page, url).evaluate(PARSE, given)
    return answer


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("weights")) as served:
        yield served


@pytest.mark.parametrize("dtype", ["F32", "F16"])
def test_the_values_are_those_that_the_library_wrote(page: Page, url: str, dtype: str) -> None:
    got = parse(page, url, whole(dtype))
    kind = np.float32 if dtype == "F32" else np.float16
    for values, array in zip(got["values"], random_params(VISIBLE, HIDDEN, 0.3), strict=True):
        assert values == array.ravel().astype(kind).astype(np.float64).tolist()
    assert (got["visible"], got["hidden"], got["metadata"]["noise"]) == (VISIBLE, HIDDEN, "masking")
    assert got["shared"] is (dtype == "F32")


def test_every_finite_half_is_widened_exactly(page: Page, url: str) -> None:
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    tensors = {
        "weight": finite[:, None],
        "hidden_bias": np.zeros(1, np.float16),
        "visible_bias": np.zeros(len(finite), np.float16),
    }
    metadata = METADATA | {"format": "dae/1", "visible": str(len(finite)), "hidden": "1"}
    got = parse(page, url, save(tensors, metadata))
    assert got["values"][0] == finite.astype(np.float64).tolist()


def test_a_header_of_any_length_is_read(page: Page, url: str) -> None:
    data = whole()
    length = int.from_bytes(data[:8], "little")
    moved = (length + 3).to_bytes(8, "little") + data[8 : 8 + length] + b"   " + data[8 + length :]
    assert parse(page, url, moved)["values"] == parse(page, url, data)["values"]


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "file"),
    "a 404 page": (b"<!doctype html><title>404</title><p>Not found, and nothing here.", "header length"),
    "header longer than the file": ((10**6).to_bytes(8, "little") + b"{}", "header length"),
    "header not JSON": ((4).to_bytes(8, "little") + b"{no}", "header"),
    "header not UTF-8": ((2).to_bytes(8, "little") + b"\xff\xff", "header"),
    "header a list": ((2).to_bytes(8, "little") + b"[]", "header"),
    "no metadata": (rewritten(lambda header: header.pop("__metadata__")), "__metadata__"),
    "metadata not text": (rewritten(lambda header: header["__metadata__"].update(seed=1)), "__metadata__ seed"),
    "another format": (whole(format="dae/2"), "format"),
    "the shape of another model": (whole(hidden="5"), "hidden"),
    "a tensor missing": (rewritten(lambda header: header.pop("hidden_bias")), "tensors"),
    "a tensor too many": (rewritten(lambda header: header.update(more=header["weight"])), "tensors"),
    "a tensor that is none": (rewritten(lambda header: header.update(weight=3)), "weight dtype"),
    "an unknown dtype": (rewritten(lambda header: header["weight"].update(dtype="F64")), "weight dtype"),
    "a shape of other counts": (rewritten(lambda header: header["weight"].update(shape=[6, 5])), "weight bytes"),
    "a shape turned round": (rewritten(lambda header: header["weight"].update(shape=[4, 6])), "hidden_bias"),
    "a shape of one dimension": (rewritten(lambda header: header["weight"].update(shape=[24])), "weight"),
    "a shape of text": (rewritten(lambda header: header["weight"].update(shape="6x4")), "weight shape"),
    "negative offsets": (
        rewritten(lambda header: header["weight"].update(data_offsets=[-96, 0])),
        "weight data_offsets",
    ),
    "three offsets": (rewritten(lambda header: header["weight"].update(data_offsets=[0, 1, 2])), "weight data_offsets"),
    "overlapping tensors": (
        rewritten(lambda header: header["hidden_bias"].update(data_offsets=[4, 20])),
        "data_offsets",
    ),
    "truncated": (whole()[:-4], "tensor bytes"),
    "too long": (whole() + b"\0\0\0\0", "tensor bytes"),
    "not a number": (with_value(np.nan), "weight[23]"),
    "infinite": (with_value(-np.inf), "weight[23]"),
    "an infinite half": (with_value(np.inf, "F16"), "weight[23]"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_by_name_and_part(page: Page, url: str, case: str) -> None:
    data, part = BAD[case]
    got = parse(page, url, data)
    assert (got.get("name"), got["code"], got["file"]) == ("WeightsError", "format", "some.safetensors")
    assert got["details"]["part"] == part
    assert {"expected", "got"} <= set(got["details"])
    assert got["message"].startswith("some.safetensors: format: part ")


def fetch(page: Page, url: str, answer: Callable[[Route], None], abort: bool = False) -> dict[str, Any]:
    """Fetch a good file's entry; the network answers as given."""
    page.route("**/some.safetensors", answer)
    entry = {"file": "some.safetensors", "bytes": len(whole()), "sha256": hashlib.sha256(whole()).hexdigest()}
    got: dict[str, Any] = open_modules(page, url).evaluate(FETCH, {"entry": entry, "abort": abort})
    return got


def body(data: bytes, status: int = 200) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=data, status=status)


def test_a_good_file_comes_with_progress_to_its_last_byte(page: Page, url: str) -> None:
    got = fetch(page, url, body(whole()))
    assert got["visible"] == VISIBLE
    assert got["progress"][-1] == len(whole())


@pytest.mark.parametrize(
    ("answer", "code", "details"),
    [
        (body(b"gone", 404), "status", {"status": 404}),
        (body(whole()[:-5]), "length", {"expected": len(whole()), "got": len(whole()) - 5}),
        (body(whole() + b"more"), "length", {"expected": len(whole()), "got": len(whole()) + 4}),
        (body(with_value(0.5)), "hash", {"got": hashlib.sha256(with_value(0.5)).hexdigest()}),
        (lambda route: route.abort(), "network", {}),
    ],
    ids=["missing", "truncated", "too long", "altered", "no network"],
)
def test_a_file_that_comes_wrong_is_refused(
    loud_page: Page, url: str, answer: Callable[[Route], None], code: str, details: dict[str, object]
) -> None:
    got = fetch(loud_page, url, answer)
    assert (got.get("name"), got["code"], got["file"]) == ("WeightsError", code, "some.safetensors")
    assert details.items() <= got["details"].items()


def test_an_abort_passes_through(page: Page, url: str) -> None:
    assert fetch(page, url, body(whole()), abort=True)["name"] == "AbortError"


def test_without_subtle_crypto_all_but_the_hash_is_checked(page: Page, url: str) -> None:
    page.add_init_script('Object.defineProperty(Crypto.prototype, "subtle", { value: undefined })')
    assert fetch(page, url, body(with_value(0.5)))["visible"] == VISIBLE
    page.unroute("**/some.safetensors")
    assert fetch(page, url, body(with_value(np.nan)))["code"] == "format"
