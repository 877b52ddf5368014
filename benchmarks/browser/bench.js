/**
 * Runs every contender over the same inputs in one page, in turns, so that what slows the machine slows all alike.
 *
 * `window.bench()` gives, for one model and for eleven: microseconds for one changed pixel (median over rounds) and the
 * worst error against float64. `window.frames()` is in frames.js.
 */

/** @import { Contender } from "./contenders.js" */

import { chains } from "./chains.js";
import { CONTENDERS } from "./contenders.js";
import { frames } from "./frames.js";
import { exact, HIDDEN, MODELS, median, readWeights, strokeImages, VISIBLE } from "./inputs.js";

const ROUNDS = 101;
const BATCH_MS = 1; // so short that most batches go by without another process coming between
const WARM = 2; // events before each batch, after which the caches hold what they can
const IMAGES = strokeImages(64);

/**
 * Milliseconds for a number of events, each of which all models answer.
 * @param {Contender} contender
 * @param {number} models
 * @param {number} events
 */
async function time({ before, step }, models, events) {
  await before();
  let start = 0;
  for (let event = -WARM; event < events; event++) {
    if (event === 0) start = performance.now();
    const image = IMAGES[(event + WARM) % IMAGES.length];
    for (let model = 0; model < models; model++) {
      const answer = step(model, image);
      if (answer instanceof Promise) await answer;
    }
  }
  return performance.now() - start;
}

/**
 * @param {Record<string, Contender>} contenders
 * @param {number} models
 * @returns {Promise<Record<string, number>>} microseconds of an event
 */
async function race(contenders, models) {
  const entries = Object.entries(contenders);
  /** @type {Record<string, number>} */
  const events = {};
  for (const [name, contender] of entries) {
    await time(contender, models, 30); // warms up
    events[name] = Math.max(1, Math.ceil((BATCH_MS * 10) / (await time(contender, models, 10))));
  }
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    const turn = round % entries.length;
    for (const [name, contender] of [...entries.slice(turn), ...entries.slice(0, turn)]) {
      times[name].push((1000 * (await time(contender, models, events[name]))) / events[name]);
    }
  }
  return Object.fromEntries(entries.map(([name]) => [name, median(times[name])]));
}

/**
 * @param {Contender} contender
 * @param {Float64Array[]} answers
 */
async function worstError({ before, step }, answers) {
  await before();
  let worst = 0;
  for (const [k, answer] of answers.entries()) {
    const got = await step(0, IMAGES[8 * k]);
    for (let pixel = 0; pixel < VISIBLE; pixel++) worst = Math.max(worst, Math.abs(got[pixel] - answer[pixel]));
  }
  return worst;
}

async function bench() {
  const models = await Promise.all(MODELS.map(readWeights));
  /** @type {Record<string, Contender>} */
  const contenders = {};
  for (const [name, make] of Object.entries(CONTENDERS)) contenders[name] = await make(models);
  const answers = Array.from({ length: 8 }, (_, k) => exact(models[0], IMAGES[8 * k]));
  /** @type {Record<string, number>} */
  const error = {};
  for (const [name, contender] of Object.entries(contenders)) error[name] = await worstError(contender, answers);
  return {
    sizes: [VISIBLE, HIDDEN],
    isolated: crossOriginIsolated,
    error,
    one: await race(contenders, 1),
    eleven: await race(contenders, models.length),
  };
}

Object.assign(window, { bench, chains, frames });
