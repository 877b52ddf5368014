/**
 * A drawing as a short text for links, and back.
 *
 * The text of a drawing: its grid ("1": 8 steps a pixel, where all points lie on them; "2": 16, all that the pad tells),
 * then for every stroke three kinds of whole numbers: the tool's place in TOOLS, the count of points less one, and for
 * every point its x and y in grid steps less those of the point before (the first point of a stroke: less the last point
 * of the stroke before; the first of all: less zero), signs folded in (0, -1, 1, -2 ... are 0, 1, 2, 3 ...). A number is
 * written in base 32, lowest digit first, one character a digit; every digit but the last has 32 added.
 */

import { HIGHEST, LOWEST, STEPS, TOOLS } from "draw/strokes";

/** @import { Stroke } from "draw/strokes" */

/** Steps in a pixel, by the first character. */
const GRIDS = new Map([
  ["1", STEPS / 2],
  ["2", STEPS],
]);
const MOST_STROKES = 500;
const MOST_POINTS = 10000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Writes strokes as URL-safe text; `decodeStrokes` makes equal strokes from it.
 * @param {readonly Stroke[]} strokes
 * @returns {string} "" for no strokes
 */
export function encodeStrokes(strokes) {
  if (strokes.length === 0) return "";
  const [[grid, steps]] = [...GRIDS].filter(([, fine]) => strokes.every((stroke) => liesOn(stroke, fine)));
  let text = grid;
  let x = 0;
  let y = 0;
  for (const { tool, points, count } of strokes) {
    text += digits(TOOLS.indexOf(tool)) + digits(count - 1);
    for (let k = 0; k < 2 * count; k += 2) {
      const stepX = Math.round(points[k] * steps);
      const stepY = Math.round(points[k + 1] * steps);
      text += digits(fold(stepX - x)) + digits(fold(stepY - y));
      x = stepX;
      y = stepY;
    }
  }
  return text;
}

/**
 * Reads what `encodeStrokes` wrote. Anything else, however long or strange, gives null.
 * @param {string} text
 * @returns {Stroke[] | null} the strokes, or null where the text is not exactly a drawing
 */
export function decodeStrokes(text) {
  const { strokes, whole } = readStrokes(text);
  return whole ? strokes : null;
}

/**
 * Reads as much as can be read: of a text that was cut, all points before the cut.
 * @param {string} text
 * @returns {{strokes: Stroke[], whole: boolean}} whether the text is exactly a drawing
 */
export function readStrokes(text) {
  /** @type {Stroke[]} */
  const strokes = [];
  if (text === "") return { strokes, whole: true };
  const steps = GRIDS.get(text[0]);
  if (!steps) return { strokes, whole: false };
  const reader = { text, at: 1, steps };
  const pen = { x: 0, y: 0 };
  let room = MOST_POINTS;
  while (reader.at < text.length) {
    if (strokes.length === MOST_STROKES) return { strokes, whole: false };
    const { stroke, whole } = readStroke(reader, pen, room);
    if (stroke) strokes.push(stroke);
    if (!stroke || !whole) return { strokes, whole: false };
    room -= stroke.count;
  }
  return { strokes, whole: strokes.length > 0 };
}

/**
 * @param {{text: string, at: number, steps: number}} reader
 * @param {{x: number, y: number}} pen the last point, in grid steps
 * @param {number} room how many points are allowed still
 * @returns {{stroke: Stroke | null, whole: boolean}} the points that can be read, if there are any
 */
function readStroke(reader, pen, room) {
  const tool = TOOLS[readNumber(reader)];
  const expected = readNumber(reader) + 1;
  if (tool === undefined || !(expected <= room)) return { stroke: null, whole: false };
  const points = new Float32Array(2 * expected);
  let count = 0;
  for (; count < expected; count++) {
    pen.x += unfold(readNumber(reader));
    pen.y += unfold(readNumber(reader));
    points[2 * count] = pen.x / reader.steps;
    points[2 * count + 1] = pen.y / reader.steps;
    if (!inRange(points[2 * count]) || !inRange(points[2 * count + 1])) break;
  }
  return { stroke: count > 0 ? { tool, points, count } : null, whole: count === expected };
}

/**
 * @param {{text: string, at: number}} reader
 * @returns {number} NaN where there is no number, or not in the one way in which it is written
 */
function readNumber(reader) {
  let value = 0;
  for (let scale = 1; scale <= 32 ** 3; scale *= 32) {
    const digit = reader.at < reader.text.length ? ALPHABET.indexOf(reader.text[reader.at++]) : -1;
    if (digit < 0) return NaN;
    value += (digit % 32) * scale;
    if (digit < 32) return digit === 0 && scale > 1 ? NaN : value;
  }
  return NaN;
}

/**
 * @param {number} value a whole number from 0
 * @returns {string}
 */
function digits(value) {
  let text = "";
  for (; value >= 32; value = Math.floor(value / 32)) text += ALPHABET[32 + (value % 32)];
  return text + ALPHABET[value];
}

/** @param {number} signed @returns {number} */
function fold(signed) {
  return signed < 0 ? -2 * signed - 1 : 2 * signed;
}

/** @param {number} folded @returns {number} */
function unfold(folded) {
  return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
}

/** @param {number} coordinate @returns {boolean} */
function inRange(coordinate) {
  return coordinate >= LOWEST && coordinate <= HIGHEST;
}

/**
 * @param {Stroke} stroke
 * @param {number} steps in a pixel
 * @returns {boolean} every point is on a step; what a script made finer is rounded to the finest
 */
function liesOn({ points, count }, steps) {
  return steps === STEPS || points.subarray(0, 2 * count).every((value) => Number.isInteger(value * steps));
}
