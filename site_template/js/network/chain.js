/**
 * Chains: what a model answers is fed to it again. A step corrupts the pixels with the model's own noise, reconstructs them,
 * draws each pixel from its answer, and puts back what is held.
 *
 * Without what is held: Bengio, Yao, Alain and Vincent, "Generalized denoising auto-encoders as generative models" (2013),
 * section 3. With it: Goodfellow, Bengio and Courville, "Deep Learning" (2016), 20.11.
 */

import { createGenerator, drawUniforms } from "draw/draws";
import { fillNormals } from "draw/ziggurat";

/** @import { Noise } from "draw/noise" */
/** @import { States } from "network/engine" */

/** Answers that the mean is taken over, the last ones weighing most. */
const REMEMBERED = 15;

/** @typedef {(kind: "uniform" | "normal", values: Float32Array) => void} Fill writes the next draws */

/**
 * @param {number} seed a whole number, 0 to 2^32 - 1
 * @param {number} stream
 * @returns {Fill} draws without end, the same at every call of this
 */
export function drawsFrom(seed, stream) {
  const generator = createGenerator(seed, stream);
  return (kind, values) => (kind === "normal" ? fillNormals : drawUniforms)(generator, values);
}

/** Many chains of one model, which share all but their draws. */
export class Chains {
  /** Taken so far. */
  steps = 0;
  /** Pixels of each: 0 or 1 where they are sampled, else the answers. @type {readonly Float32Array[]} */
  pixels;
  /** Of each, the mean of its last answers. @type {readonly Float32Array[]} */
  means;
  #states;
  #noise;
  #level;
  #fill;
  #noises;
  #draws;
  #ink;

  /**
   * @param {States} states of the model
   * @param {Noise} noise the model's own
   * @param {number} level
   * @param {Fill} fill
   */
  constructor(states, noise, level, fill) {
    const { length } = states.held;
    /** @type {() => Float32Array[]} */
    const each = () => Array.from({ length: states.count }, () => new Float32Array(length));
    this.pixels = each();
    this.means = each();
    this.#states = states;
    this.#noise = noise;
    this.#level = level;
    this.#fill = fill;
    this.#noises = new Float32Array(noise.count);
    this.#draws = new Float32Array(length);
    this.#ink = new Float32Array(length);
  }

  /**
   * Begins anew, every chain from the same pixels.
   * @param {Float32Array} start
   * @param {Float32Array | null} held 1 for each pixel that stays what it is at the start; null where none does
   */
  begin(start, held) {
    this.steps = 0;
    this.#ink.set(start);
    if (held) this.#states.held.set(held);
    else this.#states.held.fill(0);
    for (const pixels of this.pixels) pixels.set(start);
    for (const mean of this.means) mean.set(start);
  }

  /** Begins anew from pixels that are paper or ink with equal chances, and holds none. */
  beginFromNoise() {
    this.steps = 0;
    this.#states.held.fill(0);
    for (const [k, pixels] of this.pixels.entries()) {
      this.#fill("uniform", pixels);
      for (let at = 0; at < pixels.length; at++) pixels[at] = pixels[at] < 0.5 ? 0 : 1;
      this.means[k].set(pixels);
    }
  }

  /**
   * @param {boolean} noisy whether the noise is added first
   * @param {boolean} sampled whether pixels are drawn from the answers, in place of these themselves
   */
  step(noisy, sampled) {
    this.#corrupt(noisy);
    this.#states.encode();
    this.#states.decode();
    const { held, reconstruction } = this.#states;
    const share = 1 / Math.min(this.steps + 1, REMEMBERED);
    for (let k = 0; k < this.pixels.length; k++) {
      const answer = reconstruction[k];
      const pixels = this.pixels[k];
      const mean = this.means[k];
      if (sampled) this.#fill("uniform", this.#draws);
      for (let at = 0; at < pixels.length; at++) {
        const value = held[at] !== 0 ? this.#ink[at] : answer[at];
        pixels[at] = sampled && held[at] === 0 ? Number(this.#draws[at] < value) : value;
        mean[at] += share * (value - mean[at]);
      }
    }
    this.steps += 1;
  }

  /** @param {boolean} noisy */
  #corrupt(noisy) {
    const { fed } = this.#states;
    const { draw, apply } = this.#noise;
    for (let k = 0; k < this.pixels.length; k++) {
      if (noisy && draw) {
        this.#fill(draw, this.#noises);
        apply(this.pixels[k], this.#level, this.#noises, fed[k]);
      } else {
        fed[k].set(this.pixels[k]);
      }
    }
  }

  /** @param {Fill} fill draws from now on */
  reseed(fill) {
    this.#fill = fill;
  }

  /** 1 for each pixel that is held. */
  get held() {
    return this.#states.held;
  }

  /** @returns {number} ink of a chain, in pixels full of it: the mean over all chains */
  ink() {
    let sum = 0;
    for (const pixels of this.pixels) for (let at = 0; at < pixels.length; at++) sum += pixels[at];
    return sum / this.pixels.length;
  }

  /** Gives back what it took of the kernel's memory. */
  close() {
    this.#states.close();
  }
}
