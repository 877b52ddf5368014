"""Weights trained elsewhere: any tied denoising autoencoder with sigmoid code and output, from .safetensors or .npz.

The three arrays are found by the names that models.toml gives, else by names in common use; float16 to float64 and
bfloat16 are read. The lengths of the biases tell which way the weight lies; where they are equal the naming convention
does (PyTorch's `….weight` is [hidden, visible], Keras' and Flax' `kernel` and our own names are [visible, hidden]), or
`transposed`. Nothing is guessed away: a second weight of the same dimensions that is not the first one's transpose is
refused, unless its name says that it is an optimiser's state, or models.toml names the weight and nothing marks the
other one as a part of the network. All else in the file does not matter.

In:  a path, perhaps names.  Out: `Params` in float32; `ExternalError` says which array is missing or does not fit.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.weights.tensors import FILE_LIMIT, Extent, parse_layout
from train.data.npz import Npz
from train.errors import DaeError, quote, strangers, told
from train.files import read_file
from train.learn.params import Params

COMMON_NAMES: Mapping[str, tuple[str, ...]] = {
    "weight": ("weight", "W", "w", "kernel", "encoder.weight"),
    "hidden_bias": ("hidden_bias", "b1", "b", "hbias", "encoder.bias"),
    "visible_bias": ("visible_bias", "b2", "b_prime", "vbias", "decoder.bias"),
}
LARGEST_INPUT = 1000.0  # of a pixel with noise on it
HEADER_LIMIT = 1 << 22  # bytes of a safetensors header, which may list an optimiser's arrays, too
LARGEST = 1 << 26  # numbers of an array that is read
LISTED = 8  # names of arrays in a message
KINDS = "float16, float32 or float64"  # what is advised; bfloat16 of a .safetensors file is read, too
_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
_KNOWN = {np.dtype(kind): name for name, kind in _DTYPES.items()}
_PRECISION = {"BF16": 2.0**-7, "F16": 2.0**-10, "F32": 2.0**-23, "F64": 2.0**-52}  # between neighbouring numbers

# Names of an optimiser's state: words, and letters that are such only where they stand alone.
_STATE = re.compile(
    r"(?i:exp_?avg|momentum|velocity|optim|opt_?state|adam|adagrad|adadelta|rms_?prop|nesterov|square_?avg|accum"
    r"|acc_delta|slot|gradient|(?<![a-z])grads?(?![a-z]))"
)
_STATE_LETTER = re.compile(r"(?<![A-Za-z])(?:mu|nu|m|v)(?![a-z])")
_NETWORK = re.compile(r"(?i:enc|dec|recon|prime|tilde|out|gener|tied)")  # marks a part of the network
_KIND_OF_ARRAY = re.compile(r"(?i:weights?|kernels?|biases|bias|(?<![a-z])[wb](?![a-z]))")

Single = NDArray[np.float32]


class ExternalError(DaeError):
    """A file does not hold a tied autoencoder."""


@dataclass(frozen=True)
class Stored:
    """One array of a file, not read yet."""

    kind: str  # F16, F32, F64 or BF16, else what the file calls it
    shape: tuple[int, ...] | None  # None where the file does not say it readably
    read: Callable[[], NDArray[np.generic]]


def read_external(path: Path, names: Mapping[str, str] | None = None, transposed: bool | None = None) -> Params:
    """The params of the file at `path`, [visible, hidden], whatever it calls them."""
    names, suffix = names or {}, path.suffix.lower()
    if suffix not in (".safetensors", ".npz"):
        raise ExternalError(f"{path}: expected a .safetensors or .npz file, got {path.suffix or 'no suffix'!r}")
    data = read_file(path, FILE_LIMIT)
    with strangers(str(path), f"{'a' if suffix == '.safetensors' else 'an'} {suffix} file", ExternalError):
        try:
            arrays = _safetensors(data, str(path)) if suffix == ".safetensors" else _npz(data)
        except DaeError as error:
            raise ExternalError(str(error)) from None
    chosen = {field: _find(arrays, field, names, str(path)) for field in Params._fields}
    found = {field: _read(arrays[name], f"{path}: {name}") for field, name in chosen.items()}
    params = _fit(found, chosen, transposed, str(path))
    _refuse_untied(arrays, chosen, found["weight"], str(path), named="weight" in names)
    _refuse_overflow(params, str(path))
    return params


def _safetensors(data: bytes, where: str) -> dict[str, Stored]:
    def read(entry: Extent) -> NDArray[np.generic]:
        numbers = memoryview(data)[entry.start : entry.end]
        if entry.dtype == "BF16":  # the upper half of a float32
            halves = np.frombuffer(numbers, "<u2").astype("<u4") << np.uint32(16)
            return halves.view("<f4").reshape(entry.shape)
        return np.frombuffer(numbers, _DTYPES[entry.dtype]).reshape(entry.shape)

    def stored(entry: Extent) -> Stored:
        return Stored(entry.dtype, entry.shape, lambda: read(entry))

    return {name: stored(entry) for name, entry in parse_layout(data, where, HEADER_LIMIT).items()}


def _npz(data: bytes) -> dict[str, Stored]:
    archive = Npz(data)

    def stored(name: str) -> Stored:
        try:
            header = archive.header(name)
        except Exception as error:  # of a member that perhaps nobody asks for
            unreadable = error
        else:
            kind = _KNOWN.get(header.dtype.newbyteorder("<"), quote(str(header.dtype)))
            return Stored(kind, header.shape, lambda: archive.read(name, LARGEST * 8))

        def fail() -> NDArray[np.generic]:
            raise unreadable

        return Stored("", None, fail)

    return {name: stored(name) for name in archive.names}


def _find(arrays: Mapping[str, Stored], field: str, names: Mapping[str, str], where: str) -> str:
    """The given name of an array, or the only common one that the file has."""
    candidates = (names[field],) if field in names else COMMON_NAMES[field]
    present = [name for name in candidates if name in arrays]
    if len(present) != 1:
        listed = [quote(name) for name in sorted(arrays)[:LISTED]]
        more = [f"{len(arrays) - LISTED} more"] if len(arrays) > LISTED else []
        got = ", ".join(listed + more) or "no array"
        raise ExternalError(f"{where}: {field}: expected one array called {' or '.join(candidates)}, got {got}")
    return present[0]


def _read(stored: Stored, where: str) -> Single:
    """The finite numbers of an array, as float32."""
    if stored.shape is not None and stored.kind not in _PRECISION:
        raise ExternalError(f"{where}: expected {KINDS}, got {told(stored.kind)}")
    if stored.shape is not None and math.prod(stored.shape) > LARGEST:
        raise ExternalError(f"{where}: expected at most {LARGEST} numbers, got the shape {quote(list(stored.shape))}")
    with strangers(where, "an array", ExternalError), np.errstate(over="ignore"):
        single: Single = np.ascontiguousarray(stored.read(), np.float32).reshape(stored.shape or ())
    if not np.isfinite(single).all():
        raise ExternalError(f"{where}: expected finite numbers within the range of float32")
    return single


def _refuse_overflow(params: Params, where: str) -> None:
    """Refuse weights of which a sum, of inputs as large as noise makes them, can leave the range of float32."""
    magnitudes = np.abs(params.weight).astype(np.float64)
    biases = (np.abs(bias).astype(np.float64) for bias in (params.hidden_bias, params.visible_bias))
    largest = max(float((magnitudes.sum(axis) + bias).max()) for axis, bias in enumerate(biases))
    if largest * LARGEST_INPUT > float(np.finfo(np.float32).max):
        raise ExternalError(
            f"{where}: expected numbers whose sums are within the range of float32, got a sum of up to {largest:.3g}"
        )


def _fit(found: Mapping[str, Single], chosen: Mapping[str, str], transposed: bool | None, where: str) -> Params:
    weight, hidden_bias, visible_bias = (found[field] for field in Params._fields)
    hidden_bias, visible_bias = hidden_bias.reshape(-1), visible_bias.reshape(-1)
    hidden, visible = hidden_bias.size, visible_bias.size
    if transposed is None:
        transposed = _lies_transposed(weight.shape, hidden, visible, chosen, where)
    weight = weight.T if transposed else weight
    if weight.shape != (visible, hidden):
        raise ExternalError(
            f"{where}: weight: expected shape [{visible}, {hidden}] or its transpose, as the biases have "
            f"{visible} and {hidden} numbers, got {list(found['weight'].shape)}"
        )
    if math.isqrt(visible) ** 2 != visible or visible == 0 or hidden == 0:
        raise ExternalError(f"{where}: visible_bias: expected n x n numbers, one a pixel, got {visible}")
    return Params(np.ascontiguousarray(weight), hidden_bias, visible_bias)


def _lies_transposed(shape: tuple[int, ...], hidden: int, visible: int, chosen: Mapping[str, str], where: str) -> bool:
    """Whether the weight is [hidden, visible], from its dimensions, else from the convention that its name follows."""
    if hidden != visible:
        return shape == (hidden, visible)
    name = chosen["weight"]
    if name.endswith(".weight"):  # a layer of PyTorch
        return True
    if re.fullmatch(r"(?:.*[^A-Za-z])?kernel(?::\d+)?", name):  # of Keras or Flax
        return False
    if all(field == given for field, given in chosen.items()):  # our own
        return False
    raise ExternalError(
        f"{where}: {name}: expected `transposed` in models.toml, true for [hidden, pixels] and false for "
        f"[pixels, hidden], as there are {visible} of both, got nothing that tells which way it lies"
    )


def _refuse_untied(
    arrays: Mapping[str, Stored], chosen: Mapping[str, str], weight: Single, where: str, *, named: bool
) -> None:
    """Refuse a second weight of the same dimensions, other than the first one's transpose, that may be the decoder's.

    `named`: models.toml says which array is the weight, so that what does not bear the mark of a network is not.
    """
    first = chosen["weight"]
    for name, stored in arrays.items():
        if name in chosen.values():
            continue
        marked = _is_of_network(name, chosen)
        if stored.shape is None:
            if marked:
                raise ExternalError(
                    f"{where}: {quote(name)}: expected a readable array, as it may be the decoder's weight"
                )
            continue
        other = tuple(side for side in stored.shape if side != 1)
        if len(stored.shape) < 2 or sorted(other) != sorted(side for side in weight.shape if side != 1):
            continue
        if _is_state(name, first, arrays, marked=marked):
            continue
        if not marked and (named or stored.kind not in _PRECISION):
            continue
        if stored.kind in _PRECISION and _is_same(stored, arrays[first].kind, weight, where, name, marked=marked):
            continue
        raise ExternalError(
            f"{where}: {quote(name)}: expected a tied autoencoder, whose decoder uses the transpose of {quote(first)}, "
            "got a second weight of the same dimensions with other numbers. Train with one weight for both directions; "
            "if this array has no part in the model, say with `weight` in models.toml which one counts, or leave it "
            "out of the file"
        )


def _is_of_network(name: str, chosen: Mapping[str, str]) -> bool:
    """Whether an array's name marks it as a part of the network: by a word, or as that of the same layer as a bias."""
    layer = _layer(name)
    biases = {_layer(chosen[field]) for field in ("hidden_bias", "visible_bias")}
    return bool(_NETWORK.search(name)) or (layer != "" and layer in biases)


