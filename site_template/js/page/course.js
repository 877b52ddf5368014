/**
 * A training as the page sees it: it plays and pauses, and waits while nobody looks: while the tab is hidden, or its place on
 * the page is out of view, unless it was asked to go on.
 */

import { Training } from "learn/training";

/** @import { Plan } from "learn/messages" */
/** @import { Snapshot } from "learn/training" */
/** @import { Site } from "page/site" */

/**
 * @typedef {object} CourseListener
 * @property {(snapshot: Snapshot) => void} snapshot
 * @property {() => void} ended the last step was done
 * @property {(error: unknown) => void} failed
 * @property {() => void} changed it plays, or no longer
 */

export class Course {
  /** It goes on while it is out of view, or the tab is. */
  unseen = false;
  /** Whether the visitor wants it to play. */
  playing = false;
  #training;
  #started = false;
  #inView = true;
  #listener;

  /**
   * @param {Site} site
   * @param {HTMLElement} box where it is shown
   * @param {CourseListener} listener
   */
  constructor({ root, trainer }, box, listener) {
    this.#listener = listener;
    const files = {
      worker: root + trainer.worker.file,
      simd: root + trainer.simd.file,
      relaxed: root + trainer.relaxed.file,
    };
    this.#training = new Training(files, {
      snapshot: (snapshot) => listener.snapshot(snapshot),
      ended: () => this.#end(() => listener.ended()),
      failed: (error) => this.#end(() => listener.failed(error)),
    });
    document.addEventListener("visibilitychange", () => this.attend());
    new IntersectionObserver(([entry]) => {
      this.#inView = entry.isIntersecting;
      this.attend();
    }).observe(box);
  }

  /**
   * From the start, at once.
   * @param {Plan} plan
   */
  async start(plan) {
    this.#started = false;
    try {
      await this.#training.start(plan);
    } catch (error) {
      this.#end(() => this.#listener.failed(error));
      return;
    }
    this.#started = true;
    this.play();
  }

  play() {
    this.playing = true;
    this.attend();
    this.#listener.changed();
  }

  pause() {
    this.playing = false;
    this.attend();
    this.#listener.changed();
  }

  /** One step, and then it waits. */
  step() {
    this.pause();
    this.#training.step();
  }

  /**
   * @param {number} racer
   * @param {string} kind
   * @param {number} level
   */
  setNoise(racer, kind, level) {
    this.#training.setNoise(racer, kind, level);
  }

  /** @param {number} rate */
  setRate(rate) {
    this.#training.setRate(rate);
  }

  /** Ends the worker, if there is one. */
  stop() {
    this.#training.stop();
    this.#end(() => {});
  }

  /** Plays or waits, as it should. */
  attend() {
    if (!this.#started) return;
    const seen = this.unseen || (this.#inView && document.visibilityState === "visible");
    if (this.playing && seen) this.#training.play();
    else this.#training.pause();
  }

  /** @param {() => void} tell */
  #end(tell) {
    this.#started = false;
    this.playing = false;
    this.#listener.changed();
    tell();
  }
}
