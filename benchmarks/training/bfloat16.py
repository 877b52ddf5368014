"""What was left out of training: products of bfloat16 inputs, summed in float32."""

from typing import Any


def round_products() -> None:
    """Let this process train with the inputs of every product, forwards and backwards, rounded to bfloat16."""
    import jax
    import jax.numpy as jnp

    from train import training
    from train.model import cross_entropy

    def rounded(a: Any, b: Any) -> Any:
        return jax.lax.dot(a.astype(jnp.bfloat16), b.astype(jnp.bfloat16), preferred_element_type=jnp.float32)

    product = jax.custom_vjp(rounded)
    product.defvjp(lambda a, b: (rounded(a, b), (a, b)), lambda ab, g: (rounded(g, ab[1].T), rounded(ab[0].T, g)))

    def batch_loss(params: Any, corrupted: Any, clean: Any) -> Any:
        code = jax.nn.sigmoid(product(corrupted, params.weight) + params.hidden_bias)
        logits = product(code, params.weight.T) + params.visible_bias
        return jax.vmap(cross_entropy)(logits, clean).mean()

    training.batch_loss = batch_loss
