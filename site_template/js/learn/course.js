/**
 * A course of training, without the clock: networks that learn from the same batches, one step each in turn.
 *
 * Comes in: a plan and a kernel. Goes out: how far they have come, and snapshots in buffers of the caller's.
 */

import { makeNoises } from "draw/noise";
import { initialParams } from "learn/initial";
import { snapshotViews } from "learn/messages";
import { createSupply } from "learn/supply";
import { Trainer } from "learn/trainer";

/** @import { Plan, Progress } from "learn/messages" */
/** @import { TrainingKernel } from "learn/net" */

export class Course {
  #plan;
  #trainers;
  #progress;
  #supply;
  #batch;
  #initial;
  #losses;
  #summed = 0;

  /**
   * @param {Plan} plan
   * @param {TrainingKernel} kernel
   */
  constructor(plan, kernel) {
    const { visible, recipe, racers, data } = plan;
    const params = plan.params ?? initialParams(visible, recipe.hidden, recipe.seed);
    const noises = makeNoises(plan.noises);
    this.#plan = plan;
    this.#trainers = racers.map(({ noise, level }) => new Trainer({ kernel, noises, params, recipe, noise, level }));
    this.#progress = racers.map(({ noise, level }) => {
      /** @type {Progress} */
      const progress = { noise, level, loss: Number.NaN, heldOutLoss: Number.NaN, heldOutAt: 0 };
      return progress;
    });
    this.#losses = new Float64Array(racers.length);
    this.#supply = createSupply(data, visible);
    this.#batch = new Uint8Array(recipe.batch * visible);
    this.#initial = params.weight;
    this.#measure();
  }

  get step() {
    return this.#trainers[0].steps;
  }

  get imagesSeen() {
    return this.#trainers[0].imagesSeen;
  }

  get ended() {
    return this.step >= this.#plan.recipe.steps;
  }

  /**
   * One step of every network.
   * @returns {number} which of them has a loss that is not finite; -1 where none has
   */
  advance() {
    this.#supply.fill(this.#batch);
    for (let racer = 0; racer < this.#trainers.length; racer++) {
      const loss = this.#trainers[racer].step(this.#batch);
      if (!Number.isFinite(loss)) return racer;
      this.#losses[racer] += loss;
    }
    this.#summed += 1;
    const { heldOut, recipe } = this.#plan;
    if (heldOut && this.imagesSeen % heldOut.every < recipe.batch) this.#measure();
    return -1;
  }

  /**
   * @param {number} racer
   * @param {string} noise
   * @param {number} level
   */
  setNoise(racer, noise, level) {
    this.#trainers[racer].setNoise(noise, level);
    Object.assign(this.#progress[racer], { noise, level });
  }

  /** @param {number} learningRate */
  setRate(learningRate) {
    for (const trainer of this.#trainers) trainer.setRate(learningRate);
  }

  /** The rate of the next step. */
  get rate() {
    return this.#trainers[0].rate;
  }

  /** @returns {readonly Progress[]} since this was asked last */
  takeProgress() {
    this.#progress.forEach((one, racer) => {
      one.loss = this.#losses[racer] / this.#summed;
    });
    this.#losses.fill(0);
    this.#summed = 0;
    return this.#progress;
  }

  /** @param {ArrayBuffer} buffer of `snapshotBytes`, overwritten */
  copy(buffer) {
    const { visible, recipe } = this.#plan;
    this.#trainers.forEach((trainer, racer) => {
      const views = snapshotViews(buffer, racer, visible, recipe.hidden);
      trainer.copyParams(views);
      measureChanges(this.#initial, views.weight, views.changes);
    });
  }

  #measure() {
    const { heldOut } = this.#plan;
    if (!heldOut) return;
    this.#progress.forEach((one, racer) => {
      one.heldOutLoss = this.#trainers[racer].loss(heldOut.images);
      one.heldOutAt = this.imagesSeen;
    });
  }
}

/**
 * How far each unit's filter has moved: the length of the difference.
 * @param {Float32Array} before [visible][hidden]
 * @param {Float32Array} after
 * @param {Float32Array} changes [hidden], overwritten
 */
export function measureChanges(before, after, changes) {
  const hidden = changes.length;
  changes.fill(0);
  for (let at = 0; at < after.length; at += hidden) {
    for (let unit = 0; unit < hidden; unit++) changes[unit] += (after[at + unit] - before[at + unit]) ** 2;
  }
  for (let unit = 0; unit < hidden; unit++) changes[unit] = Math.sqrt(changes[unit]);
}
