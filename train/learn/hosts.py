"""What several hosts that train as one have to say to each other; all of it is nothing where there is one."""

import pickle
from typing import TypeVar

import jax
import numpy as np

T = TypeVar("T")


def fetch(values: T) -> T:
    """Arrays on devices, in whatever they are kept, as numpy arrays; also where other hosts hold parts of them."""
    if jax.process_count() == 1:
        on_host: T = jax.device_get(values)
        return on_host
    from jax.experimental import multihost_utils

    gathered: T = multihost_utils.process_allgather(values, tiled=True)
    return gathered


def is_first_host() -> bool:
    """Whether this process is the one that writes; always so where there are no others."""
    return jax.process_index() == 0


def of_first_host(value: T) -> T:
    """What the first host has for `value`, on every host: any object that pickle takes."""
    if jax.process_count() == 1:
        return value
    from jax.experimental import multihost_utils

    sent = np.frombuffer(pickle.dumps(value), np.uint8)  # used of the first host only, as its length is
    length = int(multihost_utils.broadcast_one_to_all(np.int32(len(sent))))
    padded = sent if is_first_host() else np.zeros(length, np.uint8)
    received: T = pickle.loads(np.asarray(multihost_utils.broadcast_one_to_all(padded)).tobytes())
    return received
