/**
 * Training in plain JavaScript, where WebAssembly or its SIMD is absent: the same numbers to 1e-5, at a tenth of the speed.
 *
 * Image by image: encode, decode, and back; the gradient is summed up over the batch, and Adam follows it.
 */

import { nextWord } from "draw/draws";
import { LANES } from "learn/random";

/** @import { Net, Params, Shape } from "learn/net" */

/** @implements {Net} */
export class PlainNet {
  #shape;
  #weight;
  #hiddenBias;
  #visibleBias;
  #code;
  #error;
  #back;
  #count = 0;
  #state = new Uint32Array(4);

  /** @param {Shape} shape */
  constructor(shape) {
    const { visible, hidden, batch, draws } = shape;
    this.#shape = shape;
    const rows = (/** @type {number} */ length) => Array.from({ length: batch }, () => new Float32Array(length));
    this.clean = rows(visible);
    this.fed = rows(visible);
    this.draws = new Float32Array(draws);
    this.random = new Uint32Array(4 * LANES);
    this.#code = rows(hidden);
    this.#error = rows(visible);
    this.#back = new Float32Array(hidden);
    this.#weight = new Learned(visible * hidden);
    this.#hiddenBias = new Learned(hidden);
    this.#visibleBias = new Learned(visible);
  }

  /** @param {Params} params */
  setParams({ weight, hiddenBias, visibleBias }) {
    this.#weight.set(weight);
    this.#hiddenBias.set(hiddenBias);
    this.#visibleBias.set(visibleBias);
  }