def _layer(name: str) -> str:
    """What is left of a name without the words for weight and bias: "2" of W2 and b2, "fc2" of fc2.weight."""
    return re.sub(r"[^A-Za-z0-9]", "", _KIND_OF_ARRAY.sub("", name.partition(":")[0]))


def _is_state(name: str, weight: str, arrays: Mapping[str, Stored], *, marked: bool) -> bool:
    """Whether a name, more than that of the weight, says that this is an optimiser's state.

    A single letter says it of what is marked as the network's only where the array that it is the state of is there:
    `decoder.weight_v` alone is a normalised weight.
    """
    if len(_STATE.findall(name)) > len(_STATE.findall(weight)):
        return True
    if len(_STATE_LETTER.findall(name)) <= len(_STATE_LETTER.findall(weight)):
        return False
    plain = _words(_STATE_LETTER.sub("", name))
    return not marked or any(_words(other) == plain for other in arrays if other != name)


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+", name)


def _is_same(stored: Stored, first_kind: str, weight: Single, where: str, name: str, *, marked: bool) -> bool:
    """Whether an array is the weight's transpose or, if that is clear, a copy of it, as far as its kind tells."""
    other = _read(stored, f"{where}: {quote(name)}").reshape([side for side in stored.shape or () if side != 1])
    weight = weight.reshape([side for side in weight.shape if side != 1])
    slack = 0.0 if stored.kind == first_kind else max(_PRECISION[stored.kind], _PRECISION[first_kind])
    copy_is_fine = not marked or weight.shape != weight.T.shape or weight.ndim < 2
    tied = [weight.T, weight] if copy_is_fine else [weight.T]
    return any(
        one.shape == other.shape and bool(np.allclose(other, one, rtol=slack, atol=slack * 1e-4)) for one in tied
    )
