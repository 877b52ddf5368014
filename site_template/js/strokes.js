/**
 * A drawing as strokes: what the visitor drew, kept as points, with undo, and as a short text for links.
 *
 * Comes in: points in pixels of the frame (x right, y down; pixel (0, 0) covers [0, 1) x [0, 1)).
 * Goes out: strokes, which `pixels` renders, and a URL-safe text from which `decodeStrokes` makes the same strokes again.
 *
 * Points are kept on a grid of 1/8 pixel from the start, so that a link restores a drawing exactly.
 */

/** The tools a stroke can be drawn with; the order is that of the text format, so new ones go to the end. */
export const TOOLS = /** @type {const} */ (["soft", "hard", "eraser", "hole"]);

/** @typedef {(typeof TOOLS)[number]} Tool */

/**
 * @typedef {object} Stroke
 * @property {Tool} tool
 * @property {Float32Array} points x, y, x, y ...; only the first 2 * count values count, the rest is room to grow
 * @property {number} count how many points there are, at least one
 */

/**
 * @typedef {object} Drawing
 * @property {Stroke[]} strokes what is drawn now, oldest first; never changed in place, only replaced
 * @property {Stroke[][]} past what undo goes back to, newest last
 * @property {Stroke[][]} future what redo goes forward to, nearest last
 */

/** Grid steps in a pixel. */
const STEPS = 8;
/** Coordinates are held to this range, in pixels: room for any frame and for a pen that leaves it. */
const LOWEST = -64;
const HIGHEST = 1023;
/** A point nearer than this to the one before, in pixels, is not kept: it shows nothing and lengthens links. */
const NEAREST = 0.25;
const MOST_STROKES = 500;
const MOST_POINTS = 10000;

/** @returns {Drawing} an empty drawing with nothing to undo */
export function createDrawing() {
  return { strokes: [], past: [], future: [] };
}

/**
 * Makes `strokes` what is drawn; undo goes back to what was drawn before.
 * @param {Drawing} drawing
 * @param {Stroke[]} strokes
 */
export function replaceStrokes(drawing, strokes) {
  drawing.past.push(drawing.strokes);
  drawing.future.length = 0;
  drawing.strokes = strokes;
}

/**
 * Starts a stroke at a point.
 * @param {Drawing} drawing
 * @param {Tool} tool
 * @param {number} x
 * @param {number} y
 * @returns {Stroke} the new stroke, for `extendStroke`
 */
export function beginStroke(drawing, tool, x, y) {
  const stroke = createStroke(tool, x, y);
  replaceStrokes(drawing, [...drawing.strokes, stroke]);
  return stroke;
}

/**
 * Adds a point to a stroke, unless it is too near to the last one to show.
 * @param {Stroke} stroke
 * @param {number} x
 * @param {number} y
 * @returns {boolean} whether the point was added
 */
export function extendStroke(stroke, x, y) {
  const end = 2 * stroke.count;
  const snappedX = snap(x);
  const snappedY = snap(y);
  if (Math.hypot(snappedX - stroke.points[end - 2], snappedY - stroke.points[end - 1]) < NEAREST) return false;
  append(stroke, snappedX, snappedY);
  return true;
}

/**
 * Takes the newest stroke away as if it had never been begun (a cancelled pointer).
 * @param {Drawing} drawing
 */
export function cancelStroke(drawing) {
  drawing.strokes = drawing.past.pop() ?? [];
}

/**
 * @param {Drawing} drawing
 * @returns {boolean} whether there was anything to undo
 */
export function undo(drawing) {
  return travel(drawing, drawing.past, drawing.future);
}

/**
 * @param {Drawing} drawing
 * @returns {boolean} whether there was anything to redo
 */
export function redo(drawing) {
  return travel(drawing, drawing.future, drawing.past);
}

/**
 * Empties the drawing; undo brings it back.
 * @param {Drawing} drawing
 * @returns {boolean} whether there was anything to clear
 */
export function clear(drawing) {
  if (drawing.strokes.length === 0) return false;
  replaceStrokes(drawing, []);
  return true;
}

/**
 * A stroke from a list of points, such as those of samples.json.
 * @param {Tool} tool
 * @param {ReadonlyArray<ReadonlyArray<number>>} points [x, y] pairs, at least one
 * @returns {Stroke}
 */
