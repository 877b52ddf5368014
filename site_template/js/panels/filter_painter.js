/** Paints what a unit looks for: its filter, on the scale of its model. */

import { classify, copyFilter, filterScale } from "network/filters";
import { paintSigned } from "page/paint";

/** @import { Pattern } from "network/filters" */
/** @import { Weights } from "network/weights" */
/** @import { Palette } from "page/paint" */
/** @import { Picture } from "page/picture" */

export class FilterPainter {
  #palette;
  #side;
  #filter;
  /** @type {WeakMap<Weights, number>} */
  #scales = new WeakMap();

  /**
   * @param {Palette} palette
   * @param {number} side pixels
   */
  constructor(palette, side) {
    this.#palette = palette;
    this.#side = side;
    this.#filter = new Float32Array(side * side);
  }

  /**
   * @param {Picture} picture
   * @param {Weights} weights
   * @param {number} unit
   */
  paint(picture, weights, unit) {
    copyFilter(weights, unit, this.#filter);
    paintSigned(this.#filter, this.scale(weights), this.#palette, picture.colours);
    picture.show();
  }

  /**
   * @param {Weights} weights
   * @param {number} unit
   * @returns {Pattern}
   */
  classify(weights, unit) {
    copyFilter(weights, unit, this.#filter);
    return classify(this.#filter, this.#side);
  }

  /**
   * @param {Weights} weights
   * @returns {number} the weight that has the full colour
   */
  scale(weights) {
    const scale = this.#scales.get(weights) ?? filterScale(weights);
    this.#scales.set(weights, scale);
    return scale;
  }
}
