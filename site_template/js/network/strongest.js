/** Which units make an answer: those that add most to it where there is ink. */

/** @import { Weights } from "network/weights" */

/**
 * A unit counts by its code times the sum of its weights over the input, which is what it adds to the input's own pixels
 * before the last sigmoid.
 * @param {Weights} weights
 * @param {Float32Array} code `hidden` values
 * @param {Float32Array} fed `visible` values in [0, 1]
 * @param {number} count how many units at most
 * @param {Float32Array} sums `hidden` values, overwritten with what each unit adds
 * @returns {number[]} units, the one that adds most first
 */
export function strongest({ weight, hidden }, code, fed, count, sums) {
  sums.fill(0);
  for (let pixel = 0; pixel < fed.length; pixel++) {
    if (fed[pixel] === 0) continue;
    for (let unit = 0; unit < hidden; unit++) sums[unit] += fed[pixel] * weight[pixel * hidden + unit];
  }
  for (let unit = 0; unit < hidden; unit++) sums[unit] *= code[unit];
  /** @type {number[]} */
  const best = [];
  for (let unit = 0; unit < hidden; unit++) {
    if (best.length === count && sums[unit] <= sums[best[count - 1]]) continue;
    const at = best.findIndex((other) => sums[unit] > sums[other]);
    best.splice(at < 0 ? best.length : at, 0, unit);
    best.length = Math.min(best.length, count);
  }
  return best;
}
