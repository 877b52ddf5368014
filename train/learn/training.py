"""Training: whole epochs as one compiled computation, for one model on one core or for many over a mesh of devices.

In:  models whose recipes are alike (see train.learn.optimizer), uint8 images [count, visible], and a mesh with the axes
     "model" and "batch".
Out: after each epoch the state of every model and its mean training loss.

Models are independent of each other: each has its own numbers, whichever others are trained beside it; on a CPU to the
bit, on devices that train many in one batch of products (see `is_wide`) to their rounding. All models of a seed share
the initial weight, the order of the batches and the draws of the noise, so that one hidden unit can be followed from
noise to noise.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, Int, Key, UInt8

from train.data.noise import NOISES
from train.errors import TrainingError
from train.learn.devices import find_devices
from train.learn.hosts import fetch
from train.learn.model import RandomKey, Scalar, initial_params, loss
from train.learn.optimizer import PerModel, make_optimizer, stack_per_model
from train.learn.params import Params
from train.settings.config import ModelSpec
from train.settings.recipe import Recipe

Batch = Float[Array, "batch visible"]
Keys = Key[Array, " batch"]
Order = Int[Array, " used"]
Images = UInt8[Array, "count visible"]
Index = Int[Array, ""]
Indices = Int[Array, " models"]
Levels = Float[Array, " models"]
Losses = Float[Array, "*models"]  # of an epoch: one number, or one for each model

_INITIAL, _ORDER, _NOISE = range(3)  # the three uses of a seed


class TrainingState(NamedTuple):
    """All that training changes; a leading axis of models where several are trained together."""

    params: Params
    optimizer: optax.OptState


def seed_key(seed: int, use: int) -> RandomKey:
    """The key for one use of a seed; the generator is named, so that JAX's choice of one has no say.

    What else in JAX's settings changes the draws, `train.run.numbers.fix_numbers` sets.
    """
    return jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), use)


def make_mesh(model_shards: int, batch_shards: int) -> Mesh:
    """A mesh of the first devices: models are divided over one axis, every batch over the other."""
    devices = find_devices()
    needed = model_shards * batch_shards
    if needed > len(devices):
        raise TrainingError(f"a mesh of {model_shards} x {batch_shards} needs {needed} devices, got {len(devices)}")
    return Mesh(np.array(devices[:needed]).reshape(model_shards, batch_shards), ("model", "batch"))


def steps_per_epoch(recipe: Recipe, images: int) -> int:
    """Whole batches in an epoch; the images left over are others in every epoch."""
    if recipe.batch > images:
        raise TrainingError(f"batch: expected at most the {images} training images, got {recipe.batch}")
    return images // recipe.batch


def initial_state(recipe: Recipe, visible: int) -> TrainingState:
    """The state of one model before its first step."""
    params = initial_params(seed_key(recipe.seed, _INITIAL), visible, recipe.hidden)
    return TrainingState(params, make_optimizer(recipe, 1).init(params))


Result = tuple[TrainingState, Losses]  # the state after an epoch, and its mean loss
RunEpoch = Callable[[TrainingState, Images, Levels, Index], Result]
RunModel = Callable[[TrainingState, Index, Scalar, PerModel | None, Images, Index], Result]


def is_wide(mesh: Mesh) -> bool:
    """Whether its devices want all models at once, in one batch of products; a CPU's cores take one after the other."""
    platform: str = mesh.devices.flat[0].platform
    return platform != "cpu"


def make_epoch(specs: Sequence[ModelSpec], images: int, mesh: Mesh, *, wide: bool | None = None) -> RunEpoch:
    """`epoch(states, images, levels, number)` -> states, mean losses [models]; compiled, over `mesh`.

    `states` have a leading axis of models (see `stack`), `levels` is [models]. All models share one recipe; where all
    are trained at once (`wide`, by default what `is_wide` says) only what `optimizer.shared` leaves of it. On
    a mesh whose model axis has k devices the number of models must be a multiple of k, and the batch a multiple of the
    batch axis.
    """
    recipe, shards = specs[0].recipe, mesh.shape["batch"]
    if recipe.batch % shards:
        raise TrainingError(
            f"batch: expected a multiple of the {shards} devices it is divided over, got {recipe.batch}"
        )
    kinds = sorted({spec.noise for spec in specs})
    which = jnp.array([kinds.index(spec.noise) for spec in specs])
    wide = is_wide(mesh) if wide is None else wide
    # Numbers that XLA knows beforehand make the bits of a CPU's weights; others would make slightly other ones.
    per_model = stack_per_model([spec.recipe for spec in specs]) if wide else None
    run_model = _make_model(recipe, kinds, images, shards)

    def run_local(
        states: TrainingState,
        which: Indices,
        levels: Levels,
        numbers: PerModel | None,
        pixels: Images,
        number: Index,
    ) -> Result:
        if wide:
            run_all: RunModel = jax.vmap(run_model, in_axes=(0, 0, 0, 0, None, None))
            return run_all(states, which, levels, numbers, pixels, number)

        def run_one(one: tuple[TrainingState, Index, Scalar, PerModel | None]) -> Result:
            return run_model(*one, pixels, number)

        done: Result = jax.lax.map(run_one, (states, which, levels, numbers))
        return done

    model, everywhere = PartitionSpec("model"), PartitionSpec()
    sharded: RunModel = jax.shard_map(
        run_local,
        mesh=mesh,
        in_specs=(model, model, model, model, everywhere, everywhere),
        out_specs=(model, model),
        check_vma=False,  # the gradients are averaged over the batch axis by hand, in _update
    )

    def epoch(states: TrainingState, pixels: Images, levels: Levels, number: Index) -> Result:
        with jax.default_matmul_precision("float32"):
            return sharded(states, which, levels, per_model, pixels, number)

    return jax.jit(epoch, donate_argnums=0)


