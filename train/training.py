"""Training: whole epochs as one compiled computation, for one model on one core or for many over a mesh of devices.

In:  models whose recipes are alike (see train.optimizer), uint8 images [count, visible], and a mesh with the axes
     "model" and "batch".
Out: after each epoch the state of every model and its mean training loss.

Models are independent of each other: each has its own numbers, whichever others are trained beside it; on a CPU to the
bit, on devices that train many in one batch of products (see `is_wide`) to their rounding. All models of a seed share
the initial weight, the order of the batches and the draws of the noise, so that one hidden unit can be followed from
noise to noise.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float, Int, Key

from train.config import ModelSpec, Recipe
from train.errors import TrainingError
from train.hosts import fetch
from train.model import RandomKey, Scalar, encode, initial_params, loss
from train.noise import NOISES
from train.optimizer import Own, common, make_optimizer, own, stack_own
from train.params import Params

Batch = Float[Array, "batch visible"]
Keys = Key[Array, " batch"]
Order = Int[Array, " used"]
Orders = Int[Array, "many copies"]

_INITIAL, _ORDER, _NOISE = range(3)  # the three uses of a seed


class Centres(NamedTuple):
    """What Adam sees the inputs and the codes without (see `_update`); None where it sees them as they are."""

    inputs: Array | None  # [visible], to be taken from every input
    codes: Any  # the share of their mean in the batch that is to be taken from the codes: 1, or a model's own 0 or 1


class TrainingState(NamedTuple):
    """All that training changes; a leading axis of models where several are trained together."""

    params: Params
    optimizer: Any  # optax's


def seed_key(seed: int, use: int) -> RandomKey:
    """The key for one use of a seed; the generator is named, so that JAX's choice of one has no say.

    What else in JAX's settings changes the draws, `train.worker.fix_numbers` sets.
    """
    return jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), use)


def make_mesh(model_shards: int, batch_shards: int) -> Mesh:
    """A mesh of the first devices: models are divided over one axis, every batch over the other."""
    devices = jax.devices()
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
    params = initial_params(seed_key(recipe.seed, _INITIAL), visible, recipe.hidden, recipe.initial_bias)
    return TrainingState(params, make_optimizer(recipe, 1).init(params))


Epoch = Callable[[TrainingState, Array, Array, Array], tuple[TrainingState, Array]]


def is_wide(mesh: Mesh) -> bool:
    """Whether its devices want all models at once, in one batch of products; a CPU's cores take one after the other."""
    platform: str = mesh.devices.flat[0].platform
    return platform != "cpu"


def make_epoch(specs: Sequence[ModelSpec], images: int, mesh: Mesh, *, wide: bool | None = None) -> Epoch:
    """`epoch(states, images, levels, number)` -> states, mean losses [models]; compiled, over `mesh`.

    `states` have a leading axis of models (see `stack`), `levels` is [models]. All models share one recipe; where all
    are trained at once (`wide`, by default what `is_wide` says) only what `train.optimizer.shared` leaves of it. On a
    mesh whose model axis has k devices the number of models must be a multiple of k, and the batch a multiple of the
    batch axis.
    """
    recipe = common(specs)
    shards = mesh.shape["batch"]
    if recipe.batch % shards:
        raise TrainingError(
            f"batch: expected a multiple of the {shards} devices it is divided over, got {recipe.batch}"
        )
    kinds = sorted({spec.noise for spec in specs})
    which = jnp.array([kinds.index(spec.noise) for spec in specs])
    steps = steps_per_epoch(recipe, images)
    wide = is_wide(mesh) if wide is None else wide
    # Numbers that XLA knows beforehand make the bits of a CPU's weights; others would make slightly other ones.
    owns = stack_own([spec.recipe for spec in specs]) if wide else None

    def run_model(
        state: TrainingState, kind: Array, level: Array, numbers: Own | None, pixels: Array, number: Array
    ) -> tuple[TrainingState, Array]:
        optimizer = make_optimizer(recipe, steps * recipe.epochs, numbers)
        order = _epoch_order(recipe, images, number).reshape(steps, shards, -1)[:, jax.lax.axis_index("batch")]
        noise_key = jax.random.fold_in(seed_key(recipe.seed, _NOISE), number)
        centres = Centres(None, None)
        if recipe.centring != "none":
            mine = numbers or own(recipe)
            inputs = _input_mean(kinds, kind, pixels, level) * mine.inputs_centred
            centres = Centres(inputs, mine.codes_centred if recipe.centring == "both" else None)

        def step(carry: TrainingState, at: tuple[Array, Array]) -> tuple[TrainingState, Array]:
            clean = pixels[at[1]].astype(jnp.float32) / 255
            step_key = jax.random.fold_in(noise_key, at[0])
            keys = _image_keys(step_key, recipe, shards)
            if recipe.copies == 1:
                corrupted = _corrupt(kinds, kind, keys, clean, level)
            else:
                corrupted = _corrupt_copies(kinds, kind, keys, clean, level, _orders(step_key, recipe))
                clean = jnp.repeat(clean, recipe.copies, axis=0)
            return _update(optimizer, carry, corrupted, clean, centres, shards)

        state, losses = jax.lax.scan(step, state, (jnp.arange(steps), order))
        return state, losses.mean()

    def run_local(*of_models_then_shared: Any) -> Any:
        *of_models, pixels, number = of_models_then_shared
        if wide:
            run_all: Any = jax.vmap(run_model, in_axes=(0, 0, 0, 0, None, None))
            return run_all(*of_models, pixels, number)

        def run_one(one: Any) -> Any:
            state, kind, level, numbers = one
            return run_model(state, kind, level, numbers, pixels, number)

        return jax.lax.map(run_one, tuple(of_models))

    model, everywhere = PartitionSpec("model"), PartitionSpec()
    sharded = jax.shard_map(
        run_local,
        mesh=mesh,
        in_specs=(model, model, model, model, everywhere, everywhere),
        out_specs=(model, model),
        check_vma=False,  # the gradients are averaged over the batch axis by hand, in _update
    )

    def epoch(states: TrainingState, pixels: Array, levels: Array, number: Array) -> Any:
        with jax.default_matmul_precision("float32"):
            return sharded(states, which, levels, owns, pixels, number)

    return jax.jit(epoch, donate_argnums=0)