  /** @param {Params} params */
  copyParams({ weight, hiddenBias, visibleBias }) {
    weight.set(this.#weight.values);
    hiddenBias.set(this.#hiddenBias.values);
    visibleBias.set(this.#visibleBias.values);
  }

  /**
   * @param {"uniform" | "normal"} kind
   * @param {number} count
   */
  draw(kind, count) {
    const { draws } = this;
    if (kind === "uniform") {
      for (let k = 0; k < count; k++) draws[k] = (this.#next(k % LANES) >>> 8) / 2 ** 24;
      return;
    }
    for (let k = 0; k < count; k += 2 * LANES) this.#drawNormals(k);
  }

  /**
   * Four draws with the cosine, then four with the sine (Box and Muller 1958).
   * @param {number} from
   */
  #drawNormals(from) {
    const { draws } = this;
    for (let lane = 0; lane < LANES; lane++) {
      const radius = Math.sqrt(-2 * Math.log(Math.max(this.#next(lane), 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * this.#next(lane)) / 2 ** 32;
      // What lies beyond the last draw is not kept.
      draws[from + lane] = radius * Math.cos(angle);
      draws[from + LANES + lane] = radius * Math.sin(angle);
    }
  }

  /** @param {number} lane @returns {number} the next 32 bits of one generator */
  #next(lane) {
    for (let k = 0; k < 4; k++) this.#state[k] = this.random[LANES * k + lane];
    const word = nextWord(this.#state);
    for (let k = 0; k < 4; k++) this.random[LANES * k + lane] = this.#state[k];
    return word;
  }

  /** @param {number} count */
  forward(count) {
    this.#count = count;
    let loss = 0;
    for (let image = 0; image < count; image++) {
      this.#encode(this.fed[image], this.#code[image]);
      loss += this.#compare(this.clean[image], this.#code[image], this.#error[image]);
    }
    return loss;
  }

  /**
   * @param {Float32Array} fed
   * @param {Float32Array} code overwritten
   */
  #encode(fed, code) {
    const { values } = this.#weight;
    const { visible, hidden } = this.#shape;
    code.set(this.#hiddenBias.values);
    for (let pixel = 0; pixel < visible; pixel++) {
      const value = fed[pixel];
      if (value !== 0) addRow(code, 0, value, values, pixel * hidden, hidden);
    }
    for (let unit = 0; unit < hidden; unit++) code[unit] = 1 / (1 + Math.exp(-code[unit]));
  }

  /**
   * @param {Float32Array} clean
   * @param {Float32Array} code
   * @param {Float32Array} error overwritten: of the logits, for the mean loss of the batch
   * @returns {number} the loss
   */
  #compare(clean, code, error) {
    const { values } = this.#weight;
    const { visible, hidden } = this.#shape;
    let loss = 0;
    for (let pixel = 0; pixel < visible; pixel++) {
      const logit = this.#visibleBias.values[pixel] + dotRow(code, values, pixel * hidden, hidden);
      loss += Math.max(logit, 0) - logit * clean[pixel] + Math.log1p(Math.exp(-Math.abs(logit)));
      error[pixel] = (1 / (1 + Math.exp(-logit)) - clean[pixel]) / this.#count;
    }
    return loss;
  }

  /**
   * @param {number} rate
   * @param {number} epsilon
   * @param {number} b1
   * @param {number} b2
   */
  learn(rate, epsilon, b1, b2) {
    const { visible, hidden } = this.#shape;
    for (let image = 0; image < this.#count; image++) {
      const error = this.#error[image];
      const code = this.#code[image];
      this.#goBack(error, code);
      addRow(this.#hiddenBias.gradient, 0, 1, this.#back, 0, hidden);
      addRow(this.#visibleBias.gradient, 0, 1, error, 0, visible);
      const { gradient } = this.#weight;
      for (let pixel = 0; pixel < visible; pixel++) {
        const at = pixel * hidden;
        const value = this.fed[image][pixel];
        addRow(gradient, at, error[pixel], code, 0, hidden);
        if (value !== 0) addRow(gradient, at, value, this.#back, 0, hidden);
      }
    }
    for (const one of [this.#weight, this.#hiddenBias, this.#visibleBias]) one.follow(rate, epsilon, b1, b2);
  }

  /**
   * The gradient of the code before its sigmoid, for one image.
   * @param {Float32Array} error
   * @param {Float32Array} code
   */
  #goBack(error, code) {
    const { visible, hidden } = this.#shape;
    const back = this.#back.fill(0);
    for (let pixel = 0; pixel < visible; pixel++) {
      addRow(back, 0, error[pixel], this.#weight.values, pixel * hidden, hidden);
    }
    for (let unit = 0; unit < hidden; unit++) back[unit] *= code[unit] * (1 - code[unit]);
  }
}

/** Parameters, their gradient, and what Adam knows of it. */
class Learned {
  /** @param {number} length */
  constructor(length) {
    this.values = new Float32Array(length);
    this.gradient = new Float32Array(length);
    this.mean = new Float32Array(length);
    this.square = new Float32Array(length);
  }

  /** @param {Float32Array} values */
  set(values) {
    this.values.set(values);
    this.mean.fill(0);
    this.square.fill(0);
  }

  /**
   * A step of Adam; the gradient begins anew.
   * @param {number} rate
   * @param {number} epsilon
   * @param {number} b1
   * @param {number} b2
   */
  follow(rate, epsilon, b1, b2) {
    const { values, gradient, mean, square } = this;
    for (let k = 0; k < values.length; k++) {
      const slope = gradient[k];
      mean[k] = b1 * mean[k] + (1 - b1) * slope;
      square[k] = b2 * square[k] + (1 - b2) * slope * slope;
      values[k] -= (rate * mean[k]) / (Math.sqrt(square[k]) + epsilon);
    }
    gradient.fill(0);
  }
}

/**
 * sums += factor * row
 * @param {Float32Array} sums
 * @param {number} to where they begin
 * @param {number} factor
 * @param {Float32Array} rows
 * @param {number} from where the row begins
 * @param {number} length
 */
function addRow(sums, to, factor, rows, from, length) {
  for (let k = 0; k < length; k++) sums[to + k] += factor * rows[from + k];
}

/**
 * @param {Float32Array} values
 * @param {Float32Array} rows
 * @param {number} from where the row begins
 * @param {number} length
 */
function dotRow(values, rows, from, length) {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += values[k] * rows[from + k];
  return sum;
}
