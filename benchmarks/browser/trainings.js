/**
 * Training, by every contender on the same batches, in turns, so that what slows the machine slows all alike.
 *
 * `window.trainings()` gives for each noise the seconds of every step, by contender and round, and the losses of the first
 * and last steps; and for every round the peak: what a loop of multiply-adds of four float32 numbers reaches.
 */

import { Digits } from "draw/digits";
import { VISIBLE } from "./inputs.js";
import { BATCH, TRAINERS } from "./trainers.js";

/** @import { Contender, Kind } from "./trainers.js" */

const ROUNDS = 7;
const TURN = 150; // milliseconds, or one step where that takes longer
const WARM = 3; // steps before all that is counted
const BATCHES = 20;
const PEAK = 2_000_000; // turns of the loop
const FLOATS = 96; // operations in each

async function readBatches() {
  const grammar = await (await fetch("../../site_template/digits.json")).json();
  const digits = new Digits(grammar, 0);
  return Array.from({ length: BATCHES }, (_, batch) => {
    const images = new Uint8Array(BATCH * VISIBLE);
    for (let k = 0; k < BATCH; k++) digits.draw(batch * BATCH + k, images.subarray(k * VISIBLE, (k + 1) * VISIBLE));
    return images;
  });
}

/** @returns {Promise<() => number>} floating-point operations a second */
async function makePeak() {
  const bytes = await (await fetch("../../site_template/kernel/train-relaxed.wasm")).arrayBuffer();
  const { instance } = await WebAssembly.instantiate(bytes);
  const peak = /** @type {(turns: number) => number} */ (instance.exports.peak);
  return () => {
    const start = performance.now();
    peak(PEAK);
    return (PEAK * FLOATS * 1000) / (performance.now() - start);
  };
}

/**
 * @param {Kind} kind
 * @param {Uint8Array[]} batches
 * @param {() => number} peak
 */
async function race(kind, batches, peak) {
  /** @type {Record<string, {contender: Contender, done: number, first: number, last: number, seconds: number[]}>} */
  const all = {};
  for (const [name, make] of Object.entries(TRAINERS)) {
    all[name] = { contender: await make(kind), done: 0, first: 0, last: 0, seconds: [] };
  }
  const peaks = [];
  for (let round = -1; round < ROUNDS; round++) {
    if (round >= 0) peaks.push(peak());
    for (const one of Object.values(all)) {
      await one.contender.before();
      const start = performance.now();
      let steps = 0;
      while (round < 0 ? steps < WARM : steps < 1 || performance.now() - start < TURN) {
        one.last = one.contender.step(batches[one.done % BATCHES]);
        if (one.done === 0) one.first = one.last;
        one.done += 1;
        steps += 1;
      }
      if (round >= 0) one.seconds.push((performance.now() - start) / 1000 / steps);
    }
  }
  const entries = Object.entries(all).map(([name, { first, last, seconds }]) => [name, { first, last, seconds }]);
  return { peaks, contenders: Object.fromEntries(entries) };
}

export async function trainings() {
  const [batches, peak] = [await readBatches(), await makePeak()];
  peak();
  return { masking: await race("masking", batches, peak), gaussian: await race("gaussian", batches, peak) };
}

Object.assign(window, { trainings });
