/**
 * Into the frame of MNIST's digits, and back onto the visitor's ink.
 *
 * MNIST's digits have a longest side of 20 pixels of 28 and their centre of mass in the middle (LeCun et al., "The MNIST
 * database of handwritten digits"). The strokes are moved and scaled so and drawn anew, so that the brush keeps its width;
 * what the model answers is sampled back through the inverse.
 *
 * Half a digit is no small digit: what is drawn at the upper or lower edge of the frame that the pad shows, in its middle,
 * stays as it is; and what is rubbed out last moves nothing.
 */

import { IDENTITY, isOff, RADIUS, renderStrokes } from "pixels";

/** @import { Transform } from "pixels" */
/** @import { Stroke } from "strokes" */

/** Longest side of a digit, as a share of the frame's. */
const LONGEST = 20 / 28;
/** A drawing with a longest side under this share of the frame is a dot or a dash, and stays where it is. */
const SHORTEST = 4 / 28;
/** Half a digit, in shares of the frame's side: it begins between these, ends before, is in the middle but for so much. */
const [NEAREST, NEAR, FAR, MIDDLE] = [1 / 28, 6.5 / 28, 18 / 28, 2.4 / 28];
/** A point counts as drawn where an eraser has left at least so much ink. */
const LEFT = 0.25;

/**
 * The transform that brings the ink into the frame. Holes move nothing: what is missing is still where it was.
 * @param {readonly Stroke[]} drawn
 * @param {number} size pixels on a side
 * @param {Float32Array} scratch size * size values, overwritten
 * @returns {Readonly<Transform>}
 */
export function fitTransform(drawn, size, scratch) {
  const strokes = drawn.slice(0, 1 + drawn.findLastIndex(isInk));
  renderStrokes(strokes, scratch, size);
  const erased = strokes.some(({ tool }) => tool === "eraser");
  const box = bounds(strokes, size, (x, y) => !erased || !(inkAt(scratch, size, x, y) < LEFT));
  const side = Math.max(box.right - box.left, box.bottom - box.top);
  const width = 2 * (box.soft ? RADIUS.soft : 0.5);
  if (!(side >= SHORTEST * size) || isHalf(box, width / 2, size)) return IDENTITY;
  const scale = (LONGEST * size - width) / side;
  // Centred by its box first, so that nothing leaves the frame, then by its centre of mass.
  const centred = {
    scale,
    dx: size / 2 - (scale * (box.left + box.right)) / 2,
    dy: size / 2 - (scale * (box.top + box.bottom)) / 2,
  };
  renderStrokes(strokes, scratch, size, centred);
  const mass = centreOfMass(scratch, size);
  return { scale, dx: centred.dx + size / 2 - mass.x, dy: centred.dy + size / 2 - mass.y };
}

/**
 * What a model answered in the frame, where the visitor drew: each pixel is the mean of bilinear samples, so many that a
 * small drawing skips none.
 * @param {Float32Array} values size * size values in the frame
 * @param {Readonly<Transform>} transform from the drawing to the frame
 * @param {number} size pixels on a side
 * @param {Float32Array} mapped size * size values, overwritten
 */
export function mapBack(values, { scale, dx, dy }, size, mapped) {
  if (scale === 1 && dx === 0 && dy === 0) {
    mapped.set(values);
    return;
  }
  const samples = Math.ceil(scale);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let k = 0; k < samples * samples; k++) {
        const x = column + ((k % samples) + 0.5) / samples;
        const y = row + (Math.floor(k / samples) + 0.5) / samples;
        sum += bilinear(values, size, scale * x + dx - 0.5, scale * y + dy - 0.5);
      }
      mapped[row * size + column] = sum / (samples * samples);
    }
  }
}

/** @typedef {{left: number, right: number, top: number, bottom: number, soft: boolean}} Box */

/** @param {Stroke} stroke */
function isInk({ tool }) {
  return tool === "soft" || tool === "hard";
}

/**
 * Whether this is the upper or the lower half of a digit, drawn where that half belongs.
 * @param {Box} box of the points
 * @param {number} margin of ink around them
 * @param {number} size pixels on a side
 */
function isHalf({ left, right, top, bottom }, margin, size) {
  const above = top - margin;
  const below = size - bottom - margin;
  const near = Math.min(above, below);
  const far = size - Math.max(above, below);
  return (
    near >= NEAREST * size && near <= NEAR * size && far <= FAR * size &&
    Math.abs(left + right - size) <= 2 * MIDDLE * size && right - left <= FAR * size
  );
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {number} size pixels on a side
 * @param {(x: number, y: number) => boolean} counts
 * @returns {Box} of the points of the ink on the pad
 */
function bounds(strokes, size, counts) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, soft: false };
  for (const { tool, points, count } of strokes.filter(isInk)) {
    for (let k = 0; k < 2 * count; k += 2) {
      const x = points[k];
      const y = points[k + 1];
      if (isOff(x, y, size) || !counts(x, y)) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
      box.soft ||= tool === "soft";
    }
  }
  return box;
}

/**
 * @param {Float32Array} pixels
 * @param {number} size
 * @param {number} x
 * @param {number} y
 */
function inkAt(pixels, size, x, y) {
  return pixels[Math.min(Math.floor(y), size - 1) * size + Math.min(Math.floor(x), size - 1)];
}

/**
 * @param {Float32Array} pixels
 * @param {number} size
 * @returns {{x: number, y: number}} the middle of the frame where there is no ink
 */
function centreOfMass(pixels, size) {
  let mass = 0;
  let x = 0;
  let y = 0;
  for (let k = 0; k < pixels.length; k++) {
    mass += pixels[k];
    x += pixels[k] * ((k % size) + 0.5);
    y += pixels[k] * (Math.floor(k / size) + 0.5);
  }
  return mass > 0 ? { x: x / mass, y: y / mass } : { x: size / 2, y: size / 2 };
}

/**
 * @param {Float32Array} values
 * @param {number} size
 * @param {number} x in pixels from the centre of the first one; 0 beyond the frame
 * @param {number} y
 */
function bilinear(values, size, x, y) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const right = x - column;
  const below = y - row;
  let sum = 0;
  for (let k = 0; k < 4; k++) {
    const c = column + (k & 1);
    const r = row + (k >> 1);
    if (c < 0 || c >= size || r < 0 || r >= size) continue;
    sum += values[r * size + c] * (k & 1 ? right : 1 - right) * (k >> 1 ? below : 1 - below);
  }
  return sum;
}
