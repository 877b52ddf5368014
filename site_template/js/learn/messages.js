/** What the page and the worker that trains say to each other. */

/** @import { NoiseFacts } from "draw/noise" */
/** @import { Params } from "learn/net" */
/** @import { Recipe } from "learn/recipe" */
/** @import { Data } from "learn/supply" */
/** @import { Engine } from "network/engine" */

/** @typedef {Pick<NoiseFacts, "kind" | "draw" | "count">} NoiseRow */

/**
 * What shall be trained: one network for each noise, all from the same parameters, on the same batches.
 * @typedef {object} Plan
 * @property {number} visible pixels of an image
 * @property {Recipe} recipe
 * @property {{noise: string, level: number}[]} racers
 * @property {Params | null} params to begin with; those of the recipe's seed where there are none
 * @property {readonly NoiseRow[]} noises the table
 * @property {Data} data
 * @property {{images: Uint8Array, every: number} | null} heldOut images [count * visible] that are never learned, and after how
 *   many that are the loss on them is measured; also at the beginning
 */

/**
 * How far a network has come.
 * @typedef {object} Progress
 * @property {string} noise
 * @property {number} level
 * @property {number} loss mean of the batches since the snapshot before; of none it is no number
 * @property {number} heldOutLoss no number where it was not measured
 * @property {number} heldOutAt images seen when it was
 */

/**
 * @typedef {object} Told
 * @property {number} step
 * @property {number} imagesSeen
 * @property {number} imagesPerSecond 0 where it rests
 * @property {boolean} playing
 * @property {Engine} engine
 * @property {Progress[]} racers
 */

/** @typedef {"loss" | "worker"} Code a loss is not finite; the worker cannot go on */
/** @typedef {Record<string, string | number>} Details */

/**
 * @typedef {{type: "start", plan: Plan, engine: Engine, bytes: ArrayBuffer | null}
 *   | {type: "play" | "pause" | "step"}
 *   | {type: "noise", racer: number, noise: string, level: number}
 *   | {type: "rate", learningRate: number}
 *   | {type: "buffer", buffer: ArrayBuffer}} ToWorker
 */

/**
 * @typedef {{type: "snapshot", told: Told, buffer: ArrayBuffer}
 *   | {type: "ended"}
 *   | {type: "failed", code: Code, details: Details}} FromWorker
 */

/**
 * A racer's part of a snapshot's buffer: its parameters, and how far each filter has moved from where it began.
 * @param {ArrayBuffer} buffer of `snapshotBytes`
 * @param {number} racer
 * @param {number} visible
 * @param {number} hidden
 * @returns {Params & {changes: Float32Array}} views
 */
export function snapshotViews(buffer, racer, visible, hidden) {
  let at = snapshotBytes(racer, visible, hidden);
  const take = (/** @type {number} */ length) => {
    const view = new Float32Array(buffer, at, length);
    at += 4 * length;
    return view;
  };
  const weight = take(visible * hidden);
  return { visible, hidden, weight, hiddenBias: take(hidden), visibleBias: take(visible), changes: take(hidden) };
}

/**
 * @param {number} racers
 * @param {number} visible
 * @param {number} hidden
 */
export function snapshotBytes(racers, visible, hidden) {
  return 4 * racers * (visible * hidden + 2 * hidden + visible);
}
