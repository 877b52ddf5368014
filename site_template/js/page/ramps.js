/** The colours of a chain's picture: from paper to ink where it is held, from paper to the colour of added ink elsewhere. */

import { readColours } from "page/picture";

/** One 32-bit number for each shade, as canvases take them. @typedef {{held: Uint32Array, drawn: Uint32Array}} Ramps */

const SHADES = 256;

/** @returns {Ramps} */
export function createRamps() {
  const ramps = { held: new Uint32Array(SHADES), drawn: new Uint32Array(SHADES) };
  fillRamps(ramps);
  return ramps;
}

/** @param {Ramps} ramps read anew from the page's style */
export function fillRamps({ held, drawn }) {
  const [paper, ink, warm] = readColours(["--pixel-paper", "--pixel-ink", "--warm"]);
  const bytes = new Uint8Array(4);
  const word = new Uint32Array(bytes.buffer);
  for (let shade = 0; shade < SHADES; shade++) {
    const share = shade / (SHADES - 1);
    for (const [ramp, end] of /** @type {[Uint32Array, number[]][]} */ ([
      [held, ink],
      [drawn, warm],
    ])) {
      bytes.set([0, 1, 2].map((k) => Math.round(paper[k] + share * (end[k] - paper[k]))).concat(255));
      ramp[shade] = word[0];
    }
  }
}

/**
 * @param {Float32Array} values [side * side], in [0, 1]
 * @param {Float32Array} isHeld 1 where a pixel is held
 * @param {Ramps} ramps
 * @param {Uint32Array} colours of the whole picture
 * @param {number} corner where in it the first pixel is
 * @param {number} width of the picture
 * @param {number} side
 */
export function paintChain(values, isHeld, { held, drawn }, colours, corner, width, side) {
  for (let k = 0; k < values.length; k++) {
    const shade = Math.round(values[k] * (SHADES - 1));
    colours[corner + width * Math.floor(k / side) + (k % side)] = isHeld[k] !== 0 ? held[shade] : drawn[shade];
  }
}
