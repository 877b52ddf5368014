/** What the stage shows, what Undo goes back to, and Redo forward to. */

/** @import { Stage } from "walk/stage" */

export class Journal {
  /** Newest last. @type {Stage[]} */
  #past = [];
  /** @type {Stage[]} */
  #future = [];
  #shown;

  /**
   * @param {Stage} stage shown first
   * @param {() => void} shown another stage is shown
   */
  constructor(stage, shown) {
    /** Shown now. */
    this.stage = stage;
    this.#shown = shown;
  }

  /** Whether there is nothing to go back to. */
  get fresh() {
    return this.#past.length === 0;
  }

  /** What is shown is one to go back to: something new begins. */
  keep() {
    this.#past.push(this.stage);
    this.#future.length = 0;
  }

  /** @param {Stage} next */
  turn(next) {
    this.keep();
    this.#show(next);
  }

  /** What began last was not meant. */
  cancel() {
    this.#show(this.#past.pop() ?? this.stage);
  }

  /** There is nothing to go back to. */
  forget() {
    this.#past.length = 0;
    this.#shown();
  }

  /** @returns {boolean} whether there was a stage to go back to */
  undo() {
    return this.#travel(this.#past, this.#future);
  }

  /** @returns {boolean} whether there was one to go forward to */
  redo() {
    return this.#travel(this.#future, this.#past);
  }

  /**
   * @param {Stage[]} from
   * @param {Stage[]} to
   */
  #travel(from, to) {
    const next = from.pop();
    if (!next) return false;
    to.push(this.stage);
    this.#show(next);
    return true;
  }

  /** @param {Stage} next */
  #show(next) {
    this.stage = next;
    this.#shown();
  }
}
