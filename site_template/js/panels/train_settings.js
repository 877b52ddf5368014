/** What the visitor sets for a training: who races under which noise, the images, and the recipe. */

import { find, write } from "page/dom";
import { describe } from "page/words";

/** @import { Recipe } from "learn/recipe" */
/** @import { Site } from "page/site" */

/** @typedef {{noise: string, level: number}} Racer */

/**
 * @typedef {object} SettingsListener
 * @property {(row: number, setting: Racer) => void} noise of the racer of a row, also while it runs
 * @property {(rate: number) => void} rate
 */

const RACERS = 3;
const BATCH = 50;
/** Of the recipe that all models of the site share, what the visitor does not set. */
const REST = Object.freeze({
  batch: BATCH,
  schedule: /** @type {const} */ ("cosine"),
  warmup: 0.05,
  b1: 0.9,
  b2: 0.999,
});
/** Of a noise whose level nobody has set. */
const USUAL = 0.5;

export class TrainSettings {
  #site;
  #rows;
  #data = find("train-data", HTMLSelectElement);
  #files = find("train-files", HTMLInputElement);
  #numbers = {
    hidden: find("train-hidden", HTMLInputElement),
    rate: find("train-rate", HTMLInputElement),
    seed: find("train-seed", HTMLInputElement),
    limit: find("train-limit", HTMLInputElement),
  };

  /**
   * @param {Site} site
   * @param {SettingsListener} listener
   */
  constructor(site, listener) {
    this.#site = site;
    this.#rows = Array.from({ length: RACERS }, (_, racer) => ({
      noise: find(`train-noise-${racer}`, HTMLSelectElement),
      level: find(`train-level-${racer}`, HTMLInputElement),
      text: find(`train-level-text-${racer}`, HTMLElement),
    }));
    for (const [racer, row] of this.#rows.entries()) {
      row.noise.addEventListener("change", () => {
        if (row.noise.value) row.level.value = String(Math.min(USUAL, site.noises[row.noise.value].maximum));
        this.#show();
        if (row.noise.value) listener.noise(racer, this.#racer(racer));
      });
      row.level.addEventListener("input", () => {
        this.#show();
        if (row.noise.value) listener.noise(racer, this.#racer(racer));
      });
    }
    this.#numbers.rate.addEventListener("change", () => listener.rate(this.#read("rate")));
    this.#data.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** "drawn", "site" or "files". */
  get data() {
    return this.#data.value;
  }

  get files() {
    return [...(this.#files.files ?? [])];
  }

  /** Images that are seen at most. */
  get limit() {
    return this.#read("limit");
  }

  /** @returns {{recipe: Recipe, racers: Racer[], rows: number[], limit: number}} `rows` says which of the rows race */
  read() {
    const limit = this.limit;
    const steps = Math.ceil(limit / BATCH);
    const rows = [...this.#rows.keys()].filter((row) => this.#rows[row].noise.value);
    const racers = rows.map((row) => this.#racer(row));
    const [hidden, seed] = [this.#read("hidden"), this.#read("seed")].map(Math.floor);
    return { recipe: { ...REST, hidden, seed, steps, learningRate: this.#read("rate") }, racers, rows, limit };
  }

  /** @param {number} racer @returns {Racer} */
  #racer(racer) {
    const { noise, level } = this.#rows[racer];
    return { noise: noise.value, level: this.#site.noises[noise.value].draw ? Number(level.value) : 0 };
  }

  /**
   * A number within its bounds: what is written is put right, so that what is seen is what counts.
   * @param {"hidden" | "rate" | "seed" | "limit"} name
   */
  #read(name) {
    const input = this.#numbers[name];
    const value = Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : Number(input.defaultValue);
    const within = Math.min(Math.max(value, Number(input.min)), Number(input.max));
    if (within !== input.valueAsNumber) input.value = String(within);
    return within;
  }

  #show() {
    find("train-files-row", HTMLElement).hidden = this.data !== "files";
    for (const { noise, level, text } of this.#rows) {
      const facts = this.#site.noises[noise.value];
      const row = level.closest("label");
      if (row) row.hidden = !facts?.draw;
      if (!facts?.draw) continue;
      level.max = String(facts.slider);
      const sentence = describe(facts, Number(level.value));
      level.setAttribute("aria-valuetext", sentence);
      write(text, sentence);
    }
  }
}
