/**
 * Which model computes. A model is chosen at once and computes as soon as its weights are there; until then, and if they
 * fail to come, the one before goes on.
 */

import { fetchWeights } from "weights";

/** @import { Kernel } from "kernel" */
/** @import { ModelEntry, Site } from "site" */
/** @import { Weights } from "weights" */

/**
 * A model whose weights the kernel holds.
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
 * @property {(name: string, error: unknown) => void} failed a file did not come, or is not what it should be
 * @property {() => void} changed another model computes now
 */

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
  /** @type {Map<string, {promise: Promise<Model>, controller: AbortController, kept: boolean}>} */
  #loading = new Map();

  /**
   * @param {Site} site
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
   * Makes a model the one that computes. Of several choices in a row the last one counts, in whatever order files come.
   * @param {string} name
   */
  async choose(name) {
    this.chosen = name;
    for (const [other, load] of this.#loading) {
      if (other !== name && !load.kept) load.controller.abort();
    }
    try {
      this.#use(await this.load(name, false));
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
   * @param {boolean} [keep] whether to go on when another model is chosen meanwhile
   * @returns {Promise<Model>} rejects where the weights cannot be had; a later call tries again
   */
  load(name, keep = true) {
    const model = this.#ready.get(name);
    if (model) return Promise.resolve(model);
    const loading = this.#loading.get(name);
    if (loading && !loading.controller.signal.aborted) {
      loading.kept ||= keep;
      return loading.promise;
    }
    const controller = new AbortController();
    const load = { controller, kept: keep, promise: this.#fetch(name, controller.signal) };
    this.#loading.set(name, load);
    const forget = () => {
      if (this.#loading.get(name) === load) this.#loading.delete(name);
      controller.abort(); // where the kernel failed, the weights may still be on their way
    };
    load.promise.then(forget, forget);
    return load.promise;
  }

  /**
   * @param {string} name
   * @param {AbortSignal} signal
   * @returns {Promise<Model>}
   */
  async #fetch(name, signal) {
    const entry = this.#site.models.find((one) => one.name === name);
    if (!entry) throw new RangeError(`model: expected one of the site's, got ${name}`);
    /** @type {(received: number) => void} */
    const progress = (received) => {
      if (!signal.aborted) this.#listener.progress(name, received, entry.bytes);
    };
    progress(0);
    const [kernel, weights] = await Promise.all([
      this.#kernel(),
      fetchWeights(entry, this.#site.root + entry.file, progress, signal),
    ]);
    signal.throwIfAborted();
    const model = { kernel, handle: kernel.load(weights), weights, entry, off: new Set() };
    this.#ready.set(name, model);
    this.#listener.ready(model);
    this.#use(model); // a panel may have asked for the chosen model once more, after it had failed
    return model;
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
