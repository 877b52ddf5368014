"""What comes of asking again, worked out when the site is built: pictures of chains, and which claims they bear out.

In:  the models that stand on the walk, their weights, its first try.
Out: `Asked`; None where no model has learned to undo a noise.

Chains are computed in float64 (export/weights/chain.py) from fixed seeds; the page's own have other draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from export.draw.picture import draw_picture
from export.site.model import Model
from export.weights.chain import Chain
from export.weights.reference import reconstruct
from train.learn.params import Params

CHAINS, STEPS, LONG, SEED = 9, 30, 60, 5
MORE = 1.5  # times the ink of one pass: asking again has added some
BLOB = 0.25  # of all pixels: more ink than any digit has
ALIKE = 0.02  # mean difference of a pixel between chains that are stuck in one pattern

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class Wrong:
    """A model whose chains go wrong in one way, and what comes of them."""

    model: Model
    picture: Markup


@dataclass(frozen=True)
class Asked:
    """A model that is asked again with a half drawing held, and chains out of noise."""

    model: Model
    once: Markup  # its one answer
    again: tuple[Markup, ...]  # nine chains from the same beginning
    once_ink: float  # that the one answer adds, in pixels
    again_ink: float  # that the chains add on average
    holds: bool  # asking again adds more
    dream: Markup  # a chain of the same model out of noise
    blob: Wrong | None  # without draws it swells
    stuck: Wrong | None  # without draws and without noise all chains end in one pattern

    @property
    def pictures(self) -> Mapping[str, Markup]:
        """All of them by name."""
        wrong = {"blob": self.blob, "stuck": self.stuck}
        named = {"once": self.once, "dream": self.dream}
        named |= {str(k): picture for k, picture in enumerate(self.again)}
        named |= {name: one.picture for name, one in wrong.items() if one}
        return {f"asked-{name}": picture for name, picture in named.items()}


def make_asked(models: Sequence[Model], params: Mapping[str, Params], given: Pixels) -> Asked | None:
    """Of the models with a noise, the one to which asking again brings most; `given` [visible] is half a drawing."""
    noisy = [model for model in models if model.noise != "none" and model.level > 0]
    if not noisy:
        return None
    params = {name: Params(*(np.asarray(one, np.float64) for one in params[name])) for name in params}  # once
    held = _held(given)
    answers = {model.name: np.where(held, given, reconstruct(params[model.name], given)) for model in noisy}
    start = np.repeat(given[None], CHAINS, axis=0)
    chains = {model.name: Chain(params[model.name], model.noise, model.level) for model in noisy}
    means = {name: chain.run(start, held, STEPS, SEED) for name, chain in chains.items()}
    ink = {name: (_ink(answers[name] - given), _ink(means[name] - given)) for name in means}
    model = max(noisy, key=lambda one: ink[one.name][1] - ink[one.name][0])
    once, again = ink[model.name]
    blob = _first(noisy, chains, sampled=False, noisy=True)
    others = [one for one in noisy if blob is None or one != blob.model]  # two pictures of one model would say less
    return Asked(
        model=model,
        once=draw_picture(given, answers[model.name]),
        again=tuple(draw_picture(given, mean) for mean in means[model.name]),
        once_ink=once,
        again_ink=again,
        holds=again > MORE * once,
        dream=_draw(_dream(chains[model.name])[0]),
        blob=blob,
        stuck=_first(others, chains, sampled=False, noisy=False),
    )


def _held(given: Pixels) -> NDArray[np.bool_]:
    """The upper part of the image, down to where the ink of the half drawing ends."""
    side = round(given.size**0.5)
    rows = np.flatnonzero((given.reshape(side, side) > 0.5).any(axis=1))
    held: NDArray[np.bool_] = np.arange(given.size) // side <= rows.max()
    return held


def _dream(chain: Chain) -> Pixels:
    """Chains that start from pixels that are paper or ink with equal chances."""
    visible = len(chain.params.visible_bias)
    start = (np.random.Generator(np.random.PCG64(SEED)).random((CHAINS, visible)) >= 0.5).astype(np.float64)
    return chain.run(start, np.zeros(visible, bool), LONG, SEED)


def _first(models: Sequence[Model], chains: Mapping[str, Chain], *, sampled: bool, noisy: bool) -> Wrong | None:
    """The first model whose chains out of noise go wrong: blobs where noise is added, else one pattern for all."""
    for model in models:
        one = chains[model.name]
        means = _dream(Chain(one.params, one.noise, one.level, noisy, sampled))
        spread = float(np.abs(means - means.mean(axis=0)).mean())
        if float(means.mean()) > BLOB if noisy else spread < ALIKE:
            return Wrong(model, _draw(means[0]))
    return None


def _draw(pixels: Pixels) -> Markup:
    """All of it added by the model."""
    return draw_picture(np.zeros_like(pixels), pixels)


def _ink(change: Pixels) -> float:
    """Added ink of an answer, or of the mean over several."""
    return float(np.maximum(change, 0).sum() / (1 if change.ndim == 1 else len(change)))