def _epoch_order(recipe: Recipe, images: int, number: Array) -> Order:
    key = jax.random.fold_in(seed_key(recipe.seed, _ORDER), number)
    order = jax.random.permutation(key, images)
    return order[: steps_per_epoch(recipe, images) * recipe.batch]


def _image_keys(key: RandomKey, recipe: Recipe, shards: int) -> Keys:
    """A key for each image of this device's share of the batch: its noise does not depend on the mesh."""
    keys = jax.random.split(key, recipe.batch)
    return keys.reshape(shards, -1)[jax.lax.axis_index("batch")] if shards > 1 else keys


def _orders(key: RandomKey, recipe: Recipe) -> Orders:
    """The orders in which a step's pixels take the strata of their draws (see `Noise.stratified_draws`).

    As many rows as make two pixels rarely share one, for each is a sort.
    """
    key = jax.random.fold_in(key, recipe.batch)  # another than every image's
    strata = jnp.tile(jnp.arange(recipe.copies, dtype=jnp.uint32), (1024, 1))
    return jax.random.permutation(key, strata, axis=1, independent=True)


def _input_mean(kinds: Sequence[str], kind: Array, pixels: Array, level: Any) -> Array:
    """The mean of the corrupted images, [visible]; whole numbers are added, whose sum no order changes."""
    mean = pixels.sum(axis=0, dtype=jnp.uint32).astype(jnp.float32) / (255 * len(pixels))
    means: Array = jax.lax.switch(kind, [NOISES[name].mean for name in kinds], mean, level)
    return means


def _corrupt(kinds: Sequence[str], kind: Array, keys: Keys, clean: Batch, level: Any) -> Batch:
    branches = [jax.vmap(NOISES[name].corrupt, in_axes=(0, 0, None)) for name in kinds]
    if len(branches) == 1:
        corrupted: Batch = branches[0](keys, clean, level)
    else:
        corrupted = jax.lax.switch(kind, branches, keys, clean, level)
    return corrupted


def _corrupt_copies(kinds: Sequence[str], kind: Array, keys: Keys, clean: Batch, level: Any, orders: Orders) -> Batch:
    """As a batch as many times as large: the copies of the first image, then those of the second, and so on."""
    branches = [jax.vmap(NOISES[name].corrupt_copies, in_axes=(0, 0, None, None)) for name in kinds]
    corrupted: Array = jax.lax.switch(kind, branches, keys, clean, level, orders)
    return corrupted.reshape(-1, clean.shape[1])


def batch_loss(params: Params, corrupted: Batch, clean: Batch) -> Scalar:
    """The mean loss of a batch, in nats an image."""
    return jax.vmap(loss, in_axes=(None, 0, 0))(params, corrupted, clean).mean()


def _mean_code(params: Params, corrupted: Batch) -> Array:
    """The mean code of a batch, [hidden]; XLA takes the codes from the loss, which has computed them."""
    return jax.vmap(encode, in_axes=(None, 0))(params, corrupted).mean(axis=0)


def _update(
    optimizer: optax.GradientTransformation,
    state: TrainingState,
    corrupted: Array,
    clean: Array,
    centres: Centres,
    shards: int,
) -> tuple[TrainingState, Array]:
    """One step; with centres Adam sees the network as one of inputs and codes less their means.

    That is sigmoid((pixels - mean) @ weight + bias) (LeCun et al. 1998) and weight @ (code - mean) + bias (Montavon and
    Müller 2012). What all inputs, or all codes, have in common then moves the biases alone: else it is the largest part
    of every weight's gradient.
    """
    value, gradient = jax.value_and_grad(batch_loss)(state.params, corrupted, clean)
    code = None if centres.codes is None else _mean_code(state.params, corrupted) * centres.codes
    if shards > 1:
        value, gradient, code = jax.lax.pmean((value, gradient, code), "batch")
    weight = gradient.weight
    if centres.inputs is not None:
        weight = weight - jnp.outer(centres.inputs, gradient.hidden_bias)
    if code is not None:
        weight = weight - jnp.outer(gradient.visible_bias, code)
    change, optimizer_state = optimizer.update(gradient._replace(weight=weight), state.optimizer, state.params)
    if centres.inputs is not None:
        change = change._replace(hidden_bias=change.hidden_bias - centres.inputs @ change.weight)
    if code is not None:
        change = change._replace(visible_bias=change.visible_bias - change.weight @ code)
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
