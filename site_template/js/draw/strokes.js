/**
 * Strokes: what a tool drew, kept as points.
 *
 * Comes in: points in pixels of the image (x right, y down; pixel (0, 0) covers [0, 1) x [0, 1)).
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

/** Grid steps in a pixel. */
export const STEPS = 16;
/** Coordinates are held to this range, in pixels: room for any image and for a pen that leaves it. */
export const LOWEST = -64;
export const HIGHEST = 1023;
/** A point nearer than this to the one before, in pixels, is not kept: it shows nothing and lengthens links. */
const NEAREST = 0.25;

/**
 * A stroke that begins at a point.
 * @param {Tool} tool
 * @param {number} x
 * @param {number} y
 * @returns {Stroke}
 */
export function createStroke(tool, x, y) {
  const stroke = { tool, points: new Float32Array(64), count: 0 };
  append(stroke, snap(x), snap(y));
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
