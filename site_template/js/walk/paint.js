/**
 * An answer beside what was given, in one picture: ink for what both have, one colour for what the answer adds, another for
 * what it takes away, in stripes, so that colour alone need not tell them apart. export/draw/picture.py makes the same as
 * SVG.
 */

import { readColours } from "page/picture";

/**
 * Red, green and blue, from the page's style.
 * @typedef {object} Colours
 * @property {number[]} paper
 * @property {number[]} ink
 * @property {number[]} added
 * @property {number[]} taken
 */

/** Of ink that noise took from the pad, so much is still to be seen: one draws on it. */
const GHOST = 0.45;

/** @returns {Colours} */
export function readChangeColours() {
  const [paper, ink, added, taken] = readColours(["--pixel-paper", "--pixel-ink", "--added", "--taken"]);
  return { paper, ink, added, taken };
}

/**
 * @param {Float32Array} given what is beyond [0, 1] counts as its ends
 * @param {Float32Array} answer
 * @param {Colours} colours
 * @param {number} side pixels along one edge
 * @param {Uint8ClampedArray} bytes red, green, blue and opacity, overwritten; each pixel is two high, the stripe and the rest
 */
export function paintChange(given, answer, { paper, ink, added, taken }, side, bytes) {
  for (let k = 0; k < given.length; k++) {
    const before = clamp(given[k]);
    const after = clamp(answer[k]);
    const kept = Math.min(before, after);
    const other = after > before ? added : taken;
    const at = k + side * Math.floor(k / side);
    put(bytes, at, paper, ink, kept, other, Math.max(before, after) - kept);
    put(bytes, at + side, paper, ink, kept, added, after - kept);
  }
}

/**
 * The pad: what is fed, and a trace of the ink that noise took from the drawing.
 * @param {Float32Array} drawn
 * @param {Float32Array} fed
 * @param {Colours} colours
 * @param {Uint8ClampedArray} bytes
 */
export function paintFed(drawn, fed, { paper, ink, taken }, bytes) {
  for (let k = 0; k < drawn.length; k++) {
    const value = clamp(fed[k]);
    put(bytes, k, paper, ink, value, taken, GHOST * Math.max(drawn[k] - value, 0));
  }
}

/**
 * @param {Uint8ClampedArray} bytes
 * @param {number} k
 * @param {number[]} paper
 * @param {number[]} ink
 * @param {number} share of the ink
 * @param {number[]} other
 * @param {number} more share of the other colour
 */
function put(bytes, k, paper, ink, share, other, more) {
  for (let channel = 0; channel < 3; channel++) {
    const base = paper[channel];
    bytes[4 * k + channel] = base + share * (ink[channel] - base) + more * (other[channel] - base);
  }
  bytes[4 * k + 3] = 255;
}

/** @param {number} value */
function clamp(value) {
  return Math.min(Math.max(value, 0), 1);
}
