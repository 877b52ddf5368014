/** Where the images of a training come from: batch after batch, without end. */

import { createGenerator, nextWord } from "draw/draws";
import { DrawnSupply } from "learn/drawn";
import { STREAM } from "learn/random";

/** @import { Grammar } from "draw/digits" */

/**
 * @typedef {object} Supply
 * @property {(batch: Uint8Array) => void} fill overwrites whole images, 0 to 255, with the next ones
 */

/** @typedef {{kind: "images", images: Uint8Array, seed: number}} GivenData images [count * visible] */
/** @typedef {{kind: "drawn", grammar: Grammar, seed: number}} DrawnData */
/** @typedef {GivenData | DrawnData} Data */

/**
 * @param {Data} data
 * @param {number} visible pixels of an image
 * @returns {Supply}
 */
export function createSupply(data, visible) {
  if (data.kind === "drawn") return new DrawnSupply(data.grammar, data.seed);
  return new ImageSupply(data.images, visible, data.seed);
}

/** Given images in passes over all of them, each pass in another order. */
export class ImageSupply {
  #images;
  #visible;
  #order;
  #generator;
  #next = 0;

  /**
   * @param {Uint8Array} images [count * visible]
   * @param {number} visible
   * @param {number} seed of the order
   */
  constructor(images, visible, seed) {
    const count = images.length / visible;
    if (count < 1 || !Number.isInteger(count)) {
      throw new RangeError(`images: expected whole ones of ${visible} pixels, got ${images.length} bytes`);
    }
    this.#images = images;
    this.#visible = visible;
    this.#order = Uint32Array.from({ length: count }, (_, k) => k);
    this.#generator = createGenerator(seed, STREAM.order);
  }

  /** @param {Uint8Array} batch */
  fill(batch) {
    for (let to = 0; to < batch.length; to += this.#visible) {
      if (this.#next === 0) this.#shuffle();
      const from = this.#order[this.#next] * this.#visible;
      for (let k = 0; k < this.#visible; k++) batch[to + k] = this.#images[from + k];
      this.#next = (this.#next + 1) % this.#order.length;
    }
  }

  /** Fisher and Yates. */
  #shuffle() {
    const order = this.#order;
    for (let k = order.length - 1; k > 0; k--) {
      const other = nextWord(this.#generator) % (k + 1);
      const kept = order[k];
      order[k] = order[other];
      order[other] = kept;
    }
  }
}
