/**
 * Strokes to pixels.
 *
 * Comes in: strokes (points in pixels of the image). Goes out: side * side values in [0, 1], row-major, in the caller's
 * buffer. export/draw/strokes.py is the same in numpy.
 *
 * Coverage of a round brush at the centre of a pixel is clamp(radius + 1/2 - distance to the segment, 0, 1). Ink is the
 * maximum of what was there and the coverage; an eraser leaves the minimum of what was there and 1 - coverage. Maximum and
 * minimum do not care how often or in what portions a stroke is drawn, so that drawing segment by segment gives the same
 * bits as drawing all anew.
 */

/** @import { Stroke, Tool } from "draw/strokes" */

/**
 * Moves and scales points before they are drawn: (x, y) becomes (scale * x + dx, scale * y + dy). A brush that inks keeps
 * its width; one that takes away is scaled too, so that it takes the same part of the drawing.
 * @typedef {object} Transform
 * @property {number} scale
 * @property {number} dx in pixels
 * @property {number} dy in pixels
 */

/** Radius of each round brush, in pixels: the soft one is as wide as the strokes of MNIST, 2.5 pixels. */
export const RADIUS = Object.freeze({ soft: 1.25, eraser: 2, hole: 2 });

/** @type {Readonly<Transform>} */
export const IDENTITY = Object.freeze({ scale: 1, dx: 0, dy: 0 });

/**
 * Draws all strokes anew.
 * @param {readonly Stroke[]} strokes
 * @param {Float32Array} pixels side * side values, overwritten
 * @param {number} side in pixels
 * @param {Readonly<Transform>} [transform]
 */
export function renderStrokes(strokes, pixels, side, transform = IDENTITY) {
  pixels.fill(0);
  for (const stroke of strokes) renderStroke(stroke, 0, pixels, side, transform);
}

/**
 * Draws the points of one stroke from number `from` on over what is there already: 0 for a whole stroke, the count before
 * it was extended for what is new.
 * @param {Stroke} stroke
 * @param {number} from
 * @param {Float32Array} pixels side * side values, changed near the new segments only
 * @param {number} side in pixels
 * @param {Readonly<Transform>} [transform]
 */
export function renderStroke(stroke, from, pixels, side, transform = IDENTITY) {
  if (stroke.tool === "hole") return;
  drawSegments(stroke, from, stroke.tool, pixels, side, transform);
  if (transform !== IDENTITY) cut(pixels, side, transform);
}

/**
 * Whether a place is farther off the pad than a pen strays that draws to its edge.
 * @param {number} x
 * @param {number} y
 * @param {number} side in pixels
 */
export function isOff(x, y, side) {
  return Math.max(-x, -y, x - side, y - side) > side / 8;
}

/**
 * Takes away what lies so far off the pad that it was not meant to be seen.
 * @param {Float32Array} pixels
 * @param {number} side
 * @param {Readonly<Transform>} transform
 */
function cut(pixels, side, { scale, dx, dy }) {
  for (let k = 0; k < pixels.length; k++) {
    const x = ((k % side) + 0.5 - dx) / scale;
    const y = (Math.floor(k / side) + 0.5 - dy) / scale;
    if (isOff(x, y, side)) pixels[k] = 0;
  }
}

/**
 * Marks the pixels under the strokes of the hole pen, those whose centre is under the brush.
 * @param {readonly Stroke[]} strokes
 * @param {Float32Array} holes side * side values, overwritten: 1 where a pixel is missing, else 0
 * @param {number} side in pixels
 * @param {Readonly<Transform>} [transform]
 */
export function renderHoles(strokes, holes, side, transform = IDENTITY) {
  holes.fill(0);
  for (const stroke of strokes) {
    if (stroke.tool === "hole") drawSegments(stroke, 0, "hole", holes, side, transform);
  }
  for (let k = 0; k < holes.length; k++) holes[k] = holes[k] >= 0.5 ? 1 : 0;
}

/**
 * Segment number k goes from point k - 1 to point k; segment 0 is the first point alone.
 * @param {Stroke} stroke
 * @param {number} from
 * @param {Tool} tool
 * @param {Float32Array} pixels
 * @param {number} side
 * @param {Readonly<Transform>} transform
 */
function drawSegments({ points, count }, from, tool, pixels, side, { scale, dx, dy }) {
  for (let k = from; k < count; k++) {
    const start = 2 * Math.max(k - 1, 0);
    const x0 = scale * points[start] + dx;
    const y0 = scale * points[start + 1] + dy;
    const x1 = scale * points[2 * k] + dx;
    const y1 = scale * points[2 * k + 1] + dy;
    if (tool === "hard") drawThin(x0, y0, x1, y1, pixels, side);
    else
      drawRound(x0, y0, x1, y1, tool === "soft" ? RADIUS.soft : scale * RADIUS[tool], tool === "eraser", pixels, side);
  }
}

/**
 * A segment of a round brush, by the distance of each nearby pixel's centre to it.
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {number} radius
 * @param {boolean} erase
 * @param {Float32Array} pixels
 * @param {number} side
 */
function drawRound(x0, y0, x1, y1, radius, erase, pixels, side) {
  const reach = radius + 0.5;
  const alongX = x1 - x0;
  const alongY = y1 - y0;
  const squared = alongX * alongX + alongY * alongY;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(side - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(side - 1, Math.floor(Math.max(y0, y1) + reach));
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const x = column + 0.5 - x0;
      const y = row + 0.5 - y0;
      const along = squared > 0 ? Math.min(Math.max((x * alongX + y * alongY) / squared, 0), 1) : 0;
      const offX = x - along * alongX;
      const offY = y - along * alongY;
      const coverage = Math.min(Math.max(reach - Math.sqrt(offX * offX + offY * offY), 0), 1);
      const k = row * side + column;
      pixels[k] = erase ? Math.min(pixels[k], 1 - coverage) : Math.max(pixels[k], coverage);
    }
  }
}

/**
 * The original's brush: the pixels of a line from the pixel of one end to that of the other (Bresenham), each fully inked.
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {Float32Array} pixels
 * @param {number} side
 */
function drawThin(x0, y0, x1, y1, pixels, side) {
  let column = Math.floor(x0);
  let row = Math.floor(y0);
  const lastColumn = Math.floor(x1);
  const lastRow = Math.floor(y1);
  const width = Math.abs(lastColumn - column);
  const height = -Math.abs(lastRow - row);
  let error = width + height;
  for (;;) {
    if (column >= 0 && column < side && row >= 0 && row < side) pixels[row * side + column] = 1;
    if (column === lastColumn && row === lastRow) return;
    const doubled = 2 * error;
    if (doubled >= height) {
      error += height;
      column += Math.sign(lastColumn - column);
    }
    if (doubled <= width) {
      error += width;
      row += Math.sign(lastRow - row);
    }
  }
}
