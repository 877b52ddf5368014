/** A stage as the address has it, and back; it comes when there is something to write or to read. */

import { encodeStrokes, readStrokes } from "draw/encoding";
import { shorten } from "draw/shorten";
import { readSigns, writeSigns } from "draw/signs";
import { parseHash } from "page/hash";
import { SEEDS, stageOf } from "walk/stage";

/** @import { Example } from "draw/signs" */
/** @import { Stage, WalkSite } from "walk/stage" */

/** Characters of a drawing in an address; history itself keeps all of it. */
const LONGEST = 1100;
/** And of the signs that were taught: some twelve examples. Where they are more, the address has none. */
const LONGEST_TAUGHT = 2000;

/**
 * Reads an address that `writeStage` wrote, or anyone.
 * @param {string} hash with or without its "#"
 * @param {WalkSite} site
 * @returns {{stage: Stage | null, whole: boolean}} null where the address only leads to a place; false where the link is not
 *   what it was. Of a drawing what can be read is shown, and the first try where that is nothing
 */
export function readStage(hash, { walk, models, noises }) {
  const { parameters, whole } = parseHash(hash, {
    try: walk.tries.map(({ name }) => name),
    noise: Object.keys(noises),
    answer: models.map(({ name }) => name),
  });
  if (!["try", "draw", "noise", "taught"].some((key) => parameters.has(key))) return { stage: null, whole };
  const known = walk.tries.find(({ name }) => name === parameters.get("try"));
  const text = parameters.get("draw");
  const drawn = readStrokes(text ?? "");
  const shown = text !== null && (drawn.whole || drawn.strokes.length > 0);
  const first = stageOf(known ?? walk.tries[0], false);
  const stage = shown ? { ...first, strokes: drawn.strokes, tried: "" } : first;
  const noise = parameters.get("noise") ?? "none";
  if (Object.hasOwn(noises, noise)) {
    stage.noise = noise;
    stage.level = number(parameters.get("level"), noises[noise].minimum, noises[noise].maximum);
  }
  stage.seed = Math.floor(number(parameters.get("seed") ?? "1", 0, SEEDS - 1));
  stage.covered = stage.tried !== "" && parameters.get("covered") === "1";
  stage.model = models.find(({ name }) => name === parameters.get("answer"))?.name ?? "";
  stage.chapter = Math.floor(number(parameters.get("chapter") ?? "1", 1, 9));
  const signs = readSigns(parameters.get("taught") ?? "");
  stage.taught = signs.examples;
  return { stage, whole: whole && drawn.whole && signs.whole };
}

/**
 * @param {Stage} stage
 * @param {boolean} [whole] everything, however long; else the drawing may lose points, and what was taught be left out
 * @returns {string} the address's hash; it begins with the chapter
 */
export function writeStage({ strokes, tried, covered, noise, level, seed, model, chapter, taught }, whole = false) {
  const parameters = new URLSearchParams({ chapter: String(chapter) });
  if (tried) parameters.set("try", tried);
  else parameters.set("draw", encodeStrokes(whole ? strokes : shorten(strokes, LONGEST)));
  if (covered) parameters.set("covered", "1");
  if (noise !== "none") {
    parameters.set("noise", noise);
    parameters.set("level", String(level));
  }
  if (seed !== 1) parameters.set("seed", String(seed));
  if (model) parameters.set("answer", model);
  if (taught.length > 0 && (whole || isShort(taught))) parameters.set("taught", writeSigns(taught));
  return `#${parameters}`;
}

/** @param {readonly Example[]} taught @returns {boolean} whether an address has room for them */
export function isShort(taught) {
  return writeSigns(taught).length <= LONGEST_TAUGHT;
}

/**
 * @param {string | null} text
 * @param {number} lowest
 * @param {number} highest
 */
function number(text, lowest, highest) {
  const value = text ? Number(text) : NaN;
  return Number.isFinite(value) ? Math.min(Math.max(value, lowest), highest) : lowest;
}
