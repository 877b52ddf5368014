/**
 * Which filters hold together: pixels beside or below each other have like weights, as along a stroke, and unlike grain.
 *
 * Comes in: weights. Goes out: how many of their filters do.
 */

/** @import { Weights } from "network/weights" */

/** @typedef {Pick<Weights, "weight" | "visible" | "hidden">} Filters */

/** Neighbours of a filter that holds together correlate above this. */
const ALIKE = 0.5;

/**
 * @param {Filters} filters
 * @param {number} side pixels along one edge
 * @returns {number} filters whose neighbouring pixels correlate (Pearson) above ALIKE
 */
export function countStrokes(filters, side) {
  let count = 0;
  for (const correlation of correlateNeighbours(filters, side)) if (correlation > ALIKE) count++;
  return count;
}

/**
 * @param {Filters} filters
 * @param {number} side
 * @returns {Float64Array} [hidden] the correlation of each pixel with its right and its lower neighbour
 */
export function correlateNeighbours({ weight, hidden }, side) {
  const sums = Array.from({ length: 5 }, () => new Float64Array(hidden));
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const pixel = row * side + column;
      if (column + 1 < side) addPairs(weight, pixel * hidden, (pixel + 1) * hidden, sums);
      if (row + 1 < side) addPairs(weight, pixel * hidden, (pixel + side) * hidden, sums);
    }
  }
  const pairs = 2 * side * (side - 1);
  const [a, b, aa, bb, ab] = sums;
  return ab.map((sum, unit) => {
    const covariance = sum - (a[unit] * b[unit]) / pairs;
    const variances = (aa[unit] - a[unit] ** 2 / pairs) * (bb[unit] - b[unit] ** 2 / pairs);
    return variances > 0 ? covariance / Math.sqrt(variances) : 0;
  });
}

/**
 * Adds a pair of pixels to the sums of every unit.
 * @param {Float32Array} weight
 * @param {number} first index of one pixel's row
 * @param {number} second of the other's
 * @param {Float64Array[]} sums
 */
function addPairs(weight, first, second, [a, b, aa, bb, ab]) {
  for (let unit = 0; unit < a.length; unit++) {
    const one = weight[first + unit];
    const other = weight[second + unit];
    a[unit] += one;
    b[unit] += other;
    aa[unit] += one * one;
    bb[unit] += other * other;
    ab[unit] += one * other;
  }
}
