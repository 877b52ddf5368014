/** What every engine offers: `kernel` in WebAssembly, `plain` in JavaScript. */

/** @import { Weights } from "network/weights" */

/** The engines, fastest first. */
export const ENGINES = /** @type {const} */ (["wasm-relaxed", "wasm-simd", "plain"]);

/** @typedef {(typeof ENGINES)[number]} Engine */

/**
 * Many states of one model, answered together. Its arrays are asked for anew in every frame: more memory makes new ones.
 * @typedef {object} States
 * @property {number} count
 * @property {readonly Float32Array[]} fed `visible` values for each state, the caller's
 * @property {readonly Float32Array[]} code `hidden` values for each
 * @property {readonly Float32Array[]} reconstruction `visible` values for each
 * @property {Float32Array} held 0 for a pixel that is asked for; what is reconstructed of others says nothing
 * @property {() => void} encode fills the codes from what is fed
 * @property {() => void} decode fills the reconstructions from the codes
 * @property {() => void} close gives the memory back; before the model is unloaded
 */

/**
 * @typedef {object} Kernel
 * @property {Engine} engine
 * @property {(weights: Weights) => number} load copies the weights, gives the model's handle; earlier views are void
 * @property {(handle: number, weights: Weights) => void} replace puts others of the same shape in their place, and computes
 *   the code anew; views, units that are off and fed pixels stay
 * @property {(handle: number) => void} unload
 * @property {(handle: number, pixels: Float32Array) => void} encode fills the code from `visible` pixels
 * @property {(handle: number, pixels: Float32Array) => void} update as `encode`, at the cost of the changed pixels alone
 * @property {(handle: number) => void} decode fills the reconstruction from the code
 * @property {(handle: number) => Float32Array} code `hidden` values in [0, 1]; may be written before `decode`
 * @property {(handle: number) => Float32Array} reconstruction `visible` values in [0, 1]
 * @property {(handle: number, unit: number, on: boolean) => void} setUnit a unit that is off has the code 0; all begin on
 * @property {(handle: number, count: number) => Promise<States>} states of a model, all 0
 */
