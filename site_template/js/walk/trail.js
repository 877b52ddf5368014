/**
 * The way through the walk in the browser's history. A step is an entry; each keeps what the stage showed when it was last
 * seen there, so that Back and Forward bring it back.
 */

import { complain } from "page/dom";
import { keepStrokes, strokesOf, writeEntry } from "page/history";
import { stageOf } from "walk/stage";

/** @import { Say } from "page/site" */
/** @import { Journal } from "walk/journal" */
/** @import { Stage, WalkSite } from "walk/stage" */

/** @typedef {typeof import("walk/address")} Address */

export class Trail {
  #site;
  #say;
  #journal;
  /** @type {Address | null} */
  #address = null;

  /**
   * @param {WalkSite} site
   * @param {Say} say
   * @param {Journal} journal
   */
  constructor(site, say, journal) {
    this.#site = site;
    this.#say = say;
    this.#journal = journal;
    addEventListener("popstate", ({ state }) => void this.follow(location.hash, state));
  }

  /** Fetches what writes stages down; wanted before the first is written, so that writing waits for nothing. */
  async prepare() {
    this.#address = await import("walk/address");
    return this.#address;
  }

  /**
   * Keeps what is shown in the entry that is shown.
   * @returns {string} its hash, as far as there is one, whether or not the browser took it
   */
  save() {
    const { stage } = this.#journal;
    void this.#write((address) => writeEntry("replaceState", ...entry(address, stage)));
    return this.#address?.writeStage(stage) ?? location.hash;
  }

  /**
   * Sets the stage where the visitor is.
   * @param {Stage} next
   */
  set(next) {
    this.#journal.turn(next);
    this.save();
  }

  /**
   * Keeps what is shown, and begins an entry for what comes.
   * @param {Stage} next
   */
  step(next) {
    this.save();
    this.#journal.turn(next);
    void this.#write((address) => writeEntry("pushState", ...entry(address, next)));
  }

  /**
   * Sets the stage to what an address says, if that does not only lead to a place.
   * @param {string} hash
   * @param {unknown} state that the browser kept with it
   */
  async follow(hash, state) {
    try {
      const strokes = strokesOf(state);
      if (strokes) return this.#journal.turn({ ...stageOf(this.#site.walk.tries[0], false), strokes, tried: "" });
      const { readStage } = await this.prepare();
      const found = readStage(isKept(state) ? state.stage : hash, this.#site);
      if (found.stage) this.#journal.turn(found.stage);
      if (!found.whole) complain(this.#say("bad-link"));
    } catch (error) {
      complain(String(error));
    }
  }

  /** @param {(address: Address) => void} write */
  async #write(write) {
    if (this.#address) return write(this.#address);
    try {
      write(await this.prepare());
    } catch (error) {
      keepStrokes(this.#journal.stage.strokes);
      throw error;
    }
  }
}

/**
 * @param {Address} address
 * @param {Stage} stage
 * @returns {[{stage: string}, string]} an entry's state, and its address
 */
function entry({ writeStage }, stage) {
  return [{ stage: writeStage(stage, true) }, writeStage(stage)];
}

/**
 * @param {unknown} state
 * @returns {state is {stage: string}}
 */
function isKept(state) {
  return typeof state === "object" && state !== null && "stage" in state && typeof state.stage === "string";
}
