/** One network that learns, in the lab: its filters, its answers to the drawing and to the tries, its numbers. */

import { countStrokes } from "learn/strokes";
import { write } from "page/dom";
import { FilterGrid } from "page/filter_grid";
import { paintGrey } from "page/paint";
import { Picture } from "page/picture";

/** @import { Kernel } from "network/engine" */
/** @import { Weights } from "network/weights" */
/** @import { Frame } from "page/frame" */
/** @import { Palette } from "page/paint" */
/** @import { Say } from "page/site" */

const COLUMNS = 8;
const ROWS = 3;

/**
 * @typedef {object} Given something that is answered beside the drawing
 * @property {string} name in the visitor's language
 * @property {Float32Array} pixels
 */

export class TrainLane {
  box = document.createElement("figure");
  /** The weights of the last snapshot; its buffer is another's when the next one comes. @type {Weights | null} */
  weights = null;
  #say;
  #side;
  #palette;
  #given;
  #title = document.createElement("strong");
  #filters;
  #answer;
  #tries;
  #numbers = document.createElement("span");
  /** @type {{kernel: Kernel, handle: number} | null} */
  #model = null;

  /**
   * @param {number} number of the racer, which its curve is drawn by
   * @param {number} side pixels along one edge
   * @param {Palette} palette
   * @param {readonly Given[]} given
   * @param {Say} say
   * @param {(what: "keep" | "save") => void} pressed
   */
  constructor(number, side, palette, given, say, pressed) {
    this.#say = say;
    this.#side = side;
    this.#palette = palette;
    this.#given = given;
    const key = document.createElement("span");
    key.className = `curve-key curve-${number}`;
    const title = document.createElement("span");
    title.append(key, this.#title);
    const filters = picture(say("train-filters"));
    const answer = picture(say("train-answer"));
    const tries = given.map(({ name }) => picture(say("train-try", { drawing: name })));
    const answers = document.createElement("div");
    answers.className = "train-answers";
    answers.append(answer, ...tries);
    const caption = document.createElement("figcaption");
    const buttons = document.createElement("span");
    buttons.className = "buttons";
    for (const what of /** @type {const} */ (["keep", "save"])) {
      const button = document.createElement("button");
      button.textContent = say(`train-${what}`);
      button.addEventListener("click", () => pressed(what));
      buttons.append(button);
    }
    caption.append(this.#numbers, buttons);
    this.box.append(title, filters, answers, caption);
    this.#filters = new FilterGrid(filters, side, COLUMNS, ROWS, palette);
    this.#answer = new Picture(answer, side);
    this.#tries = tries.map((canvas) => new Picture(canvas, side));
  }

  /** @param {string} noise as the visitor set it */
  name(noise) {
    write(this.#title, noise);
  }

  /**
   * @param {Kernel} kernel
   * @param {Weights} weights
   * @param {ArrayLike<number>} order of the units
   */
  take(kernel, weights, order) {
    this.weights = weights;
    this.#filters.show(weights, order);
    if (this.#model) kernel.replace(this.#model.handle, weights);
    else this.#model = { kernel, handle: kernel.load(weights) };
    for (const [at, { pixels }] of this.#given.entries()) this.#paint(pixels, this.#tries[at]);
  }

  /** @param {Frame} frame */
  show({ fed, blank }) {
    if (!this.#model) return;
    if (!blank) return this.#paint(fed, this.#answer);
    this.#answer.colours.fill(this.#palette.grey[0]);
    this.#answer.show();
  }

  /**
   * @param {Float32Array} pixels
   * @param {Picture} picture
   */
  #paint(pixels, picture) {
    if (!this.#model) return;
    const { kernel, handle } = this.#model;
    kernel.encode(handle, pixels);
    kernel.decode(handle);
    paintGrey(kernel.reconstruction(handle), this.#palette, picture.colours);
    picture.show();
  }

  /** @param {number} loss on images that are not learned, no number where it was not measured */
  count(loss) {
    if (!this.weights) return;
    const strokes = countStrokes(this.weights, this.#side);
    this.box.dataset.strokes = String(strokes);
    const counted = this.#say("learn-strokes", { strokes, hidden: this.weights.hidden });
    write(
      this.#numbers,
      Number.isFinite(loss) ? `${this.#say("train-loss", { loss: loss.toFixed(1) })} ${counted}` : counted,
    );
  }

  /** @returns {string} all of it in words */
  sentence() {
    return `${this.#title.textContent}: ${this.#numbers.textContent}`;
  }

  /** Gives its place in the kernel back. */
  end() {
    if (this.#model) this.#model.kernel.unload(this.#model.handle);
    this.#model = null;
  }
}

/** @param {string} label */
function picture(label) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}
