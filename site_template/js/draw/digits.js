/**
 * Digits without end, from a seed: a grammar of strokes says how digits are written, and every image is written anew, bent,
 * sheared, turned, stretched, with another pen, and put into an image as MNIST was made: scaled into a square of 20
 * pixels, its centre of mass in the middle of 28 × 28.
 *
 * Comes in: the grammar (digits.json), a seed, the number of an image. Goes out: its 784 bytes, white ink on black.
 *
 * train/data/drawn.py draws the same bytes: only whole numbers, floor, and + - * / in one and the same order are used, which
 * IEEE 754 fixes to the last bit, and roots stand in a table.
 */

import { createGenerator, nextWord } from "draw/draws";

/** @typedef {[number, number] | [number, number, 1]} GridPoint on a grid of 100 × 100, y down; 1 marks a corner */
/** @typedef {{share: number, strokes: GridPoint[][]}} Way one way to write a digit, and how often it is taken */
/** @typedef {[number, number]} Spread mean and standard deviation, in hundredths; of the pen in 256ths of a pixel */
/** @typedef {"point" | "bend" | "turn" | "slant" | "stretch" | "radius" | "edge"} Feature */
/** @typedef {{spread: Record<Feature, Spread>, digits: Way[][]}} Grammar */

export const SIDE = 28;
const BOX = 20;
const MIDDLE = SIDE / 2;
/** Squared distances from 0 to FAR square pixels are told in CELLS steps a square pixel. */
const FAR = 16;
const CELLS = 64;
const ROOTS = makeRoots();
/** Straight pieces between two points of a stroke, and the weights of the four points around them (Catmull and Rom 1974). */
const PIECES = 4;
const CURVE = Array.from({ length: PIECES }, (_, k) => {
  const t = k / PIECES;
  return [
    (-t + 2 * t * t - t * t * t) / 2,
    (2 - 5 * t * t + 3 * t * t * t) / 2,
    (t + 4 * t * t - 3 * t * t * t) / 2,
    (t * t * t - t * t) / 2,
  ];
});
const BENDS = 10;
/** No image is narrower, no pen thinner, no edge sharper than this. */
const NARROWEST = -0.6;
const THINNEST = 110;
const SHARPEST = 60;

/** @returns {Int32Array} for each step of squared distance its root, in 256ths of a pixel, by whole numbers alone */
function makeRoots() {
  const roots = new Int32Array(FAR * CELLS + 1);
  for (let k = 0, root = 0; k < roots.length; k++) {
    while ((root + 1) * (root + 1) <= 1024 * k + 512) root++;
    roots[k] = root;
  }
  return roots;
}

/** Draws images of one seed; a block of them allocates nothing. */
export class Digits {
  /** Squared distance of each pixel's centre to the nearest stroke. */
  #nearest = new Float64Array(SIDE * SIDE);
  #inked = new Uint8Array(SIDE * SIDE);
  #bends = new Float64Array(BENDS);
  #points;
  #line;
  /** Where each stroke of the line ends. */
  #ends;

  /**
   * @param {Grammar} grammar
   * @param {number} seed a whole number, 0 to 2^32 - 1
   */
  constructor({ spread, digits }, seed) {
    this.spread = spread;
    this.digits = digits.map((ways) => ({ ways, shares: ways.reduce((sum, { share }) => sum + share, 0) }));
    this.seed = seed;
    const strokes = digits.flatMap((ways) => ways.map((way) => way.strokes));
    const most = Math.max(...strokes.map((all) => all.reduce((sum, points) => sum + 2 * points.length, 0)));
    this.#points = new Float64Array(2 * most);
    this.#line = new Float64Array(2 * PIECES * most);
    this.#ends = new Int32Array(Math.max(...strokes.map((all) => all.length)));
  }

  /**
   * @param {number} number of the image, 0 to 2^32 - 1
   * @param {Uint8Array} image 784 bytes, overwritten
   * @returns {number} the digit that it shows
   */
  draw(number, image) {
    const state = createGenerator(this.seed, number);
    const digit = nextWord(state) % this.digits.length;
    const { ways, shares } = this.digits[digit];
    let left = nextWord(state) % shares;
    let way = 0;
    while (left >= ways[way].share) left -= ways[way++].share;

    const turn = bell(state, this.spread.turn) / 100;
    const slant = bell(state, this.spread.slant) / 100;
    const stretch = 1 + Math.max(bell(state, this.spread.stretch) / 100, NARROWEST);
    const radius = Math.max(bell(state, this.spread.radius), THINNEST);
    const edge = Math.max(bell(state, this.spread.edge), SHARPEST);
    for (let k = 0; k < BENDS; k++) this.#bends[k] = bell(state, this.spread.bend) / 100;

    const strokes = ways[way].strokes;
    let length = 0;
    for (let k = 0; k < strokes.length; k++) {
      const count = this.#place(state, strokes[k], turn, slant, stretch);
      length = this.#curve(count, length);
      this.#ends[k] = length;
    }
    this.#fit(length, BOX - (2 * radius) / 256);
    this.#nearest.fill(FAR);
    const reach = (radius + edge / 2) / 256 + 1 / 16;
    for (let k = 0, from = 0; k < strokes.length; from = this.#ends[k++]) {
      for (let at = from; at + 1 < this.#ends[k]; at++) this.#stroke(at, reach);
    }
    this.#ink(radius + edge / 2, edge, image);
    return digit;
  }

  /**
   * The points of one stroke as they are written this time, about [-1, 1] each way; a corner stands twice.
   * @param {Uint32Array} state
   * @param {GridPoint[]} stroke
   * @param {number} turn
   * @param {number} slant
   * @param {number} stretch
   * @returns {number} how many
   */
  #place(state, stroke, turn, slant, stretch) {
    const b = this.#bends;
    const cosine = (1 - turn * turn) / (1 + turn * turn);
    const sine = (2 * turn) / (1 + turn * turn);
    let count = 0;
    for (const [column, row, corner] of stroke) {
      const x = (column - 50 + bell(state, this.spread.point)) / 50;
      const y = (row - 50 + bell(state, this.spread.point)) / 50;
      const u = x + b[0] * (y * y) + b[1] * (x * y) + b[2] * (x * x) + b[3] * (y * y * y) + b[4] * (x * y * y);
      const v = y + b[5] * (x * x) + b[6] * (x * y) + b[7] * (y * y) + b[8] * (x * x * x) + b[9] * (y * y * y);
      const across = (u - slant * v) * stretch;
      for (let k = 0; k < (corner ? 2 : 1); k++, count++) {
        this.#points[2 * count] = across * cosine - v * sine;
        this.#points[2 * count + 1] = across * sine + v * cosine;
      }
    }
    return count;
  }

