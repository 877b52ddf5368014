"""The devices that JAX computes on; where it is told to use some that are not there, one sentence."""

import os

import jax

from train.errors import TrainingError, told

SETTING = "JAX_PLATFORMS"


def find_devices() -> list[jax.Device]:
    """All devices; raises TrainingError where JAX, as the environment sets it, finds none or cannot start."""
    try:
        return jax.devices()
    except Exception as error:  # a RuntimeError, or an AssertionError that says nothing
        asked = os.environ.get(SETTING)
        said = told(error)
        if asked:
            raise TrainingError(
                f"{SETTING}: expected devices that are here, got {asked}, with which JAX does not start ({said}): "
                f"unset it, or set it to cpu"
            ) from error
        raise TrainingError(f"JAX finds no device to compute on ({said}): {SETTING}=cpu takes the processor") from error
