/** One network that learns, on the page: its filters, what it makes of the drawing, and what is told of both. */

import { mapBack } from "draw/fit";
import { measure, verdict } from "draw/verdict";
import { countStrokes } from "learn/strokes";
import { write } from "page/dom";
import { FilterGrid } from "page/filter_grid";
import { Picture } from "page/picture";
import { paintChange } from "walk/paint";

/** @import { Rules } from "draw/verdict" */
/** @import { Kernel } from "network/engine" */
/** @import { Weights } from "network/weights" */
/** @import { Frame } from "page/frame" */
/** @import { Palette } from "page/paint" */
/** @import { Say } from "page/site" */
/** @import { Colours } from "walk/paint" */

const COLUMNS = 5;
const ROWS = 4;

export class Lane {
  box = document.createElement("figure");
  #name;
  #say;
  #filters;
  #answer;
  #bytes;
  #shown;
  #word = document.createElement("b");
  #numbers = document.createElement("span");
  /** The kernel, and the handle it gave, once there are weights. @type {{kernel: Kernel, handle: number} | null} */
  #model = null;

  /**
   * @param {string} name of the noise, in the visitor's language
   * @param {number} side pixels along one edge
   * @param {Palette} palette
   * @param {Say} say
   */
  constructor(name, side, palette, say) {
    this.#name = name;
    this.#say = say;
    const filters = document.createElement("canvas");
    const answer = document.createElement("canvas");
    answer.className = "answer-canvas";
    for (const [canvas, key] of /** @type {[HTMLCanvasElement, string][]} */ ([
      [filters, "learn-filters"],
      [answer, "learn-answer"],
    ])) {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", say(key, { model: name }));
    }
    const title = document.createElement("strong");
    title.textContent = name;
    const caption = document.createElement("figcaption");
    caption.append(this.#word, this.#numbers);
    this.box.append(title, filters, answer, caption);
    this.#filters = new FilterGrid(filters, side, COLUMNS, ROWS, palette);
    this.#answer = new Picture(answer, side, 2 * side);
    this.#bytes = new Uint8ClampedArray(this.#answer.colours.buffer);
    this.#shown = new Float32Array(side * side);
  }

  /**
   * @param {Kernel} kernel
   * @param {Weights} weights
   * @param {Int32Array} order the units to be shown, first of all
   */
  take(kernel, weights, order) {
    this.#filters.show(weights, order);
    if (this.#model) kernel.replace(this.#model.handle, weights);
    else this.#model = { kernel, handle: kernel.load(weights) };
  }

  /**
   * @param {Weights} weights
   * @param {number} side
   */
  count(weights, side) {
    const strokes = countStrokes(weights, side);
    this.box.dataset.strokes = String(strokes);
    write(this.#numbers, this.#say("learn-strokes", { strokes, hidden: weights.hidden }));
  }

  /**
   * @param {Frame} frame
   * @param {Float32Array} given what was fed, as the visitor drew it
   * @param {Int32Array} pieces of what was fed
   * @param {Rules} rules
   * @param {Colours} colours
   */
  show({ fed, transform, side, blank, telling }, given, pieces, rules, colours) {
    if (!this.#model) return;
    const { kernel, handle } = this.#model;
    kernel.encode(handle, fed);
    kernel.decode(handle);
    const reconstruction = kernel.reconstruction(handle);
    if (blank) this.#shown.fill(0);
    else mapBack(reconstruction, transform, side, this.#shown);
    paintChange(given, this.#shown, colours, side, this.#bytes);
    this.#answer.show();
    if (!telling) return;
    const detail = { fed: fed.slice(), reconstruction: reconstruction.slice() };
    this.box.dispatchEvent(new CustomEvent("learned", { bubbles: true, detail }));
    const word = blank ? rules.blank : verdict(measure(fed, reconstruction, pieces, rules), rules);
    write(this.#word, this.#say(`word-${word}`));
  }

  /** @returns {string} all of it in words */
  sentence() {
    const [word, strokes] = [this.#word, this.#numbers].map(({ textContent }) => textContent ?? "");
    return this.#say("learn-told", { model: this.#name, word, strokes });
  }
}
