/**
 * What the stage shows: all that Undo and Back bring back together. A state is plain data and is never changed in place.
 */

import { strokeFromPoints } from "draw/strokes";

/** @import { Example } from "draw/signs" */
/** @import { Rules } from "draw/verdict" */
/** @import { Site } from "page/site" */
/** @import { Stroke } from "draw/strokes" */

/**
 * @typedef {object} Stage
 * @property {readonly Stroke[]} strokes what is drawn
 * @property {string} tried the try that they are, "" where they are the visitor's
 * @property {boolean} covered the answers are, until the visitor has guessed
 * @property {string} noise a kind of noise
 * @property {number} level of it
 * @property {number} seed of it, 0 to 2^32 - 1
 * @property {string} model whose answer stands out, "" for none
 * @property {number} chapter from which the stage was set
 * @property {readonly Example[]} taught signs of the visitor's own
 */

/**
 * A spoiled drawing.
 * @typedef {object} Try
 * @property {string} name
 * @property {[number, number][][]} strokes points in pixels
 * @property {Record<string, string>} words for what each model does to it
 * @property {string[]} right models that do what is asked; none where there is nothing to guess
 */

/** @typedef {{models: string[], tries: Try[], rules: Rules, fit: boolean}} WalkData what the exporter tells of the walk */
/** @typedef {Site & {walk: WalkData}} WalkSite */

export const SEEDS = 2 ** 32;

/**
 * A try as it is set, without noise.
 * @param {Try} one
 * @param {boolean} covered
 * @returns {Stage}
 */
export function stageOf({ name, strokes }, covered) {
  const drawn = strokes.map((points) => strokeFromPoints("soft", points));
  return { strokes: drawn, tried: name, covered, noise: "none", level: 0, seed: 1, model: "", chapter: 1, taught: [] };
}

/** @param {Stage} stage @returns {Stage} the same under other draws of the noise */
export function reseed(stage) {
  return { ...stage, seed: (stage.seed + 1) % SEEDS };
}
