/**
 * Tasks that wait for one another: one runs at a time, so that each has the whole connection, but for those that are wanted
 * now.
 *
 * @template T what a task gives
 */
export class Queue {
  /** @type {{key: string, start: () => void, reject: (reason: unknown) => void}[]} */
  #waiting = [];
  #running = 0;

  /**
   * @param {string} key
   * @param {() => Promise<T>} task
   * @param {Place} place
   * @returns {Promise<T>} as the task's; rejects with an AbortError where it is dropped
   */
  add(key, task, place) {
    return new Promise((resolve, reject) => {
      const start = () => {
        this.#running += 1;
        const end = () => {
          this.#running -= 1;
          this.#next();
        };
        task().then(resolve, reject).then(end);
      };
      this.#waiting.push({ key, start, reject });
      this.move(key, place);
    });
  }

  /**
   * Where a task that still waits shall wait.
   * @param {string} key
   * @param {Place} place
   */
  move(key, place) {
    const index = this.#waiting.findIndex((one) => one.key === key);
    if (index >= 0 && place !== "last") this.#waiting.unshift(...this.#waiting.splice(index, 1));
    if (index >= 0 && place === "now") this.#waiting.shift()?.start();
    this.#next();
  }

  /**
   * Takes a task out, if it still waits.
   * @param {string} key
   */
  drop(key) {
    const index = this.#waiting.findIndex((one) => one.key === key);
    if (index < 0) return;
    const [{ reject }] = this.#waiting.splice(index, 1);
    reject(new DOMException(`${key}: no longer wanted`, "AbortError"));
  }

  #next() {
    if (this.#running === 0) this.#waiting.shift()?.start();
  }
}

/** @typedef {"last" | "first" | "now"} Place behind all that wait, before them, or beside what runs */
