/** The parameters before the first step: the twin of `initial_params` in train/learn/model.py. */

import { createGenerator, drawNormals } from "draw/draws";
import { STREAM } from "learn/random";

/** @import { Params } from "learn/net" */

/**
 * The weight drawn from N(0, 1 / visible), the biases 0.
 * @param {number} visible
 * @param {number} hidden
 * @param {number} seed
 * @returns {Params}
 */
export function initialParams(visible, hidden, seed) {
  const weight = new Float32Array(visible * hidden);
  drawNormals(createGenerator(seed, STREAM.initial), weight);
  for (let k = 0; k < weight.length; k++) weight[k] /= Math.sqrt(visible);
  return { weight, hiddenBias: new Float32Array(hidden), visibleBias: new Float32Array(visible), visible, hidden };
}
