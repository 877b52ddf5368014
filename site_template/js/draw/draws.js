/**
 * Random draws for noises, from a seed: they depend on nothing else, so that a drawing can change, or a level be moved,
 * under one and the same noise.
 */

/** @import { NoiseFacts } from "draw/noise" */

/** @typedef {Pick<NoiseFacts, "draw" | "count">} Drawn what the table says of a noise's draws */

/** Draws of one noise at a time, kept until noise or seed change. */
export class Draws {
  #values = new Float32Array(0);
  #kind = "";
  #seed = -1;

  /** @param {number} stream a number for each that shall be independent of the others */
  constructor(stream) {
    this.stream = stream;
  }

  /**
   * @param {Drawn} noise
   * @param {number} seed a whole number, 0 to 2^32 - 1
   * @returns {Float32Array} as many draws as the noise takes
   */
  of(noise, seed) {
    if (this.#values.length !== noise.count) this.#values = new Float32Array(noise.count);
    else if (noise.draw === this.#kind && seed === this.#seed) return this.#values;
    fillDraws(noise.draw, seed, this.stream, this.#values);
    this.#kind = noise.draw ?? "";
    this.#seed = seed;
    return this.#values;
  }
}

/**
 * @param {Drawn["draw"]} draw
 * @param {number} seed a whole number, 0 to 2^32 - 1
 * @param {number} stream a whole number, 0 to 2^32 - 1: streams of one seed are independent of each other
 * @param {Float32Array} draws overwritten; left alone where there is nothing to draw
 */
export function fillDraws(draw, seed, stream, draws) {
  if (draw === "uniform") drawUniforms(createGenerator(seed, stream), draws);
  if (draw === "normal") drawNormals(createGenerator(seed, stream), draws);
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
