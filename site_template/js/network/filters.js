/**
 * What a unit looks for: its filter, the unit's column of the weight as an image, and which kind of pattern that is.
 */

/** @import { Weights } from "network/weights" */

/** @typedef {"blob" | "stroke" | "digit" | "none"} Pattern */

/** A pixel belongs to the pattern where the smoothed filter has so much of its peak, with the peak's sign. */
const EDGE = 0.35;
/** Parts smaller than this, in pixels, or with less of the main part's energy, are texture. */
const SMALLEST = 6;
const WEAKEST = 0.2;
/** A pattern with less of the filter's energy does not stand out. */
const FAINTEST = 0.22;
/** Grain keeps so little of its energy when it is smoothed; of numbers that have nothing to do with each other it is 1/9. */
const GRAIN = 0.27;
/** Longest sides, as shares of the image's: of a digit, of a blob at most. */
const DIGIT = 13 / 28;
const BLOB = 9 / 28;
/** From so many times as long as wide it is a stroke. */
const ELONGATED = 1.7;

/**
 * @param {Weights} weights
 * @param {number} unit
 * @param {Float32Array} filter `visible` values, overwritten
 */
export function copyFilter({ weight, visible, hidden }, unit, filter) {
  for (let pixel = 0; pixel < visible; pixel++) filter[pixel] = weight[pixel * hidden + unit];
}

/**
 * The magnitude that only 1 in 200 weights exceeds: the common end of the scale on which filters are shown, so that a few
 * large ones do not make all others pale.
 * @param {Weights} weights
 */
export function filterScale({ weight }) {
  const magnitudes = weight.map(Math.abs).sort();
  return magnitudes[Math.floor(0.995 * (magnitudes.length - 1))] || 1;
}

/**
 * Names the pattern of a filter: a small round blob, a stroke, something as large as a digit, or nothing that stands out.
 * @param {Float32Array} filter
 * @param {number} side in pixels
 * @returns {Pattern}
 */
export function classify(filter, side) {
  const smooth = blur(filter, side);
  const peak = smooth.reduce((best, value, k) => (Math.abs(value) > Math.abs(smooth[best]) ? k : best), 0);
  const parts = connectedParts(smooth, EDGE * smooth[peak], side);
  const main = parts.find((part) => part.includes(peak)) ?? [];
  const least = WEAKEST * energy(smooth, main);
  const pattern = parts
    .filter((part) => part === main || (part.length >= SMALLEST && energy(smooth, part) >= least))
    .flat();
  const pixels = [...smooth.keys()];
  const all = energy(smooth, pixels);
  if (!(energy(smooth, pattern) >= FAINTEST * all) || all < GRAIN * energy(filter, pixels)) return "none";
  const longest = longestSide(pattern, side);
  if (longest >= DIGIT * side) return "digit";
  return elongation(main, side) >= ELONGATED || longest >= BLOB * side ? "stroke" : "blob";
}

/**
 * The mean of each pixel and its eight neighbours: what an eye sees of it.
 * @param {Float32Array} filter
 * @param {number} side
 */
function blur(filter, side) {
  const smooth = new Float32Array(filter.length);
  for (let k = 0; k < filter.length; k++) {
    for (const near of neighbours(k, side)) smooth[k] += filter[near] / 9;
    smooth[k] += filter[k] / 9;
  }
  return smooth;
}

/**
 * @param {Float32Array} values
 * @param {number} edge of the sign of the peak
 * @param {number} side
 * @returns {number[][]} pixels that touch each other, by part
 */
function connectedParts(values, edge, side) {
  const inside = values.map((value) => Number(value / edge >= 1));
  const parts = [];
  for (let start = 0; start < inside.length; start++) {
    if (!inside[start]) continue;
    const part = [start];
    inside[start] = 0;
    for (let k = 0; k < part.length; k++) {
      for (const near of neighbours(part[k], side)) {
        if (inside[near]) part.push(near);
        inside[near] = 0;
      }
    }
    parts.push(part);
  }
  return parts;
}

/**
 * @param {number} k
 * @param {number} side
 * @returns {number[]} the up to eight pixels around one
 */
function neighbours(k, side) {
  const column = k % side;
  const row = Math.floor(k / side);
  const found = [];
  for (let r = Math.max(row - 1, 0); r <= Math.min(row + 1, side - 1); r++) {
    for (let c = Math.max(column - 1, 0); c <= Math.min(column + 1, side - 1); c++) {
      if (r !== row || c !== column) found.push(r * side + c);
    }
  }
  return found;
}

/**
 * @param {Float32Array} values
 * @param {number[]} pixels
 */
function energy(values, pixels) {
  return pixels.reduce((sum, k) => sum + values[k] ** 2, 0);
}

/**
 * @param {number[]} pixels
 * @param {number} side
 */
function longestSide(pixels, side) {
  const columns = pixels.map((k) => k % side);
  const rows = pixels.map((k) => Math.floor(k / side));
  return 1 + Math.max(Math.max(...columns) - Math.min(...columns), Math.max(...rows) - Math.min(...rows));
}

/**
 * Length over width, from the second moments; those of a single pixel keep it finite.
 * @param {number[]} pixels
 * @param {number} side
 */
function elongation(pixels, side) {
  const count = pixels.length;
  const meanX = pixels.reduce((sum, k) => sum + (k % side), 0) / count;
  const meanY = pixels.reduce((sum, k) => sum + Math.floor(k / side), 0) / count;
  let [xx, xy, yy] = [1 / 12, 0, 1 / 12];
  for (const k of pixels) {
    const x = (k % side) - meanX;
    const y = Math.floor(k / side) - meanY;
    xx += (x * x) / count;
    xy += (x * y) / count;
    yy += (y * y) / count;
  }
  const half = Math.hypot((xx - yy) / 2, xy);
  const middle = (xx + yy) / 2;
  return Math.sqrt((middle + half) / (middle - half));
}
