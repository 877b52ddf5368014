/** The losses on images that are not learned, as curves, by how many images were seen; and whether they still fall. */

import { find, write } from "page/dom";

/** @import { Say } from "page/site" */

/** Of the curve, in the units of its viewBox. */
const WIDTH = 300;
const HEIGHT = 80;
/** Nats that the sum of the losses must fall to count as falling, and images within which it must. */
const FALL = 0.1;
const PATIENCE = 60_000;

export class TrainCurve {
  #lines = [...find("train-shown", HTMLElement).querySelectorAll("polyline")];
  #text = find("train-curve-text", HTMLElement);
  #say;
  #limit;
  /** Of each racer: images seen, and the loss then. @type {[number, number][][]} */
  #points;
  #best = Infinity;
  #bestAt = 0;

  /**
   * @param {Say} say
   * @param {number} racers
   * @param {number} limit images that are seen at most
   */
  constructor(say, racers, limit) {
    this.#say = say;
    this.#limit = limit;
    this.#points = Array.from({ length: racers }, () => []);
    for (const line of this.#lines) line.setAttribute("points", "");
  }

  /**
   * @param {{heldOutLoss: number, heldOutAt: number}[]} racers
   * @returns {boolean} whether the losses still fall, or may yet
   */
  add(racers) {
    for (const [racer, { heldOutLoss, heldOutAt }] of racers.entries()) {
      const points = this.#points[racer];
      if (Number.isFinite(heldOutLoss) && points.at(-1)?.[0] !== heldOutAt) points.push([heldOutAt, heldOutLoss]);
    }
    const sum = racers.reduce((total, { heldOutLoss }) => total + heldOutLoss, 0);
    const [{ heldOutAt }] = racers;
    if (sum < this.#best - FALL) {
      this.#best = sum;
      this.#bestAt = heldOutAt;
    }
    return !(heldOutAt - this.#bestAt >= PATIENCE);
  }

  /** What is learned is another thing now: what was best no longer counts. */
  forget() {
    this.#best = Infinity;
  }

  show() {
    const losses = this.#points.flatMap((points) => points.map(([, loss]) => loss));
    if (losses.length === 0) return;
    const [low, high] = [Math.min(...losses), Math.max(...losses)];
    const scale = HEIGHT / (Math.log(high / low) || 1); // the first step falls farther than all the rest
    for (const [racer, points] of this.#points.entries()) {
      const places = points.map(
        ([seen, loss]) => `${((WIDTH * seen) / this.#limit).toFixed(1)},${(scale * Math.log(high / loss)).toFixed(1)}`,
      );
      this.#lines[racer].setAttribute("points", places.join(" "));
    }
    write(this.#text, this.#say("train-curve", { low: low.toFixed(1), high: high.toFixed(1) }));
  }
}
