/**
 * A supply of drawn digits for training: an image costs more to draw than to learn from, so that most of a batch was drawn
 * before.
 */

import { Digits, SIDE } from "draw/digits";
import { createGenerator, nextWord } from "draw/draws";

/** @import { Grammar } from "draw/digits" */

const LENGTH = SIDE * SIDE;
/** Images that are kept; the oldest goes for a new one. */
const KEPT = 10_000;
/** Of every batch one image in so many is new, once enough were drawn to choose from. */
const NEW = 4;
const ENOUGH = 1000;
/** The stream of what is chosen; those of the images count up from 0. */
const CHOICES = 2 ** 32 - 1;

export class DrawnSupply {
  #kept = new Uint8Array(KEPT * LENGTH);
  #drawn = 0;
  #digits;
  #choices;

  /**
   * @param {Grammar} grammar
   * @param {number} seed a whole number, 0 to 2^32 - 1
   */
  constructor(grammar, seed) {
    this.#digits = new Digits(grammar, seed);
    this.#choices = createGenerator(seed, CHOICES);
  }

  /** @param {Uint8Array} batch whole images of 784 bytes, overwritten; what is allocated are views alone */
  fill(batch) {
    const count = batch.length / LENGTH;
    const fresh = this.#drawn < ENOUGH ? count : Math.ceil(count / NEW);
    for (let k = 0; k < count; k++) {
      const at = k < fresh ? this.#draw() : nextWord(this.#choices) % Math.min(this.#drawn, KEPT);
      batch.set(this.#kept.subarray(at * LENGTH, (at + 1) * LENGTH), k * LENGTH);
    }
  }

  /** @returns {number} where the next image is kept */
  #draw() {
    const at = this.#drawn % KEPT;
    this.#digits.draw(this.#drawn++, this.#kept.subarray(at * LENGTH, (at + 1) * LENGTH));
    return at;
  }
}
