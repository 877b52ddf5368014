/** Feedback: what a model answers is fed to it again, and again. Beside it the plain autoencoder, as the control. */

import { complain, find, write } from "dom";
import { Draws } from "frame";
import { failure } from "loading";
import { NOISES } from "noise";
import { paintGrey, Picture } from "paint";

/** @import { Frame, View } from "frame" */
/** @import { Model } from "model" */
/** @import { Page, Panel } from "panels" */

/** Steps a second where it runs, and the step at which it stops by itself. */
const RATE = 8;
const LAST = 200;
/** Of the curve, in the units of its viewBox. */
const WIDTH = 300;
const HEIGHT = 80;

/** @param {Page} page @returns {Panel} */
export function createFeedback(page) {
  const feedback = new Feedback(page);
  page.frame.add(feedback);
  return feedback;
}

/** One model's run: what it is fed next, and the ink after every step. */
class Run {
  /** @type {number[]} */
  ink = [];
  #curve;

  /**
   * @param {number} size pixels on a side
   * @param {string} id of its canvas and of its curve
   * @param {number} stream of its noise
   */
  constructor(size, id, stream) {
    this.values = new Float32Array(size * size);
    this.noisy = new Float32Array(size * size);
    this.draws = new Draws(size * size, stream);
    this.picture = new Picture(find(id, HTMLCanvasElement), size);
    this.#curve = find(`${id}-curve`, SVGPolylineElement);
  }

  /** @param {Float32Array} start */
  reset(start) {
    this.values.set(start);
    this.ink = [total(start)];
  }

  /**
   * @param {Model} model
   * @param {boolean} noise whether the model's own noise is added first
   * @param {number} seed of that noise, of which every step has another
   */
  step({ kernel, handle, entry }, noise, seed) {
    const next = (seed + this.ink.length) % 2 ** 32;
    if (noise) NOISES[entry.noise].apply(this.values, entry.level, this.draws.of(entry.noise, next), this.noisy);
    kernel.update(handle, noise ? this.noisy : this.values);
    kernel.decode(handle);
    this.values.set(kernel.reconstruction(handle));
    this.ink.push(total(this.values));
  }

  /** @param {number} most ink that the curve has room for */
  showCurve(most) {
    const across = WIDTH / Math.max(this.ink.length - 1, 10);
    const points = this.ink.map((ink, k) => `${(across * k).toFixed(1)},${(HEIGHT * (1 - ink / most)).toFixed(1)}`);
    this.#curve.setAttribute("points", points.join(" "));
  }
}

/** @implements {View} */
class Feedback {
  visible = false;
  #page;
  #chosen;
  #plain;
  #start;
  #model = "";
  #timer = 0;
  #run = find("feedback-run", HTMLButtonElement);

  /** @param {Page} page */
  constructor(page) {
    const { size } = page.frame;
    this.#page = page;
    this.#start = new Float32Array(size * size).fill(-1);
    this.#chosen = new Run(size, "feedback-chosen", 1001);
    this.#plain = new Run(size, "feedback-plain", 1002);
    find("feedback-1", HTMLButtonElement).addEventListener("click", () => this.#step(1));
    find("feedback-10", HTMLButtonElement).addEventListener("click", () => this.#step(10));
    find("feedback-restart", HTMLButtonElement).addEventListener("click", () => this.#reset(page.frame.fed));
    this.#run.addEventListener("click", () => (this.#timer ? this.#stop() : this.#begin()));
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const showMotion = () => {
      this.#run.hidden = still.matches;
      if (still.matches) this.#stop();
    };
    still.addEventListener("change", showMotion);
    showMotion();
  }

  /** @param {boolean} open */
  toggle(open) {
    this.visible = open;
    this.#stop();
    if (!open) return;
    const plain = this.#plainName();
    if (plain) this.#page.models.load(plain).then(() => this.#step(0), (error) => complain(failure(plain, error, this.#page.say)));
    this.#page.frame.refresh();
  }

  changed() {
    if (this.visible) this.#paint();
  }

  /** Another drawing, another noise or another model begins anew. @param {Frame} frame */
  show({ fed }) {
    const model = this.#page.models.current?.entry.name ?? "";
    if (model === this.#model && fed.every((value, k) => value === this.#start[k])) return;
    this.#model = model;
    this.#reset(fed);
  }

  #plainName() {
    return this.#page.site.models.find(({ noise }) => noise === "none")?.name;
  }

  /** @param {Float32Array} fed */
  #reset(fed) {
    this.#start.set(fed);
    this.#chosen.reset(fed);
    this.#plain.reset(fed);
    this.#paint();
  }

  #begin() {
    this.#timer = window.setInterval(() => this.#step(1), 1000 / RATE);
    write(this.#run, this.#page.say("feedback-stop"));
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    write(this.#run, this.#page.say("feedback-run"));
  }

  /** @param {number} count of steps; with none the plain model alone catches up */
  #step(count) {
    const { models, settings } = this.#page;
    const model = models.current;
    const plain = models.get(this.#plainName() ?? "");
    for (let k = 0; model && k < count && this.#chosen.ink.length <= LAST; k++) {
      this.#chosen.step(model, settings.noisy, settings.seed);
    }
    // The plain one, whose weights may have come later, is never behind.
    while (plain && this.#plain.ink.length < this.#chosen.ink.length) this.#plain.step(plain, settings.noisy, settings.seed);
    if (this.#chosen.ink.length > LAST) this.#stop();
    this.#paint();
  }

  #paint() {
    const { palette, say } = this.#page;
    const most = 1.1 * Math.max(...this.#chosen.ink, ...this.#plain.ink, 1);
    for (const run of [this.#chosen, this.#plain]) {
      paintGrey(run.values, palette, run.picture.colours);
      run.picture.show();
      run.showCurve(most);
    }
    const [first, last] = [this.#chosen.ink[0] ?? 0, this.#chosen.ink.at(-1) ?? 0];
    const values = { step: Math.max(this.#chosen.ink.length - 1, 0), first: first.toFixed(0), last: last.toFixed(0) };
    write(find("feedback-text", HTMLElement), say("feedback-ink", values));
  }
}

/** @param {Float32Array} values */
function total(values) {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return sum;
}
