/**
 * A drawing as strokes: what the visitor drew, kept as points, with undo.
 *
 * Comes in: points in pixels of the frame (x right, y down; pixel (0, 0) covers [0, 1) x [0, 1)).
 * Goes out: strokes, which `pixels` renders, and `encoding` writes into links.
 *
 * Points are kept on a grid of 1/16 pixel from the start, so that a link restores a drawing exactly.
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
export const STEPS = 16;
/** Coordinates are held to this range, in pixels: room for any frame and for a pen that leaves it. */
export const LOWEST = -64;
export const HIGHEST = 1023;
/** A point nearer than this to the one before, in pixels, is not kept: it shows nothing and lengthens links. */
const NEAREST = 0.25;

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
