/**
 * The random numbers of a training, from the recipe's seed. Those of the noise come from four generators at once, whose words
 * take turns.
 */

import { createGenerator } from "draw/draws";

/** Streams of a seed, independent of each other; of the last two each is four. */
export const STREAM = Object.freeze({ initial: 0, order: 1, noise: 4, heldOut: 8 });

/** Generators that take turns. */
export const LANES = 4;

/**
 * @param {number} seed a whole number, 0 to 2^32 - 1
 * @param {number} stream the first of four
 * @returns {Uint32Array} [4 words][4 generators] their states
 */
export function createGenerators(seed, stream) {
  const states = new Uint32Array(4 * LANES);
  for (let lane = 0; lane < LANES; lane++) {
    createGenerator(seed, stream + lane).forEach((word, k) => {
      states[LANES * k + lane] = word;
    });
  }
  return states;
}
