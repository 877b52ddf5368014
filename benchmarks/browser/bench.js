/**
 * Runs every contender over the same inputs in one page, in turns, so that what slows the machine slows all alike.
 *
 * `window.bench()` gives, for one model and for eleven: microseconds for one changed pixel (median over rounds) and the
 * worst error against float64; and for the page of 2015 and ours, milliseconds from event to painted.
 */

/** @import { Contender } from "./contenders.js" */

import { CONTENDERS } from "./contenders.js";
import { HIDDEN, VISIBLE, exact, randomWeights, strokeImages } from "./inputs.js";

const ROUNDS = 101;
const FRAMES = 120;
const BATCH_MS = 1; // so short that most batches go by without another process coming between
const WARM = 2; // events before each batch, after which the caches hold what they can
const MODELS = 11;
const IMAGES = strokeImages(64);
const STAGE = /** @type {HTMLElement} */ (document.getElementById("stage"));

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

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

/**
 * The drawing of 2015: an SVG rect for each pixel.
 * @param {number} models
 */
function svgPainter(models) {
  const rects = Array.from({ length: models }, () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", "112");
    svg.setAttribute("height", "112");
    STAGE.append(svg);
    return Array.from({ length: VISIBLE }, (_, k) => {
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const place = { x: 4 * (k % 28), y: 4 * Math.floor(k / 28), width: 4, height: 4 };
      for (const [key, value] of Object.entries(place)) rect.setAttribute(key, String(value));
      return svg.appendChild(rect);
    });
  });
  return {
    /** @type {(model: number, values: ArrayLike<number>) => void} */
    put: (model, values) => {
      for (let k = 0; k < VISIBLE; k++) {
        const grey = Math.floor(255 * values[k]);
        rects[model][k].setAttribute("fill", `rgb(${grey},${grey},${grey})`);
      }
    },
    flush: () => {},
  };
}

/**
 * One canvas for all models.
 * @param {number} models
 */
function canvasPainter(models) {
  const canvas = document.createElement("canvas");
  canvas.width = 28;
  canvas.height = 28 * models;
  STAGE.append(canvas);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  const words = new Uint32Array(image.data.buffer);
  return {
    /** @type {(model: number, values: ArrayLike<number>) => void} */
    put: (model, values) => {
      const at = VISIBLE * model;
      for (let k = 0; k < VISIBLE; k++) words[at + k] = 0xff000000 | (0x010101 * ((255 * values[k] + 0.5) | 0));
    },
    flush: () => context.putImageData(image, 0, 0),
  };
}

/**
 * The time from an event to the end of the page's painting of it: a message posted in the frame comes after its painting.
 * @param {Contender} contender
 * @param {number} models
 * @param {(models: number) => {put: (model: number, values: ArrayLike<number>) => void, flush: () => void}} makePainter
 */
async function frames({ step }, models, makePainter) {
  const painter = makePainter(models);
  const { port1, port2 } = new MessageChannel();
  const times = [];
  for (let frame = 0; frame < FRAMES; frame++) {
    times.push(await new Promise((done) => requestAnimationFrame(() => {
      const start = performance.now();
      for (let model = 0; model < models; model++) {
        painter.put(model, /** @type {ArrayLike<number>} */ (step(model, IMAGES[frame % IMAGES.length])));
      }
      painter.flush();
      port2.onmessage = () => done(performance.now() - start);
      port1.postMessage(null);
    })));
  }
  STAGE.replaceChildren();
  return median(times.slice(5));
}

async function bench() {
  const models = Array.from({ length: MODELS }, (_, k) => randomWeights(k + 1));
  /** @type {Record<string, Contender>} */
  const contenders = {};
  for (const [name, make] of Object.entries(CONTENDERS)) contenders[name] = await make(models);
  const answers = Array.from({ length: 8 }, (_, k) => exact(models[0], IMAGES[8 * k]));
  /** @type {Record<string, number>} */
  const error = {};
  for (const [name, contender] of Object.entries(contenders)) error[name] = await worstError(contender, answers);
  const [old, own] = [contenders["numeric.js"], contenders["ours, relaxed SIMD"]];
  /** @type {Record<string, Record<string, number>>} */
  const frame = {};
  for (const [name, count] of Object.entries({ one: 1, eleven: MODELS })) {
    frame[name] = {
      "numeric.js": await frames(old, count, svgPainter),
      "ours, relaxed SIMD": await frames(own, count, canvasPainter),
    };
  }
  return {
    sizes: [VISIBLE, HIDDEN],
    isolated: crossOriginIsolated,
    error,
    one: await race(contenders, 1),
    eleven: await race(contenders, MODELS),
    frame,
  };
}

Object.assign(window, { bench });
