/**
 * What each noise does to an image, given its draws: the twins of the functions in train/data/noise.py, whose table says
 * everything else of a noise and comes with the site's data.
 *
 * Comes in: pixels in [0, 1], row-major, a level, and as many draws as the table says. Goes out: the corrupted pixels, in the
 * caller's buffer. Levels are rounded to float32 first, as numpy and JAX do, so that the same draws give the same bits here
 * and there.
 */

/** @typedef {(pixels: Float32Array, level: number, draws: Float32Array, fed: Float32Array) => void} Apply */

/**
 * A row of Python's table.
 * @typedef {object} NoiseFacts
 * @property {string} kind
 * @property {"uniform" | "normal" | null} draw every draw is from U[0, 1), from N(0, 1), or there is none
 * @property {number} count draws for one image
 * @property {number} minimum lowest level
 * @property {number} maximum highest level
 * @property {number} slider the highest level that a slider offers of itself
 * @property {{name: string, short: string, level: string}} words in the page's language; `level` is a pattern
 */

/** @typedef {NoiseFacts & {apply: Apply}} Noise */
/** @typedef {Readonly<Record<string, Noise>>} Noises by kind, in the order of the table */

/** The build reads the names in it: there must be a function for each kind of the table. */
export const APPLY = Object.freeze({
  none: applyNone,
  masking: applyMasking,
  "salt-and-pepper": applySaltAndPepper,
  gaussian: applyGaussian,
});

/**
 * @template {{kind: string}} Facts
 * @param {readonly Facts[]} facts
 * @returns {Readonly<Record<string, Facts & {apply: Apply}>>} by kind
 */
export function makeNoises(facts) {
  /** @type {Readonly<Record<string, Apply>>} */
  const functions = APPLY;
  return Object.fromEntries(facts.map((one) => [one.kind, { ...one, apply: functions[one.kind] }]));
}

/** @type {Apply} */
function applyNone(pixels, _level, _draws, fed) {
  fed.set(pixels);
}

/**
 * A pixel is set to 0 with probability `level`.
 * @type {Apply}
 */
function applyMasking(pixels, level, draws, fed) {
  const share = Math.fround(level);
  for (let k = 0; k < pixels.length; k++) fed[k] = draws[k] < share ? 0 : pixels[k];
}

/**
 * A pixel is replaced with probability `level`, by 0 or 1 with equal chances.
 * @type {Apply}
 */
function applySaltAndPepper(pixels, level, draws, fed) {
  const share = Math.fround(level);
  for (let k = 0; k < pixels.length; k++) {
    fed[k] = draws[k] < share ? (draws[k] < share / 2 ? 0 : 1) : pixels[k];
  }
}

/**
 * A normal number of variance `level` is added; the sum may leave [0, 1], as in training.
 * @type {Apply}
 */
function applyGaussian(pixels, level, draws, fed) {
  const deviation = Math.fround(Math.sqrt(level));
  for (let k = 0; k < pixels.length; k++) fed[k] = pixels[k] + Math.fround(deviation * draws[k]);
}