  /**
   * A smooth line through the points of a stroke.
   * @param {number} count of the points
   * @param {number} length of the line so far
   * @returns {number} its length after this
   */
  #curve(count, length) {
    const points = this.#points;
    const line = this.#line;
    for (let k = 0; k + 1 < count; k++) {
      const before = Math.max(k - 1, 0);
      const after = Math.min(k + 2, count - 1);
      for (const [a, b, c, d] of CURVE) {
        for (let axis = 0; axis < 2; axis++)
          line[2 * length + axis] =
            a * points[2 * before + axis] +
            b * points[2 * k + axis] +
            c * points[2 * k + 2 + axis] +
            d * points[2 * after + axis];
        length++;
      }
    }
    line[2 * length] = points[2 * count - 2];
    line[2 * length + 1] = points[2 * count - 1];
    return length + 1;
  }

  /**
   * Scales the line so that the longer side of what it spans is `extent` pixels, and puts it in the middle.
   * @param {number} length
   * @param {number} extent
   */
  #fit(length, extent) {
    const line = this.#line;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < length; k++) {
      left = Math.min(left, line[2 * k]);
      right = Math.max(right, line[2 * k]);
      top = Math.min(top, line[2 * k + 1]);
      bottom = Math.max(bottom, line[2 * k + 1]);
    }
    const scale = extent / Math.max(right - left, bottom - top);
    const middleX = (left + right) / 2;
    const middleY = (top + bottom) / 2;
    for (let k = 0; k < length; k++) {
      line[2 * k] = (line[2 * k] - middleX) * scale + MIDDLE;
      line[2 * k + 1] = (line[2 * k + 1] - middleY) * scale + MIDDLE;
    }
  }

  /**
   * Tells the pixels around one piece of the line how near it comes.
   * @param {number} at its first point
   * @param {number} reach in pixels
   */
  #stroke(at, reach) {
    const line = this.#line;
    const [fromX, fromY, toX, toY] = [line[2 * at], line[2 * at + 1], line[2 * at + 2], line[2 * at + 3]];
    const alongX = toX - fromX;
    const alongY = toY - fromY;
    const squared = alongX * alongX + alongY * alongY;
    const top = Math.max(Math.floor(Math.min(fromY, toY) - reach), 0);
    const bottom = Math.min(Math.floor(Math.max(fromY, toY) + reach), SIDE - 1);
    const left = Math.max(Math.floor(Math.min(fromX, toX) - reach), 0);
    const right = Math.min(Math.floor(Math.max(fromX, toX) + reach), SIDE - 1);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const x = column + 0.5 - fromX;
        const y = row + 0.5 - fromY;
        const share = squared > 0 ? (x * alongX + y * alongY) / squared : 0;
        const along = Math.min(Math.max(share, 0), 1);
        const offX = x - along * alongX;
        const offY = y - along * alongY;
        const distance = offX * offX + offY * offY;
        if (distance < this.#nearest[SIDE * row + column]) this.#nearest[SIDE * row + column] = distance;
      }
    }
  }

  /**
   * Ink by distance, and its centre of mass brought to the middle, by whole pixels.
   * @param {number} outer where ink begins, in 256ths of a pixel
   * @param {number} edge over which it rises
   * @param {Uint8Array} image overwritten
   */
  #ink(outer, edge, image) {
    const inked = this.#inked;
    let [sum, sumX, sumY] = [0, 0, 0];
    for (let k = 0; k < inked.length; k++) {
      const ink = Math.floor(((outer - ROOTS[Math.floor(this.#nearest[k] * CELLS)]) * 255) / edge);
      inked[k] = Math.min(Math.max(ink, 0), 255);
      sum += inked[k];
      sumX += inked[k] * (k % SIDE);
      sumY += inked[k] * Math.floor(k / SIDE);
    }
    const right = Math.floor(MIDDLE - sumX / sum);
    const down = Math.floor(MIDDLE - sumY / sum);
    image.fill(0);
    for (let row = Math.max(down, 0); row < Math.min(SIDE + down, SIDE); row++) {
      for (let column = Math.max(right, 0); column < Math.min(SIDE + right, SIDE); column++)
        image[SIDE * row + column] = inked[SIDE * (row - down) + column - right];
    }
  }
}

/**
 * A draw from a bell curve: the sum of four bytes, which has a standard deviation of 148.
 * @param {Uint32Array} state advanced
 * @param {Spread} spread
 */
function bell(state, [mean, deviation]) {
  const word = nextWord(state);
  const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
  return mean + (deviation * (sum - 510)) / 148;
}
