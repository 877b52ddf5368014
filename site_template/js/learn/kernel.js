/**
 * Training in WebAssembly, from kernel/train.c, where the arrays and their order are described. Every network has an instance,
 * and so a memory, of its own, which never grows: views of it stay as they are, and it goes when the network is dropped.
 */

import { PlainNet } from "learn/plain_net";
import { LANES } from "learn/random";

/** @import { Engine } from "network/engine" */
/** @import { Net, Params, Shape, TrainingKernel } from "learn/net" */

/**
 * @typedef {object} Exports of train.c
 * @property {WebAssembly.Memory} memory
 * @property {(net: number, visible: number, hidden: number, batch: number, draws: number) => number} place
 * @property {(net: number, count: number) => number} forward
 * @property {(net: number, rate: number, epsilon: number, b1: number, b2: number) => void} learn
 * @property {(net: number, count: number) => void} draw_uniform
 * @property {(net: number, count: number) => void} draw_normal
 */

/** Words of `struct Net` in train.c that are addresses. */
const WORD = Object.freeze({
  weight: 5,
  hiddenBias: 8,
  visibleBias: 11,
  clean: 14,
  fed: 15,
  random: 26,
  draws: 27,
});
const MOMENTS = 3; // the parameters, and Adam's two means beside them
const PAGE = 65536;

/**
 * @param {ArrayBuffer | null} bytes of train-relaxed.wasm or train-simd.wasm; plain JavaScript needs none
 * @param {Engine} engine
 * @returns {Promise<TrainingKernel>}
 */
export async function createTrainingKernel(bytes, engine) {
  if (!bytes) return { engine: "plain", create: (shape) => new PlainNet(shape) };
  const module = await WebAssembly.compile(bytes).catch((error) => {
    if (WebAssembly.validate(bytes)) return null; // a policy of the host's forbids it here
    throw error;
  });
  if (!module) return createTrainingKernel(null, engine);
  return { engine, create: (shape) => new WasmNet(module, shape) };
}

const up = (/** @type {number} */ count) => Math.ceil(count / 8) * 8;

/** @implements {Net} */
class WasmNet {
  #exports;
  #address;
  #shape;

  /**
   * @param {WebAssembly.Module} module
   * @param {Shape} shape
   */
  constructor(module, shape) {
    const { visible, hidden, batch, draws } = shape;
    const { exports } = new WebAssembly.Instance(module);
    this.#exports = /** @type {Exports} */ (/** @type {unknown} */ (exports));
    this.#shape = shape;
    const { memory } = this.#exports;
    this.#address = memory.buffer.byteLength;
    // The record first, then the end of all is known.
    memory.grow(1);
    const end = this.#exports.place(this.#address, visible, hidden, batch, draws);
    memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
    const rows = (/** @type {number} */ word) =>
      Array.from({ length: batch }, (_, image) => this.#floats(word, visible, image * up(visible)));
    this.clean = rows(WORD.clean);
    this.fed = rows(WORD.fed);
    this.draws = this.#floats(WORD.draws, draws);
    this.random = new Uint32Array(memory.buffer, this.#place(WORD.random), 4 * LANES);
    this.#weight = this.#floats(WORD.weight, up(visible) * up(hidden));
    this.#hiddenBias = this.#floats(WORD.hiddenBias, hidden);
    this.#visibleBias = this.#floats(WORD.visibleBias, visible);
  }
  #weight;
  #hiddenBias;
  #visibleBias;

  /** @param {Params} params */
  setParams(params) {
    const { visible, hidden } = this.#shape;
    for (let k = 0; k < MOMENTS; k++) {
      this.#floats(WORD.weight + k, up(visible) * up(hidden)).fill(0);
      this.#floats(WORD.hiddenBias + k, hidden).fill(0);
      this.#floats(WORD.visibleBias + k, visible).fill(0);
    }
    for (let unit = 0; unit < hidden; unit++) {
      const column = this.#column(unit);
      for (let pixel = 0; pixel < visible; pixel++)
        this.#weight[column + 8 * pixel] = params.weight[pixel * hidden + unit];
    }
    this.#hiddenBias.set(params.hiddenBias);
    this.#visibleBias.set(params.visibleBias);
  }

  /** @param {Params} params */
  copyParams({ weight, hiddenBias, visibleBias }) {
    const { visible, hidden } = this.#shape;
    for (let unit = 0; unit < hidden; unit++) {
      const column = this.#column(unit);
      for (let pixel = 0; pixel < visible; pixel++) weight[pixel * hidden + unit] = this.#weight[column + 8 * pixel];
    }
    hiddenBias.set(this.#hiddenBias);
    visibleBias.set(this.#visibleBias);
  }

  /**
   * @param {"uniform" | "normal"} kind
   * @param {number} count
   */
  draw(kind, count) {
    if (kind === "uniform") this.#exports.draw_uniform(this.#address, count);
    else this.#exports.draw_normal(this.#address, count);
  }

  /** @param {number} count */
  forward(count) {
    return this.#exports.forward(this.#address, count);
  }

  /**
   * @param {number} rate
   * @param {number} epsilon
   * @param {number} b1
   * @param {number} b2
   */
  learn(rate, epsilon, b1, b2) {
    this.#exports.learn(this.#address, rate, epsilon, b1, b2);
  }

  /** @param {number} unit @returns {number} where its column of the weight begins */
  #column(unit) {
    return 8 * up(this.#shape.visible) * Math.floor(unit / 8) + (unit % 8);
  }

  /** @param {number} word */
  #place(word) {
    return new Uint32Array(this.#exports.memory.buffer, this.#address)[word];
  }

  /**
   * @param {number} word
   * @param {number} length
   * @param {number} [skip] floats before
   */
  #floats(word, length, skip = 0) {
    return new Float32Array(this.#exports.memory.buffer, this.#place(word) + 4 * skip, length);
  }
}
