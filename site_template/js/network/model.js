/**
 * The models that compute, and the one that is chosen. Weights come one file after the other, in the order in which they are
 * asked for, but for the chosen model's, which come at once. A model computes as soon as it can: from the lighter form of its
 * weights where that is asked for, and from the float32 ones when they have come, with the same handle and its units as they
 * were.
 */

import { fetchFile } from "network/fetch";
import { parseLight } from "network/light";
import { Queue } from "network/queue";
import { parseWeights } from "network/weights";

/** @import { Kernel } from "network/engine" */
/** @import { Place } from "network/queue" */
/** @import { Entry } from "network/fetch" */
/** @import { Weights } from "network/weights" */

/**
 * What the site says of a model.
 * @typedef {object} ModelFacts
 * @property {string} name
 * @property {string} noise a kind of noise
 * @property {number} level
 * @property {number} hidden units
 */

/**
 * A reader of codes, or of bare pixels: `weight` [features, classes] and `bias` [classes]. A confidence below `threshold`
 * is "none of these"; `test_error` is the share of the test images that it misreads.
 * @typedef {Entry & {classes: number, threshold: number, test_error: number}} ReaderEntry
 */

/** @typedef {ModelFacts & Entry & {light?: Entry, reader?: ReaderEntry}} ModelEntry what else the site has, where it has it */

/**
 * A model whose weights the kernel holds. It stays the same object, with the same handle, when its weights are completed.
 * @typedef {object} Model
 * @property {Kernel} kernel
 * @property {number} handle
 * @property {Weights} weights
 * @property {ModelEntry} entry
 * @property {Set<number>} off units that are switched off
 */

/**
 * @typedef {object} Listener
 * @property {(name: string, received: number, bytes: number) => void} progress a file is coming
 * @property {(model: Model) => void} ready a model can compute
 * @property {(model: Model) => void} completed a model that could compute already now does so in float32
 * @property {(name: string, error: unknown) => void} failed the chosen model's file did not come, or is not what it should be
 * @property {() => void} changed another model computes now
 */

/**
 * @typedef {object} Load
 * @property {Promise<Model>} promise
 * @property {AbortController} controller
 * @property {boolean} kept it goes on when another model is chosen
 * @property {number} wanted how many still wait for it
 */

/** Milliseconds that stand for "when idle". */
const PAUSE = 200;

/** Whether the visitor's browser asks pages to save data. */
export function savesData() {
  const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
  return connection?.saveData === true;
}

/** Whether a service worker has copies of the site's files, which are the float32 ones alone: see export/site/pwa.py. */
const hasCopies = () => {
  try {
    return Boolean(navigator.serviceWorker?.controller);
  } catch {
    return false; // a frame without an origin may not even ask
  }
};

/** @returns {Promise<void>} when the page has nothing else to do; some browsers cannot tell, and wait a little */
function idle() {
  const page = /** @type {{requestIdleCallback?: (done: () => void) => void}} */ (globalThis);
  return new Promise((done) => (page.requestIdleCallback ? page.requestIdleCallback(done) : setTimeout(done, PAUSE)));
}

export class Models {
  /** The model that computes. @type {Model | null} */
  current = null;
  /** The name of the model that shall compute. */
  chosen = "";
  #site;
  #kernel;
  #listener;
  /** @type {Map<string, Model>} */
  #ready = new Map();
  /** By file. @type {Map<string, Load>} */
  #loads = new Map();
  /** @type {Queue<Model>} */
  #queue = new Queue();

  /**
   * @param {{root: string, models: readonly ModelEntry[]}} site
   * @param {() => Promise<Kernel>} kernel asked for when the first weights are; may be asked again after it failed
   * @param {Listener} listener
   */
  constructor(site, kernel, listener) {
    this.#site = site;
    this.#kernel = kernel;
    this.#listener = listener;
  }

  /** @param {string} name @returns {Model | undefined} the model, if it can compute already */
  get(name) {
    return this.#ready.get(name);
  }

  /**
   * Takes a model that the site has no file of: it can compute at once.
   * @param {ModelEntry} entry
   * @param {Weights} weights
   * @returns {Promise<Model>}
   */
  async add(entry, weights) {
    return this.#take(entry, await this.#kernel(), weights);
  }

  /**
   * Makes a model the one that computes, in float32; where its lighter form is there, from that until then. Of several choices
   * in a row the last one counts, in whatever order files come.
   * @param {string} name
   */
  async choose(name) {
    this.chosen = name;
    try {
      const { file } = this.#entry(name);
      for (const [other, load] of this.#loads) {
        if (other !== file && !load.kept) load.controller.abort();
      }
      const ready = this.#ready.get(name);
      if (ready) this.#use(ready);
      this.#use(await this.#load(name, false, "now", false));
    } catch (error) {
      // What was called off is no fault, though the model may have been chosen once more since.
      if (this.chosen !== name || (error instanceof DOMException && error.name === "AbortError")) return;
      if (this.current) this.chosen = this.current.entry.name;
      this.#listener.failed(name, error);
    }
  }

  /**
   * Switches units of the model that computes off, and all others on.
   * @param {readonly number[]} units
   */
  switchOff(units) {
    if (!this.current) return;
    const { kernel, handle, off, entry } = this.current;
    for (const unit of [...off].filter((one) => !units.includes(one))) {
      kernel.setUnit(handle, unit, true);
      off.delete(unit);
    }
    for (const unit of units.filter((one) => one < entry.hidden && !off.has(one))) {
      kernel.setUnit(handle, unit, false);
      off.add(unit);
    }
  }

