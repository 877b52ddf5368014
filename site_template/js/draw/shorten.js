/** Fewer points for a drawing that would make a link too long. */

import { encodeStrokes } from "draw/encoding";
import { strokeFromPoints } from "draw/strokes";

/** @import { Stroke } from "draw/strokes" */

/**
 * The same strokes, where their text is short enough; else strokes without the points that lie nearest to the line
 * between their neighbours (Douglas and Peucker 1973), as few of them as need be; at the worst without the oldest strokes.
 * @param {readonly Stroke[]} strokes
 * @param {number} longest characters of text
 * @returns {readonly Stroke[]}
 */
export function shorten(strokes, longest) {
  let shorter = strokes;
  for (let tolerance = 1 / 16; tolerance < 8 && encodeStrokes(shorter).length > longest; tolerance *= 2) {
    shorter = strokes.map((stroke) => simplify(stroke, tolerance));
  }
  while (shorter.length > 0 && encodeStrokes(shorter).length > longest)
    shorter = shorter.slice(Math.ceil(shorter.length / 8));
  return shorter;
}

/**
 * @param {Stroke} stroke
 * @param {number} tolerance pixels
 * @returns {Stroke}
 */
function simplify({ tool, points, count }, tolerance) {
  const kept = new Uint8Array(count);
  kept[0] = kept[count - 1] = 1;
  const spans = [[0, count - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span;
    const { at, distance } = farthest(points, first, last);
    if (distance <= tolerance) continue;
    kept[at] = 1;
    spans.push([first, at], [at, last]);
  }
  const left = [];
  for (let k = 0; k < count; k++) if (kept[k]) left.push([points[2 * k], points[2 * k + 1]]);
  return strokeFromPoints(tool, left);
}

/**
 * @param {Float32Array} points
 * @param {number} first
 * @param {number} last
 * @returns {{at: number, distance: number}} the point between two that is farthest from the segment of the two
 */
function farthest(points, first, last) {
  const result = { at: first, distance: 0 };
  const x0 = points[2 * first];
  const y0 = points[2 * first + 1];
  const alongX = points[2 * last] - x0;
  const alongY = points[2 * last + 1] - y0;
  const squared = alongX * alongX + alongY * alongY;
  for (let k = first + 1; k < last; k++) {
    const x = points[2 * k] - x0;
    const y = points[2 * k + 1] - y0;
    const along = squared > 0 ? Math.min(Math.max((x * alongX + y * alongY) / squared, 0), 1) : 0;
    const distance = Math.hypot(x - along * alongX, y - along * alongY);
    if (distance > result.distance) Object.assign(result, { at: k, distance });
  }
  return result;
}
