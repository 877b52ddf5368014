"""The lighter form of a model's weights, from which a page answers before the float32 file has come.

    weight_planes  U8 [planes, hidden, visible]   the weight's numbers by unit, as whole multiples of a step, in bytes
    hidden_bias    F32 [hidden]
    visible_bias   F32 [visible]
    __metadata__   that of the float32 file, and: format "dae-light/1", step (a power of two, in decimal),
                   weights_sha256 (of the float32 file that completes it)

A multiple n is written as 2n, or as -2n - 1 where it is negative; plane k holds byte k of that. So small numbers have
small bytes, the first plane is full and the others nearly empty, and gzip, which a web server applies, comes within
some 5 % of the numbers' entropy: about a third of the gzipped float32 file.

Why multiples and not bfloat16, whose files are larger: an answer is off by sums of the weights' absolute errors, and
bfloat16's grow with the weight. Trained weights have outliers of up to 40 standard deviations, and they take bfloat16's
answers off by 0.06 (benchmarks/light.json).

The step is the coarsest power of two with which the answers to our own inputs, clean and with normal noise of variance
1, are off by at most `TOLERANCE`. Real digits, which are more, get at most `BOUND`; tests/test_light.py holds that.

In:  a `Weights` in float32, and inputs.
Out: a `Light`, or None where no step serves; `Params` from a file's bytes, or a `WeightsError` that says what is wrong.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from export.weights.reference import reconstruct
from export.weights.tensors import Array, TensorsError, format_tensors, parse_tensors
from export.weights.weights_file import Weights, WeightsError
from train.errors import quote
from train.learn.params import Params

FORMAT = "dae-light/1"
BOUND = 0.02  # of an output in [0, 1]: what is promised
TOLERANCE = 0.01  # of an output in [0, 1]: what is kept to in choosing the step
COARSEST, FINEST = 8, 16  # the step is 2**-k for a k in this range
PLANES = 3  # at most: multiples of 24 bits are exact in float32
SEED = 2015


@dataclass(frozen=True)
class Light:
    """The lighter form of one model's weights."""

    data: bytes  # of the file
    error: float  # of an output in [0, 1]: the largest over our own inputs


@dataclass(frozen=True)
class _Source:
    """What a lighter form is made of: the same where the file and the inputs are."""

    sha256: str
    inputs: bytes
    weights: Weights = field(compare=False)
    pixels: Array = field(compare=False)


def make_light(weights: Weights, pixels: Array) -> Light | None:
    """The coarsest form that answers `pixels` [count, visible] to `TOLERANCE`, clean and noisy; None without any.

    It is kept: a site that is built again at every save is mostly of the same weights.
    """
    return _make(_Source(weights.sha256, pixels.tobytes(), weights, pixels))


@functools.lru_cache(maxsize=32)
def _make(source: _Source) -> Light | None:
    weights, pixels = source.weights, source.pixels
    noise = np.random.Generator(np.random.PCG64(SEED)).normal(0, 1, pixels.shape)
    inputs = np.concatenate([pixels, pixels + noise])
    exact = reconstruct(weights.params, inputs)
    for bits in range(COARSEST, FINEST + 1):
        multiples = np.rint(np.ldexp(weights.params.weight.astype(np.float64), bits))
        if np.abs(multiples).max() >= 1 << (8 * PLANES - 1):
            return None
        rounded = weights.params._replace(weight=np.ldexp(multiples, -bits))
        error = float(np.abs(reconstruct(rounded, inputs) - exact).max())
        if error <= TOLERANCE:
            return Light(_format(weights, multiples.astype(np.int64), 2.0**-bits), error)
    return None


def parse_light(data: bytes, where: str) -> Params:
    """Check the bytes of such a file, and give its numbers in float32; `where` opens every message."""
    try:
        file = parse_tensors(data, where)
    except TensorsError as error:
        raise WeightsError(str(error)) from None
    if set(file.tensors) != {"weight_planes", "hidden_bias", "visible_bias"}:
        got = quote(sorted(file.tensors))
        raise WeightsError(f"{where}: expected the tensors hidden_bias, visible_bias, weight_planes, got {got}")
    planes, hidden_bias, visible_bias = (file.tensors[k] for k in ("weight_planes", "hidden_bias", "visible_bias"))
    for fault in _faults(planes, hidden_bias, visible_bias, file.metadata):
        raise WeightsError(f"{where}: {fault}")
    signed = sum(plane.astype(np.int64) << 8 * k for k, plane in enumerate(planes))
    multiples = (signed >> 1) ^ -(signed & 1)
    weight = np.ascontiguousarray(multiples.T * float(file.metadata["step"]), np.float32)
    return Params(weight, hidden_bias, visible_bias)


def _format(weights: Weights, multiples: NDArray[np.int64], step: float) -> bytes:
    signed = np.ascontiguousarray(np.where(multiples < 0, -2 * multiples - 1, 2 * multiples).T)
    count = max(1, (int(signed.max()).bit_length() + 7) // 8)
    planes = np.stack([(signed >> 8 * k & 255).astype(np.uint8) for k in range(count)])
    tensors = {
        "hidden_bias": weights.params.hidden_bias,
        "visible_bias": weights.params.visible_bias,
        "weight_planes": planes,
    }
    more = {
        "format": FORMAT,
        "visible": str(weights.visible),
        "hidden": str(weights.hidden),
        "step": f"{step:.16f}".rstrip("0"),
        "weights_sha256": weights.sha256,
    }
    return format_tensors(tensors, weights.facts.metadata() | more, where=weights.name)


def _faults(
    planes: NDArray[np.generic],
    hidden_bias: NDArray[np.generic],
    visible_bias: NDArray[np.generic],
    metadata: Mapping[str, str],
) -> Iterator[str]:
    """What does not fit together."""
    if planes.dtype != np.uint8 or planes.ndim != 3 or 0 in planes.shape or len(planes) > PLANES:
        yield f"weight_planes: expected U8 [1 to {PLANES}, hidden, visible], got {planes.dtype} {list(planes.shape)}"
        return
    _, hidden, visible = planes.shape
    for name, bias, count in (("hidden_bias", hidden_bias, hidden), ("visible_bias", visible_bias, visible)):
        if bias.dtype != np.float32 or bias.shape != (count,):
            yield f"{name}: expected F32 [{count}], got {bias.dtype} {list(bias.shape)}"
    steps = {f"{2.0**-bits:.16f}".rstrip("0") for bits in range(COARSEST, FINEST + 1)}
    rules = {"format": {FORMAT}, "visible": {str(visible)}, "hidden": {str(hidden)}, "step": steps}
    for key, allowed in rules.items():
        got = metadata.get(key, "")
        if got not in allowed:
            expected = (
                next(iter(allowed)) if len(allowed) == 1 else f"a power of two from 2**-{COARSEST} to 2**-{FINEST}"
            )
            yield f"__metadata__: {key}: expected {expected}, got {quote(got)}"
