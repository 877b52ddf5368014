/**
 * Into the digit box, and back onto the visitor's ink.
 *
 * MNIST's digits have a longest side of 20 pixels of 28 and their centre of mass in the middle (LeCun et al., "The MNIST
 * database of handwritten digits"), so that their box lies up to three pixels off it. What already lies so is left alone:
 * half a digit is no small digit, and moving it to the middle undoes its completion. Only what leaves the box, or is under
 * 7 pixels, is moved and scaled, and drawn anew, so that the brush keeps its width; what the model answers is sampled back
 * through the inverse. What is rubbed out last moves nothing. `python -m benchmarks.fit` measures it on MNIST.
 */

import { IDENTITY, isOff, RADIUS, renderStrokes } from "draw/pixels";

/** @import { Transform } from "draw/pixels" */
/** @import { Stroke } from "draw/strokes" */

/** In shares of the image's side: the longest side of a digit, and how far its box may lie off the middle one. */
const LONGEST = 20 / 28;
const OFF = 3 / 28;
/** Ink is as wide as it looks: half a pixel more still passes for the longest digit. */
const SLACK = 0.5 / 28;
/** Ink with a longer side under this is a small digit; points under that are a dot, and stay where they are. */
const SMALL = 7 / 28;
const DOT = 2 / 28;
/** A point counts as drawn where an eraser has left at least so much ink. */
const LEFT = 0.25;

/**
 * The transform that brings the ink into the digit box; `IDENTITY` where it lies there. Holes move nothing: what is missing
 * is still where it was.
 * @param {readonly Stroke[]} drawn
 * @param {number} side in pixels
 * @param {Float32Array} scratch side * side values, overwritten
 * @returns {Readonly<Transform>}
 */
export function fitTransform(drawn, side, scratch) {
  const strokes = drawn.slice(0, 1 + drawn.findLastIndex(isInk));
  renderStrokes(strokes, scratch, side);
  const erased = strokes.some(({ tool }) => tool === "eraser");
  const box = bounds(strokes, side, (x, y) => !erased || !(inkAt(scratch, side, x, y) < LEFT));
  const longest = Math.max(box.right - box.left, box.bottom - box.top);
  const width = 2 * (box.soft ? RADIUS.soft : 0.5);
  if (!(longest >= DOT * side) || liesInDigitBox(box, width, side)) return IDENTITY;
  const scale = (LONGEST * side - width) / longest;
  // Centred by its box first, so that nothing leaves the image, then by its centre of mass.
  const centred = {
    scale,
    dx: side / 2 - (scale * (box.left + box.right)) / 2,
    dy: side / 2 - (scale * (box.top + box.bottom)) / 2,
  };
  renderStrokes(strokes, scratch, side, centred);
  const mass = centreOfMass(scratch, side);
  return { scale, dx: centred.dx + side / 2 - mass.x, dy: centred.dy + side / 2 - mass.y };
}

/**
 * What a model answered in the digit box, where the visitor drew: each pixel is the mean of bilinear samples, so many that a
 * small drawing skips none.
 * @param {Float32Array} values side * side values in the digit box
 * @param {Readonly<Transform>} transform from the drawing to the digit box
 * @param {number} side in pixels
 * @param {Float32Array} mapped side * side values, overwritten
 */
export function mapBack(values, { scale, dx, dy }, side, mapped) {
  if (scale === 1 && dx === 0 && dy === 0) {
    mapped.set(values);
    return;
  }
  const samples = Math.ceil(scale);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let k = 0; k < samples * samples; k++) {
        const x = column + ((k % samples) + 0.5) / samples;
        const y = row + (Math.floor(k / samples) + 0.5) / samples;
        sum += bilinear(values, side, scale * x + dx - 0.5, scale * y + dy - 0.5);
      }
      mapped[row * side + column] = sum / (samples * samples);
    }
  }
}

/** @typedef {{left: number, right: number, top: number, bottom: number, soft: boolean}} Box */

/** @param {Stroke} stroke */
function isInk({ tool }) {
  return tool === "soft" || tool === "hard";
}

/**
 * Whether the ink lies as that of a digit of MNIST, or of a part of one.
 * @param {Box} box of the points
 * @param {number} width of ink around them
 * @param {number} side in pixels
 */
function liesInDigitBox({ left, right, top, bottom }, width, side) {
  const longest = width + Math.max(right - left, bottom - top);
  const edge = (1 - LONGEST) / 2 - OFF - SLACK;
  const margin = Math.min(left, top, side - right, side - bottom) - width / 2;
  return longest >= SMALL * side && longest <= (LONGEST + 2 * SLACK) * side && margin >= edge * side;
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {number} side in pixels
 * @param {(x: number, y: number) => boolean} counts
 * @returns {Box} of the points of the ink on the pad
 */
function bounds(strokes, side, counts) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity, soft: false };
  for (const { tool, points, count } of strokes.filter(isInk)) {
    for (let k = 0; k < 2 * count; k += 2) {
      const x = points[k];
      const y = points[k + 1];
      if (isOff(x, y, side) || !counts(x, y)) continue;
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
 * @param {number} side
 * @param {number} x
 * @param {number} y
 */
function inkAt(pixels, side, x, y) {
  return pixels[Math.min(Math.floor(y), side - 1) * side + Math.min(Math.floor(x), side - 1)];
}

/**
 * @param {Float32Array} pixels
 * @param {number} side
 * @returns {{x: number, y: number}} the middle of the image where there is no ink
 */
function centreOfMass(pixels, side) {
  let mass = 0;
  let x = 0;
  let y = 0;
  for (let k = 0; k < pixels.length; k++) {
    mass += pixels[k];
    x += pixels[k] * ((k % side) + 0.5);
    y += pixels[k] * (Math.floor(k / side) + 0.5);
  }
  return mass > 0 ? { x: x / mass, y: y / mass } : { x: side / 2, y: side / 2 };
}

/**
 * @param {Float32Array} values
 * @param {number} side
 * @param {number} x in pixels from the centre of the first one; 0 beyond the image
 * @param {number} y
 */
function bilinear(values, side, x, y) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const right = x - column;
  const below = y - row;
  let sum = 0;
  for (let k = 0; k < 4; k++) {
    const c = column + (k & 1);
    const r = row + (k >> 1);
    if (c < 0 || c >= side || r < 0 || r >= side) continue;
    sum += values[r * side + c] * (k & 1 ? right : 1 - right) * (k >> 1 ? below : 1 - below);
  }
  return sum;
}