export function strokeFromPoints(tool, points) {
  const stroke = createStroke(tool, points[0][0], points[0][1]);
  for (let k = 1; k < points.length; k++) append(stroke, snap(points[k][0]), snap(points[k][1]));
  return stroke;
}

/**
 * @param {Tool} tool
 * @param {number} x
 * @param {number} y
 * @returns {Stroke}
 */
function createStroke(tool, x, y) {
  const stroke = { tool, points: new Float32Array(64), count: 0 };
  append(stroke, snap(x), snap(y));
  return stroke;
}

/**
 * @param {Stroke} stroke
 * @param {number} x
 * @param {number} y
 */
function append(stroke, x, y) {
  const end = 2 * stroke.count;
  if (end === stroke.points.length) {
    const roomier = new Float32Array(2 * end);
    roomier.set(stroke.points);
    stroke.points = roomier;
  }
  stroke.points[end] = x;
  stroke.points[end + 1] = y;
  stroke.count += 1;
}

/**
 * @param {number} coordinate in pixels
 * @returns {number} the nearest one on the grid and in range
 */
function snap(coordinate) {
  return Math.min(Math.max(Math.round(coordinate * STEPS) / STEPS, LOWEST), HIGHEST);
}

/**
 * @param {Drawing} drawing
 * @param {Stroke[][]} from
 * @param {Stroke[][]} to
 * @returns {boolean}
 */
function travel(drawing, from, to) {
  const strokes = from.pop();
  if (strokes === undefined) return false;
  to.push(drawing.strokes);
  drawing.strokes = strokes;
  return true;
}

/*
 * The text of a drawing: "1" (the version), then for every stroke three kinds of whole numbers: the tool's place in
 * TOOLS, the count of points less one, and for every point its x and y in grid steps less those of the point before (the
 * first point of a stroke: less the last point of the stroke before; the first of all: less zero), signs folded in
 * (0, -1, 1, -2 ... are 0, 1, 2, 3 ...). A number is written in base 32, lowest digit first, one character a digit;
 * every digit but the last has 32 added.
 */
const VERSION = "1";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Writes strokes as URL-safe text; `decodeStrokes` makes equal strokes from it.
 * @param {readonly Stroke[]} strokes
 * @returns {string} "" for no strokes
 */
export function encodeStrokes(strokes) {
  if (strokes.length === 0) return "";
  let text = VERSION;
  let x = 0;
  let y = 0;
  for (const { tool, points, count } of strokes) {
    text += digits(TOOLS.indexOf(tool)) + digits(count - 1);
    for (let k = 0; k < 2 * count; k += 2) {
      const stepX = Math.round(points[k] * STEPS);
      const stepY = Math.round(points[k + 1] * STEPS);
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
  if (text === "") return [];
  if (text[0] !== VERSION) return null;
  const reader = { text, at: 1 };
  const pen = { x: 0, y: 0 };
  /** @type {Stroke[]} */
  const strokes = [];
  let room = MOST_POINTS;
  while (reader.at < text.length) {
    /** @type {Stroke | null} */
    const stroke = strokes.length < MOST_STROKES ? readStroke(reader, pen, room) : null;
    if (stroke === null) return null;
    room -= stroke.count;
    strokes.push(stroke);
  }
  return strokes.length > 0 ? strokes : null;
}

/**
 * @param {{text: string, at: number}} reader
 * @param {{x: number, y: number}} pen the last point, in grid steps
 * @param {number} room how many points are allowed still
 * @returns {Stroke | null}
 */
function readStroke(reader, pen, room) {
  const tool = TOOLS[readNumber(reader)];
  const count = readNumber(reader) + 1;
  if (tool === undefined || !(count <= room)) return null;
  const points = new Float32Array(2 * count);
  for (let k = 0; k < 2 * count; k += 2) {
    pen.x += unfold(readNumber(reader));
    pen.y += unfold(readNumber(reader));
    if (!inRange(pen.x) || !inRange(pen.y)) return null;
    points[k] = pen.x / STEPS;
    points[k + 1] = pen.y / STEPS;
  }
  return { tool, points, count };
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

/** @param {number} step @returns {boolean} */
function inRange(step) {
  return step >= LOWEST * STEPS && step <= HIGHEST * STEPS;
}
