/**
 * One training: batches go in, the noise is drawn, the network learns. The mathematics is that of train/learn/training.py.
 *
 * Comes in: a kernel, the table of noises, initial parameters and a recipe; then images, 0 to 255. Goes out: losses in nats an
 * image, and the parameters when they are asked for. A step allocates nothing.
 */

import { createGenerators, STREAM } from "learn/random";
import { rateOf } from "learn/recipe";

/** @import { Apply } from "draw/noise" */
/** @import { NoiseRow } from "learn/messages" */
/** @import { Params, TrainingKernel } from "learn/net" */
/** @import { Recipe } from "learn/recipe" */

/** Adam's (Kingma and Ba 2015), as optax has it. */
const EPSILON = 1e-8;

const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** @typedef {NoiseRow & {apply: Apply}} Noise */

/**
 * @typedef {object} Settings
 * @property {TrainingKernel} kernel
 * @property {Readonly<Record<string, Noise>>} noises by kind
 * @property {Params} params the initial ones, copied
 * @property {Recipe} recipe
 * @property {string} noise a kind of noise
 * @property {number} level
 */

export class Trainer {
  /** Steps that were done. */
  steps = 0;
  #net;
  #noises;
  #recipe;
  #visible;
  /** @type {Noise} */
  #noise;
  #draws;
  #heldOut;
  #kept;

  /** @param {Settings} settings */
  constructor({ kernel, noises, params, recipe, noise, level }) {
    const { visible, hidden } = params;
    const draws = Math.max(...Object.values(noises).map(({ count }) => count));
    this.#net = kernel.create({ visible, hidden, batch: recipe.batch, draws });
    this.#net.setParams(params);
    this.#net.random.set(createGenerators(recipe.seed, STREAM.noise));
    this.#heldOut = createGenerators(recipe.seed, STREAM.heldOut);
    this.#kept = new Uint32Array(this.#heldOut.length);
    this.#noises = noises;
    this.#recipe = recipe;
    this.#visible = visible;
    this.level = level;
    this.#noise = noises[noise];
    this.#draws = this.#net.draws.subarray(0, this.#noise.count);
  }

  /** The kind of noise. */
  get noise() {
    return this.#noise.kind;
  }

  get imagesSeen() {
    return this.steps * this.#recipe.batch;
  }

  /** The rate of the next step. */
  get rate() {
    return rateOf(this.#recipe, this.steps);
  }

  /**
   * From the next step on.
   * @param {string} kind
   * @param {number} level
   */
  setNoise(kind, level) {
    this.#noise = this.#noises[kind];
    this.#draws = this.#net.draws.subarray(0, this.#noise.count);
    this.level = level;
  }

  /**
   * From the next step on; warm-up and schedule stay.
   * @param {number} learningRate
   */
  setRate(learningRate) {
    this.#recipe = { ...this.#recipe, learningRate };
  }

  /**
   * Learns from one batch; where its loss is not finite nothing is learned.
   * @param {Uint8Array} images [batch * visible]
   * @returns {number} the mean loss before the step
   */
  step(images) {
    const { batch, b1, b2 } = this.#recipe;
    this.#feed(images, 0, batch);
    const loss = this.#net.forward(batch) / batch;
    if (!Number.isFinite(loss)) return loss;
    const rate = this.rate;
    this.steps += 1;
    const mean = 1 - b1 ** this.steps;
    const square = Math.sqrt(1 - b2 ** this.steps);
    this.#net.learn((rate * square) / mean, EPSILON * square, b1, b2);
    return loss;
  }

  /**
   * The mean loss over images under the present noise, always by the same draws. Nothing is learned.
   * @param {Uint8Array} images [count * visible]
   */
  loss(images) {
    const count = images.length / this.#visible;
    const { batch } = this.#recipe;
    const net = this.#net;
    this.#kept.set(net.random);
    net.random.set(this.#heldOut);
    let sum = 0;
    for (let from = 0; from < count; from += batch) {
      const taken = Math.min(batch, count - from);
      this.#feed(images, from, taken);
      sum += net.forward(taken);
    }
    net.random.set(this.#kept);
    return sum / count;
  }

  /** @param {Params} params written over */
  copyParams(params) {
    this.#net.copyParams(params);
  }

  /**
   * @param {Uint8Array} images
   * @param {number} from the first to be fed
   * @param {number} count
   */
  #feed(images, from, count) {
    const { clean, fed } = this.#net;
    const { draw, count: drawn, apply } = this.#noise;
    for (let image = 0; image < count; image++) {
      const pixels = clean[image];
      const start = (from + image) * this.#visible;
      for (let k = 0; k < pixels.length; k++) pixels[k] = UNIT[images[start + k]];
      if (draw) this.#net.draw(draw, drawn);
      apply(pixels, this.level, this.#draws, fed[image]);
    }
  }
}
