"""What decides the bits of weights beside the recipe: JAX's settings, and how many threads it has."""

import os
from collections.abc import Sequence

_SETTINGS = {
    "jax_threefry_partitionable": True,  # the draws
    "jax_random_seed_offset": 0,
    "jax_enable_x64": False,  # the width of numbers
    "jax_numpy_dtype_promotion": "standard",
    "jax_default_matmul_precision": "float32",  # the products, of measuring too
    "jax_disable_most_optimizations": False,  # the order of sums
    "jax_disable_jit": False,  # the same
}

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def one_blas_thread() -> None:
    """Give NumPy and SciPy one thread in the processes that are started from now on; they look as they are loaded.

    A second one, which spins while it waits for the next product, would take the core of another worker.
    """
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))


def fix_numbers(threads: int = 1, flags_kept: Sequence[str] = ()) -> None:
    """Set what changes the bits of weights and could come from the user's environment; before JAX has any devices.

    Of XLA_FLAGS those are left that begin with one of `flags_kept`.
    """
    os.environ["NPROC"] = str(threads)  # XLA's on a CPU, which has at least as many as devices
    flags = os.environ.pop("XLA_FLAGS", "").split()
    if kept := [flag for flag in flags if flag.startswith(tuple(flags_kept))]:
        os.environ["XLA_FLAGS"] = " ".join(kept)
    for limit in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):  # the instructions of XLA's products
        os.environ.pop(limit, None)
    import jax

    for setting, value in _SETTINGS.items():
        jax.config.update(setting, value)
