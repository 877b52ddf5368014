/** What every training kernel offers: `kernel` in WebAssembly, `plain_net` in JavaScript. */

/** @import { Engine } from "network/engine" */
/** @import { Weights } from "network/weights" */

/** @typedef {Pick<Weights, "weight" | "hiddenBias" | "visibleBias" | "visible" | "hidden">} Params */

/**
 * @typedef {object} Shape
 * @property {number} visible pixels of an image
 * @property {number} hidden units
 * @property {number} batch images of a step, at most
 * @property {number} draws that the noise of one image takes, at most
 */

/**
 * One network that learns; the mathematics is that of train/learn/. The caller writes `clean` and `fed`, a row for each
 * image, calls `forward`, and then `learn`.
 * @typedef {object} Net
 * @property {readonly Float32Array[]} clean [batch][visible] pixels in [0, 1], what is to be restored
 * @property {readonly Float32Array[]} fed [batch][visible] the same, corrupted
 * @property {Float32Array} draws those of one image
 * @property {(params: Params) => void} setParams copies them; what Adam knew is forgotten
 * @property {(params: Params) => void} copyParams writes them into arrays of the caller's
 * @property {Uint32Array} random the states of the generators that draw, as `createGenerators` in random.js gives them
 * @property {(kind: "uniform" | "normal", count: number) => void} draw fills `draws` with the next ones, at least so many
 * @property {(count: number) => number} forward the summed loss of the first images, in nats
 * @property {(rate: number, epsilon: number, b1: number, b2: number) => void} learn a step of Adam down the gradient of the
 *   mean loss of what `forward` was given; the corrections of its means are in `rate` and `epsilon`
 */

/**
 * @typedef {object} TrainingKernel
 * @property {Engine} engine
 * @property {(shape: Shape) => Net} create
 */

export {};
