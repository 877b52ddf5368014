/** A link sets drawing, noise and model together: Undo and Redo bring them back together, too. */

/** @import { Stroke } from "draw/strokes" */
/** @import { Settings } from "page/state" */

/** @typedef {Pick<Settings, "model" | "noise" | "level" | "seed" | "fit">} Beside what stands beside a drawing */
/** @typedef {{from: Stroke[], to: Stroke[], before: Beside, after: Beside}} Step from one drawing to another by a link */

export class Journal {
  #settings;
  #changed;
  /** @type {Step[]} */
  #steps = [];

  /**
   * @param {Settings} settings
   * @param {() => void} changed the settings were changed here
   */
  constructor(settings, changed) {
    this.#settings = settings;
    this.#changed = changed;
  }

  /** @returns {Beside} */
  snapshot() {
    const { model, noise, level, seed, fit } = this.#settings;
    return { model, noise, level, seed, fit };
  }

  /**
   * A link leads from one drawing to another, and has changed the settings already.
   * @param {Stroke[]} from
   * @param {Stroke[]} to
   * @param {Beside} before
   */
  join(from, to, before) {
    this.#steps.push({ from, to, before, after: this.snapshot() });
  }

  /**
   * Undo or Redo led from one drawing to another: if a link did so first, or the other way, its settings come back.
   * @param {Stroke[]} from
   * @param {Stroke[]} to
   */
  travel(from, to) {
    const now = this.snapshot();
    const back = this.#steps.findLast((step) => step.from === to && step.to === from);
    const forth = this.#steps.findLast((step) => step.from === from && step.to === to);
    if (back) {
      back.after = now;
      Object.assign(this.#settings, back.before);
    } else if (forth) {
      forth.before = now;
      Object.assign(this.#settings, forth.after);
    } else return;
    this.#changed();
  }
}
