/** How far an answer is from what it should be: the twin of `cross_entropy` in export/weights/reference.py. */

/** @import { Model } from "network/model" */

/** So near to 0 or 1 a float32 has lost what the logarithm needs. */
const EDGE = 1e-5;

/**
 * Cross-entropy of a model's present reconstruction against pixels, summed over them (Vincent et al. 2010, equation 4). Where
 * the reconstruction is too near to 0 or 1 it is taken from the logit, as in training.
 * @param {Model} model
 * @param {Float32Array} pixels
 * @returns {number} nats
 */
export function crossEntropy({ kernel, handle, weights }, pixels) {
  const reconstruction = kernel.reconstruction(handle);
  const code = kernel.code(handle);
  const { weight, visibleBias, hidden } = weights;
  let sum = 0;
  for (let k = 0; k < pixels.length; k++) {
    const x = pixels[k];
    const z = reconstruction[k];
    if ((z < EDGE && x > 0) || (z > 1 - EDGE && x < 1)) {
      let logit = visibleBias[k];
      for (let unit = 0; unit < hidden; unit++) logit += code[unit] * weight[k * hidden + unit];
      sum += Math.max(logit, 0) - logit * x + Math.log1p(Math.exp(-Math.abs(logit)));
    } else {
      // Each term alone: where x is 1 and z is, too, 0 times an infinite logarithm would be no number.
      if (x > 0) sum -= x * Math.log(z);
      if (x < 1) sum -= (1 - x) * Math.log1p(-z);
    }
  }
  return sum;
}
