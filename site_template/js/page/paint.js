/**
 * Values to colours: canvases only show, the numbers stay in arrays.
 *
 * Ink has the page's ink colour and paper its paper's, on the drawing and on every answer alike. Differences and filters
 * have a scale of their own: blue under zero, orange above.
 */

import { readColours } from "page/picture";

const STEPS = 256;

/**
 * Colours as canvases take them, one 32-bit number each, from the page's style.
 * @typedef {object} Palette
 * @property {Uint32Array} grey from 0 to 1
 * @property {Uint32Array} signed from -1 to 1
 */

/** @returns {Palette} */
export function createPalette() {
  const palette = { grey: new Uint32Array(STEPS), signed: new Uint32Array(2 * STEPS) };
  fillPalette(palette);
  return palette;
}

/**
 * Reads the colours anew, as when the page turns dark.
 * @param {Palette} palette
 */
export function fillPalette({ grey, signed }) {
  const [paper, ink, warm, cool] = readColours(["--pixel-paper", "--pixel-ink", "--warm", "--cool"]);
  for (let k = 0; k < grey.length; k++) grey[k] = mix(paper, ink, k / (grey.length - 1));
  for (let k = 0; k < signed.length; k++) {
    const value = (2 * k) / (signed.length - 1) - 1;
    signed[k] = mix(paper, value < 0 ? cool : warm, Math.abs(value));
  }
}

/**
 * @param {Float32Array} values in [0, 1]; what is beyond is shown as the end it is beyond
 * @param {Palette} palette
 * @param {Uint32Array} colours one for each value, overwritten
 * @param {number} [at] index of the first colour that is written
 */
export function paintGrey(values, { grey }, colours, at = 0) {
  for (let k = 0; k < values.length; k++) {
    const value = values[k];
    colours[at + k] = grey[value <= 0 ? 0 : value >= 1 ? STEPS - 1 : Math.round(value * (STEPS - 1))];
  }
}

/**
 * @param {Float32Array} values
 * @param {number} scale the value that has the full colour
 * @param {Palette} palette
 * @param {Uint32Array} colours
 * @param {number} [at]
 */
export function paintSigned(values, scale, { signed }, colours, at = 0) {
  const last = signed.length - 1;
  for (let k = 0; k < values.length; k++) {
    const share = (values[k] / scale + 1) / 2;
    colours[at + k] = signed[share <= 0 ? 0 : share >= 1 ? last : Math.round(share * last)];
  }
}

/**
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share
 * @returns {number} RGBA in the order of the bytes of an ImageData on this machine
 */
function mix(from, to, share) {
  const bytes = new Uint8Array([0, 1, 2].map((k) => Math.round(from[k] + share * (to[k] - from[k]))).concat(255));
  return new Uint32Array(bytes.buffer)[0];
}