  /**
   * @param {string} name
   * @param {object} [how]
   * @param {"light" | "float32"} [how.precision] of the weights: the lighter form serves where it is said to
   * @param {boolean} [how.first] whether its file comes before all others that wait
   * @param {AbortSignal} [how.signal] says that they are no longer wanted here: a load that has not begun, and that nobody else
   *   waits for, is called off
   * @returns {Promise<Model>} rejects where the weights cannot be had or are no longer wanted; a later call tries again
   */
  load(name, { precision = "float32", first = false, signal } = {}) {
    return this.#load(name, precision === "light", first ? "first" : "last", true, signal);
  }

  /**
   * @param {string} name
   * @returns {Promise<Model>} when it computes in float32
   */
  complete(name) {
    return this.load(name);
  }

  /**
   * Completes models to float32 one after the other, each when the page is idle; none for a visitor who saves data.
   * @param {Iterable<string>} [names] those that can compute
   * @returns {Promise<void>} rejects with the first that cannot be had; a later call tries again
   */
  async completeWhenIdle(names = [...this.#ready.keys()]) {
    if (savesData()) return;
    for (const name of names) {
      await idle();
      await this.complete(name);
    }
  }

  /** @param {string} name */
  #entry(name) {
    const entry = this.#site.models.find((one) => one.name === name);
    if (!entry) throw new RangeError(`model: expected one of the site's, got ${name}`);
    return entry;
  }

  /**
   * @param {string} name
   * @param {boolean} light whether the lighter form serves
   * @param {Place} place in the queue
   * @param {boolean} keep whether to go on when another model is chosen meanwhile
   * @param {AbortSignal} [signal]
   * @returns {Promise<Model>}
   */
  async #load(name, light, place, keep, signal) {
    const entry = this.#entry(name);
    const model = this.#ready.get(name);
    if (model && (light || model.weights.precision !== "fixed-point")) return model;
    const whole = this.#loads.get(entry.file);
    const lighter = light && !hasCopies() && !(whole && !whole.controller.signal.aborted);
    const form = (lighter && entry.light) || entry;
    const before = this.#loads.get(form.file);
    const load = before && !before.controller.signal.aborted ? before : this.#begin(entry, form, place, keep);
    if (load === before) {
      load.kept ||= keep;
      load.wanted += 1;
      this.#queue.move(form.file, place);
    }
    signal?.addEventListener("abort", () => {
      load.wanted -= 1;
      if (load.wanted === 0) this.#queue.drop(form.file);
    });
    return load.promise;
  }

  /**
   * @param {ModelEntry} entry
   * @param {Entry} form the entry itself, or its lighter form
   * @param {Place} place in the queue
   * @param {boolean} kept
   * @returns {Load}
   */
  #begin(entry, form, place, kept) {
    const controller = new AbortController();
    const fetching = () => this.#fetch(entry, form, controller.signal);
    const load = { controller, kept, wanted: 1, promise: this.#queue.add(form.file, fetching, place) };
    this.#loads.set(form.file, load);
    const forget = () => {
      if (this.#loads.get(form.file) === load) this.#loads.delete(form.file);
      controller.abort(); // where the kernel failed, the weights may still be on their way
    };
    load.promise.then(forget, forget);
    return load;
  }

  /**
   * @param {ModelEntry} entry
   * @param {Entry} form the entry itself, or its lighter form
   * @param {AbortSignal} signal
   * @returns {Promise<Model>}
   */
  async #fetch(entry, form, signal) {
    const { name } = entry;
    const model = this.#ready.get(name);
    if (model && form !== entry) return model; // the whole file came while this one waited
    /** @type {(received: number) => void} */
    const progress = (received) => {
      if (!signal.aborted) this.#listener.progress(name, received, form.bytes);
    };
    progress(0);
    const [kernel, bytes] = await Promise.all([
      this.#kernel(),
      fetchFile(form, this.#site.root + form.file, progress, signal),
    ]);
    signal.throwIfAborted();
    const parse = form === entry ? parseWeights : parseLight;
    return this.#take(entry, kernel, parse(bytes, form.file));
  }

  /**
   * @param {ModelEntry} entry
   * @param {Kernel} kernel
   * @param {Weights} weights
   * @returns {Model} that computes from them, or from better ones
   */
  #take(entry, kernel, weights) {
    const before = this.#ready.get(entry.name);
    if (!before) {
      const model = { kernel, handle: kernel.load(weights), weights, entry, off: new Set() };
      this.#ready.set(entry.name, model);
      this.#listener.ready(model);
      this.#use(model); // a panel may have asked for the chosen model once more, after it had failed
      return model;
    }
    if (weights.precision !== "fixed-point") {
      kernel.replace(before.handle, weights);
      before.weights = weights;
      this.#listener.completed(before);
    }
    return before;
  }

  /**
   * Makes a model compute, if it is the one that shall and does not yet.
   * @param {Model} model
   */
  #use(model) {
    if (this.chosen !== model.entry.name || this.current === model) return;
    this.switchOff([]); // other views show the model before whole
    this.current = model;
    this.#listener.changed();
  }
}
