/**
 * Whole frames, the page of 2015 and ours: milliseconds from an event to the end of the page's painting of it.
 *
 * An event is answered in an animation frame, and a task posted there runs when style, layout, paint and commit of that
 * frame are done. (The page of 2015 is rastered by other threads after that; this is not counted.) The pages take turns of
 * a few frames, each alone in the document. "nothing" is a page with nothing to do: what the browser takes for a frame.
 *
 * run.py calls this in two browsers. One shows 60 frames a second, and rests between them, so that caches and clocks have
 * cooled when the next event comes; the other has no such limit, and frames follow one another.
 */

/** @import { Page } from "./pages.js" */

import { CONTENDERS } from "./contenders.js";
import { MODELS, median, readWeights, strokeImages } from "./inputs.js";
import { ourPage, pageOf2015 } from "./pages.js";

const TURNS = 8;
const TURN_FRAMES = 20;
const SETTLING = 10; // frames of a turn before those that count
const IMAGES = strokeImages(64);
const STAGE = /** @type {HTMLElement} */ (document.getElementById("stage"));

/**
 * @param {Page} page
 * @param {number} event
 * @returns {Promise<number>} milliseconds
 */
function frame({ answer }, event) {
  return new Promise((done) =>
    requestAnimationFrame(() => {
      const start = performance.now();
      answer(IMAGES[event % IMAGES.length]);
      void scheduler.postTask(() => done(performance.now() - start), { priority: "user-blocking" });
    }),
  );
}

/**
 * @param {Record<string, Page>} pages
 * @returns {Promise<Record<string, number>>} medians
 */
async function race(pages) {
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, page] of Object.entries(pages)) {
      STAGE.replaceChildren(...page.elements);
      for (let event = 0; event < SETTLING + TURN_FRAMES; event++) {
        const took = await frame(page, event);
        if (event >= SETTLING) times[name].push(took);
      }
    }
  }
  STAGE.replaceChildren();
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

export async function frames() {
  const models = await Promise.all(MODELS.map(readWeights));
  const old = await CONTENDERS["numeric.js"](models);
  const own = await CONTENDERS["ours, relaxed SIMD"](models);
  /** @type {Record<string, Record<string, number>>} */
  const results = {};
  for (const [name, count] of Object.entries({ one: 1, eleven: models.length })) {
    results[name] = await race({
      "the page of 2015": pageOf2015(old, count),
      ours: ourPage(own, count),
      nothing: { elements: [], answer: () => {} },
    });
  }
  return results;
}
