/**
 * The noises of the models, as train/noise.py defines them, from seeded draws.
 *
 * Comes in: pixels, a level, and one draw for each pixel. Goes out: the corrupted pixels, in the caller's buffer. The draws
 * depend on the seed alone, so that a drawing can change, or the level be moved, under one and the same noise. Levels are
 * rounded to float32 first, as numpy and JAX do, so that the same draws give the same bits there and here.
 */

/**
 * @typedef {object} Noise
 * @property {"uniform" | "normal" | null} draw what each pixel's draw is, null where none is needed
 * @property {number} minimum lowest level
 * @property {number} maximum highest level
 * @property {(pixels: Float32Array, level: number, draws: Float32Array, fed: Float32Array) => void} apply
 *   corrupts `pixels` into `fed`, all of one length
 */

/** @type {Readonly<Record<string, Readonly<Noise>>>} */
export const NOISES = Object.freeze({
  none: Object.freeze({ draw: null, minimum: 0, maximum: 0, apply: applyNone }),
  masking: Object.freeze({ draw: "uniform", minimum: 0, maximum: 1, apply: applyMasking }),
  "salt-and-pepper": Object.freeze({ draw: "uniform", minimum: 0, maximum: 1, apply: applySaltAndPepper }),
  gaussian: Object.freeze({ draw: "normal", minimum: 0, maximum: 100, apply: applyGaussian }),
});

/** @type {Noise["apply"]} */
function applyNone(pixels, _level, _draws, fed) {
  fed.set(pixels);
}

/**
 * A pixel is set to 0 with probability `level`.
 * @type {Noise["apply"]}
 */
function applyMasking(pixels, level, draws, fed) {
  const share = Math.fround(level);
  for (let k = 0; k < pixels.length; k++) fed[k] = draws[k] < share ? 0 : pixels[k];
}

/**
 * A pixel is replaced with probability `level`, by 0 or 1 with equal chances.
 * @type {Noise["apply"]}
 */
function applySaltAndPepper(pixels, level, draws, fed) {
  const share = Math.fround(level);
  for (let k = 0; k < pixels.length; k++) {
    fed[k] = draws[k] < share ? (draws[k] < share / 2 ? 0 : 1) : pixels[k];
  }
}

/**
 * A normal number of variance `level` is added; the sum may leave [0, 1], as in training.
 * @type {Noise["apply"]}
 */
function applyGaussian(pixels, level, draws, fed) {
  const deviation = Math.fround(Math.sqrt(level));
  for (let k = 0; k < pixels.length; k++) fed[k] = pixels[k] + Math.fround(deviation * draws[k]);
}

/**
 * Fills `draws` with what the noise needs; does nothing for a noise that needs none.
 * @param {Readonly<Noise>} noise
 * @param {number} seed a whole number, 0 to 2^32 - 1
 * @param {number} stream a whole number, 0 to 2^32 - 1: streams of one seed are independent of each other
 * @param {Float32Array} draws one value for each pixel, overwritten
 */
export function drawNoise(noise, seed, stream, draws) {
  if (noise.draw === "uniform") drawUniforms(createGenerator(seed, stream), draws);
  if (noise.draw === "normal") drawNormals(createGenerator(seed, stream), draws);
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): small, fast, passes the known tests. Four 32-bit words, the last one a counter.
 * @param {number} seed
 * @param {number} stream
 * @returns {Uint32Array} the state, for `nextWord`
 */
export function createGenerator(seed, stream) {
  const state = new Uint32Array([seed, stream, 0x9e3779b9, 1]);
  for (let k = 0; k < 15; k++) nextWord(state);
  return state;
}

/**
 * @param {Uint32Array} state four words, advanced
 * @returns {number} the next 32 bits, a whole number
 */
export function nextWord(state) {
  const word = (state[0] + state[1] + state[3]) >>> 0;
  state[3] += 1;
  state[0] = state[1] ^ (state[1] >>> 9);
  state[1] = state[2] + (state[2] << 3);
  state[2] = ((state[2] << 21) | (state[2] >>> 11)) + word;
  return word;
}

/**
 * Uniform draws in [0, 1), 24 bits each, so that each is exact in float32 and none is rounded up to 1.
 * @param {Uint32Array} state
 * @param {Float32Array} draws
 */
export function drawUniforms(state, draws) {
  for (let k = 0; k < draws.length; k++) draws[k] = (nextWord(state) >>> 8) / 2 ** 24;
}

/**
 * Standard normal draws, two from two uniform ones (Box and Muller 1958).
 * @param {Uint32Array} state
 * @param {Float32Array} draws
 */
export function drawNormals(state, draws) {
  for (let k = 0; k < draws.length; k += 2) {
    const radius = Math.sqrt(-2 * Math.log((nextWord(state) + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * nextWord(state)) / 2 ** 32;
    draws[k] = radius * Math.cos(angle);
    if (k + 1 < draws.length) draws[k + 1] = radius * Math.sin(angle);
  }
}
