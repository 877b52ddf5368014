/** Some filters side by side on one canvas, as they grow: all on one scale, which follows them. */

import { paintSigned } from "page/paint";
import { Picture } from "page/picture";

/** @import { Palette } from "page/paint" */
/** @import { Weights } from "network/weights" */

/** Standard deviations of the weights that are shown at full colour. */
const FULL = 3;

export class FilterGrid {
  #picture;
  #palette;
  #side;
  #columns;
  #filter;
  #colours;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} side pixels of a filter along one edge
   * @param {number} columns
   * @param {number} rows
   * @param {Palette} palette
   */
  constructor(canvas, side, columns, rows, palette) {
    this.#picture = new Picture(canvas, columns * (side + 1) - 1, rows * (side + 1) - 1);
    this.#palette = palette;
    this.#side = side;
    this.#columns = columns;
    this.count = columns * rows;
    this.#filter = new Float32Array(side * side);
    this.#colours = new Uint32Array(side * side);
  }

  /**
   * @param {Pick<Weights, "weight" | "hidden">} weights
   * @param {ArrayLike<number>} units as many as are shown, the first of them first
   */
  show({ weight, hidden }, units) {
    const side = this.#side;
    const length = side * side;
    const shown = Math.min(this.count, units.length);
    let squares = 0;
    for (let at = 0; at < shown; at++) for (let k = 0; k < length; k++) squares += weight[k * hidden + units[at]] ** 2;
    const scale = FULL * Math.sqrt(squares / (shown * length)) || 1;
    const width = this.#picture.canvas.width;
    for (let at = 0; at < shown; at++) {
      for (let k = 0; k < length; k++) this.#filter[k] = weight[k * hidden + units[at]];
      paintSigned(this.#filter, scale, this.#palette, this.#colours);
      const left = (at % this.#columns) * (side + 1);
      const top = Math.floor(at / this.#columns) * (side + 1);
      for (let row = 0; row < side; row++)
        this.#picture.colours.set(this.#colours.subarray(row * side, (row + 1) * side), (top + row) * width + left);
    }
    this.#picture.show();
  }
}
