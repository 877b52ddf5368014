"""Chains in plain numpy: what a model answers is fed to it again, as the page does (site_template/js/network/chain.js).

A step corrupts the pixels with the model's own noise, reconstructs them, draws each pixel from its answer, and puts
back what is held. Source: Bengio, Yao, Alain and Vincent, "Generalized denoising auto-encoders as generative models"
(2013), section 3; with pixels held: Goodfellow, Bengio and Courville, "Deep Learning" (2016), 20.11.

In:  params, pixels [chains, visible] in [0, 1], draws as the noise takes them.
Out: the answers of one step and the pixels after it; or the mean of the last answers of many steps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.weights.reference import reconstruct
from train.data.noise import NOISES
from train.learn.params import Params

REMEMBERED = 15  # answers that the mean is taken over, the last ones weighing most

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """A model and its own noise; without `noisy` it is not added, without `sampled` no pixel is drawn."""

    params: Params
    noise: str  # a key of NOISES
    level: float
    noisy: bool = True
    sampled: bool = True

    def run(self, start: Pixels, held: NDArray[np.bool_], steps: int, seed: int) -> Pixels:
        """The mean of the last answers of chains that start from `start` [chains, visible]; `held` [visible] stay."""
        generator = np.random.Generator(np.random.PCG64(seed))
        pixels, mean = start, np.zeros_like(start)
        for step in range(steps):
            answers = np.where(held, start, reconstruct(self.params, self._fed(pixels, generator)))
            mean = mean + (answers - mean) / min(step + 1, REMEMBERED)
            drawn = (generator.random(answers.shape) < answers).astype(np.float64)
            pixels = np.where(held, start, drawn) if self.sampled else answers
        return mean

    def _fed(self, pixels: Pixels, generator: np.random.Generator) -> Pixels:
        noise = NOISES[self.noise]
        shape = len(pixels), noise.count(pixels.shape[1])
        draws = generator.standard_normal(shape) if noise.draw == "normal" else generator.random(shape)
        if not self.noisy:
            return pixels
        fed = [
            noise.apply(one.astype(np.float32), self.level, draw.astype(np.float32))
            for one, draw in zip(pixels, draws, strict=True)
        ]
        return np.stack(fed).astype(np.float64)