def _make_model(recipe: Recipe, kinds: Sequence[str], images: int, shards: int) -> RunModel:
    """An epoch of one model, whose noise is `kinds[kind]`, on one of `shards` devices that divide its batches."""
    steps = steps_per_epoch(recipe, images)

    def run_model(
        state: TrainingState,
        kind: Index,
        level: Scalar,
        numbers: PerModel | None,
        pixels: Images,
        number: Index,
    ) -> Result:
        optimizer = make_optimizer(recipe, steps * recipe.epochs, numbers)
        order = _epoch_order(recipe, images, number).reshape(steps, shards, -1)[:, jax.lax.axis_index("batch")]
        noise_key = jax.random.fold_in(seed_key(recipe.seed, _NOISE), number)

        def step(carry: TrainingState, at: tuple[Index, Order]) -> tuple[TrainingState, Scalar]:
            clean = pixels[at[1]].astype(jnp.float32) / 255
            keys = _image_keys(jax.random.fold_in(noise_key, at[0]), recipe, shards)
            corrupted = _corrupt(kinds, kind, keys, clean, level)
            return _update(optimizer, carry, corrupted, clean, shards)

        state, losses = jax.lax.scan(step, state, (jnp.arange(steps), order))
        return state, losses.mean()

    return run_model


def _epoch_order(recipe: Recipe, images: int, number: Index) -> Order:
    key = jax.random.fold_in(seed_key(recipe.seed, _ORDER), number)
    order = jax.random.permutation(key, images)
    return order[: steps_per_epoch(recipe, images) * recipe.batch]


def _image_keys(key: RandomKey, recipe: Recipe, shards: int) -> Keys:
    """A key for each image of this device's share of the batch: its noise does not depend on the mesh."""
    keys = jax.random.split(key, recipe.batch)
    return keys.reshape(shards, -1)[jax.lax.axis_index("batch")] if shards > 1 else keys


def _corrupt(kinds: Sequence[str], kind: Index, keys: Keys, clean: Batch, level: Scalar) -> Batch:
    branches = [jax.vmap(NOISES[name].corrupt, in_axes=(0, 0, None)) for name in kinds]
    if len(branches) == 1:
        corrupted: Batch = branches[0](keys, clean, level)
    else:
        corrupted = jax.lax.switch(kind, branches, keys, clean, level)
    return corrupted


def batch_loss(params: Params, corrupted: Batch, clean: Batch) -> Scalar:
    """The mean loss of a batch, in nats an image."""
    return jax.vmap(loss, in_axes=(None, 0, 0))(params, corrupted, clean).mean()


def _update(
    optimizer: optax.GradientTransformation, state: TrainingState, corrupted: Batch, clean: Batch, shards: int
) -> tuple[TrainingState, Scalar]:
    """One step of the optimiser; the state after it, and the loss before it."""
    value, gradient = jax.value_and_grad(batch_loss)(state.params, corrupted, clean)
    if shards > 1:
        value, gradient = jax.lax.pmean((value, gradient), "batch")
    change, optimizer_state = optimizer.update(gradient, state.optimizer, state.params)
    params: Params = optax.apply_updates(state.params, change)
    return TrainingState(params, optimizer_state), value


def stack(states: Sequence[TrainingState], mesh: Mesh) -> TrainingState:
    """States of single models as one, divided over the mesh's model axis."""
    sharding = NamedSharding(mesh, PartitionSpec("model"))
    stacked: TrainingState = jax.tree.map(lambda *leaves: jax.device_put(np.stack(leaves), sharding), *states)
    return stacked


def unstack(states: TrainingState, count: int) -> list[TrainingState]:
    """The states of single models, as numpy arrays."""
    host = fetch(states)
    return [jax.tree.map(lambda leaf, at=at: np.asarray(leaf[at]), host) for at in range(count)]
