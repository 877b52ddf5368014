/**
 * The same weights and the same inputs for every contender: the trained models of this repository, and strokes from a
 * seed.
 *
 * @import { Weights } from "network/weights"
 */

import { parseWeights } from "network/weights";

export const SIDE = 28;
export const VISIBLE = SIDE * SIDE;
export const HIDDEN = 500;
export const MODELS = [
  "none",
  "masking-25",
  "masking-50",
  "masking-80",
  "salt-and-pepper-25",
  "salt-and-pepper-50",
  "salt-and-pepper-75",
  "gaussian-025",
  "gaussian-050",
  "gaussian-075",
  "gaussian-100",
];

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * Uniform numbers in [0, 1) (Lehmer's generator).
 * @param {number} seed
 */
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/**
 * @param {string} name of a model
 * @returns {Promise<Weights>}
 */
export async function readWeights(name) {
  const file = `${name}.safetensors`;
  return parseWeights(await (await fetch(`../../weights/${file}`)).arrayBuffer(), file);
}

/**
 * Images of a pen that moves: each differs from the one before in one pixel.
 * @param {number} count
 */
export function strokeImages(count) {
  const pixels = new Float32Array(VISIBLE);
  const random = makeRandom(7);
  const images = [];
  for (let k = 0; k < count; k++) {
    const angle = (2 * Math.PI * k) / count;
    const x = Math.round(14 + 8 * Math.cos(angle) + random());
    const y = Math.round(14 + 9 * Math.sin(2 * angle) + random());
    const at = 28 * y + x;
    pixels[at] = pixels[at] > 0.5 ? 0.25 * random() : 0.6 + 0.4 * random();
    images.push(pixels.slice());
  }
  return images;
}

/**
 * The answer in float64.
 * @param {Weights} weights
 * @param {Float32Array} pixels
 */
export function exact({ weight, hiddenBias, visibleBias }, pixels) {
  const code = Float64Array.from(hiddenBias);
  for (let k = 0; k < VISIBLE; k++) {
    for (let unit = 0; unit < HIDDEN; unit++) code[unit] += pixels[k] * weight[k * HIDDEN + unit];
  }
  for (let unit = 0; unit < HIDDEN; unit++) code[unit] = 1 / (1 + Math.exp(-code[unit]));
  const answer = Float64Array.from(visibleBias);
  for (let k = 0; k < VISIBLE; k++) {
    for (let unit = 0; unit < HIDDEN; unit++) answer[k] += code[unit] * weight[k * HIDDEN + unit];
    answer[k] = 1 / (1 + Math.exp(-answer[k]));
  }
  return answer;
}
