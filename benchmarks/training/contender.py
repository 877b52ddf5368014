"""One contender trains masking .80 for a few epochs and prints what it took, as one JSON object. Run by `run.py`.

python contender.py pytorch | per-step | ours | mesh | sgemm   DATA_DIR  IMAGES  EPOCHS  [MODELS]
"""

import gzip
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
HIDDEN, BATCH, LEVEL, RATE = 500, 100, 0.8, 1e-3


def read_images(data_dir: str, count: int) -> np.ndarray:
    """The first `count` training images, uint8 [count, 784]."""
    packed = Path(data_dir) / "train-images-idx3-ubyte.gz"
    with gzip.open(packed) if packed.exists() else packed.with_suffix("").open("rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)[:count]


def pytorch(images: np.ndarray, epochs: int) -> list[float]:
    """Eager PyTorch, fused Adam, all threads; seconds of each epoch."""
    import torch

    weight = (torch.randn(784, HIDDEN) / 28).requires_grad_()
    biases = [torch.zeros(HIDDEN, requires_grad=True), torch.zeros(784, requires_grad=True)]
    optimizer = torch.optim.Adam([weight, *biases], lr=RATE, fused=True)
    data = torch.from_numpy(images.astype(np.float32) / 255)
    seconds = []
    for _ in range(epochs):
        started = time.perf_counter()
        for rows in torch.randperm(len(data)).split(BATCH):
            clean = data[rows]
            corrupted = clean * (torch.rand_like(clean) >= LEVEL)
            logits = torch.sigmoid(corrupted @ weight + biases[0]) @ weight.T + biases[1]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, clean, reduction="sum") / BATCH
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - started)
    return seconds


def per_step(images: np.ndarray, epochs: int) -> list[float]:
    """JAX as it is usually written: a compiled step, batches from the host, all threads."""
    import jax
    import jax.numpy as jnp
    import optax

    sys.path.insert(0, str(ROOT))
    from train.data.noise import NOISES
    from train.learn.optimizer import make_optimizer
    from train.learn.params import Params
    from train.learn.training import batch_loss, initial_state
    from train.settings.recipe import Recipe

    recipe = Recipe(hidden=HIDDEN, learning_rate=RATE, schedule="constant", warmup=0.0)
    optimizer = make_optimizer(recipe, 1)
    state = initial_state(recipe, 784)

    @jax.jit
    def step(
        params: Params, moments: optax.OptState, clean: jax.Array, key: jax.Array
    ) -> tuple[Params, optax.OptState]:
        corrupted = NOISES["masking"].corrupt(key, clean, LEVEL)
        gradient = jax.grad(batch_loss)(params, corrupted, clean)
        change, moments = optimizer.update(gradient, moments, params)
        return jax.tree.map(jnp.add, params, change), moments

    params, moments = state
    random, key, seconds = np.random.default_rng(0), jax.random.key(0), []
    for _ in range(epochs):
        started = time.perf_counter()
        for rows in random.permutation(len(images)).reshape(-1, BATCH):
            key, noise_key = jax.random.split(key)
            params, moments = step(params, moments, images[rows].astype(np.float32) / 255, noise_key)
        jax.block_until_ready(params)
        seconds.append(time.perf_counter() - started)
    return seconds


def ours(images: np.ndarray, epochs: int, models: int = 1, devices: int = 1) -> list[float]:
    """Our compiled epoch; with one device on one thread, and `run.py` starts one such process a core."""
    if devices == 1:
        os.environ["NPROC"] = "1"
    sys.path.insert(0, str(ROOT))
    import jax
    import jax.numpy as jnp

    from train.learn.training import initial_state, make_epoch, make_mesh, stack
    from train.settings.config import ModelSpec
    from train.settings.recipe import Recipe

    recipe = Recipe(hidden=HIDDEN, epochs=epochs, learning_rate=RATE, schedule="constant", warmup=0.0)
    mesh = make_mesh(devices, 1)
    specs = [ModelSpec(str(number), "masking", LEVEL, "mnist", recipe) for number in range(models)]
    run = make_epoch(specs, len(images), mesh)
    states = stack([jax.device_get(initial_state(recipe, 784))] * models, mesh)
    pixels, levels, seconds = jnp.asarray(images), jnp.full(models, LEVEL, jnp.float32), []
    for epoch in range(epochs):
        started = time.perf_counter()
        states, losses = run(states, pixels, levels, jnp.asarray(epoch, jnp.int32))
        losses.block_until_ready()
        seconds.append(time.perf_counter() - started)
    return seconds


def mesh(images: np.ndarray, epochs: int, models: int) -> list[float]:
    """One process with one forced host device a model, over which the models are divided."""
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={models}"
    return ours(images, epochs, models, models)


def sgemm(images: np.ndarray, epochs: int) -> list[float]:
    """NumPy multiplies 1024 x 1024 float32 matrices, one thread; seconds for the products of an epoch."""
    one = np.ones((1024, 1024), np.float32)
    products = 50
    seconds = []
    for _ in range(epochs):
        started = time.perf_counter()
        for _ in range(products):
            one @ one
        per_flop = (time.perf_counter() - started) / (products * 2 * 1024**3)
        seconds.append(per_flop * len(images) * 5 * 2 * 784 * HIDDEN)
    return seconds


CONTENDERS: dict[str, Callable[..., list[float]]] = {
    "pytorch": pytorch,
    "per-step": per_step,
    "ours": ours,
    "mesh": mesh,
    "sgemm": sgemm,
}

if __name__ == "__main__":
    name, data_dir, count, epochs, *models = sys.argv[1:]
    images = read_images(data_dir, int(count))
    seconds = CONTENDERS[name](images, int(epochs) + 1, *map(int, models))[1:]  # the first epoch compiles and warms up
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    samples = len(images) * int(models[0] if models else 1)
    rates = [samples / one for one in seconds]
    print(json.dumps({"samples_per_second": rates, "seconds": sum(seconds), "bytes": memory}))
