"""The readers of a built site: what is told of them, and what they make of the golden inputs, computed again.

In:  what the scripts are told of a reader, the weights that it belongs to (None: the bare pixels), the golden vectors,
     and the site's files as bytes by path.
Out: faults, one sentence each.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from export.site.blocks import as_object, as_text
from export.weights.reader_file import parse_reader, shares_of, stem_of
from export.weights.tensors import Array
from export.weights.weights_file import Weights
from train.errors import quote

# Of a share of belief, in [0, 1]; the golden ones are those of float32 weights.
TOLERANCE, TOLERANCE_F16 = 1e-4, 5e-2


def check_reader(
    name: str, told: object, weights: Weights | None, golden: Mapping[str, Array], files: Mapping[str, bytes]
) -> Iterator[str]:
    """A reader, where there is one, is of these weights, what the pages say of it, and reads as JAX did."""
    if told is None:
        return
    said = as_object(told)
    where = as_text(said["file"])
    file = parse_reader(files[where], name, where)
    for key, expected in (("classes", file.classes), ("threshold", file.threshold), ("test_error", file.test_error)):
        if said.get(key) != expected:
            yield f"{where}: {key}: expected {expected} as in its file, got {quote(said.get(key))} in the site's data"
    single = weights is None or weights.dtype == "F32"
    if single and weights is not None and file.weights_sha256 != weights.sha256:
        yield f"{where}: weights_sha256: expected {weights.sha256}, of the weights, got {quote(file.weights_sha256)}"
    pixels, answers = golden["pixels"], golden[f"shares/{stem_of(name)}"]
    expected_shape = (pixels.shape[1] if weights is None else weights.hidden, answers.shape[1])
    if file.reader.weight.shape != expected_shape:
        yield f"{where}: weight: expected shape {list(expected_shape)}, got {list(file.reader.weight.shape)}"
        return
    worst = float(np.abs(shares_of(file.reader, weights.params if weights else None, pixels) - answers).max())
    tolerance = TOLERANCE if single else TOLERANCE_F16
    if not worst <= tolerance:
        yield f"{where}: expected what its golden shares say to {tolerance:g}, got a difference of {worst:.3g}"
