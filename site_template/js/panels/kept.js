/**
 * Models that were trained here, or opened from disk: they stand on the wall and in the list like the site's own, and stay in
 * the browser's storage until the visitor clears it.
 */

import { formatWeights } from "network/format";
import { parseWeights } from "network/weights";
import { find } from "page/dom";
import { clearKept, keepFile, keptFiles } from "page/storage";
import { describe } from "page/words";

/** @import { ModelEntry } from "network/model" */
/** @import { Weights } from "network/weights" */
/** @import { Page } from "panels/panels" */
/** @import { Wall } from "panels/wall" */

export class Kept {
  #page;
  #wall;
  #count = 0;

  /**
   * @param {Page} page
   * @param {Wall} wall
   */
  constructor(page, wall) {
    this.#page = page;
    this.#wall = wall;
  }

  /**
   * @param {Weights} weights copied
   * @param {Record<string, string>} facts metadata of a weights file, with "noise" and "level"
   * @returns {Promise<{name: string, stored: boolean}>} what the model is called, and whether it survives a reload
   */
  async take(weights, facts) {
    const bytes = formatWeights(weights, facts).buffer;
    const name = this.#freeName();
    await this.#add(name, bytes);
    const stored = await keepFile(name, bytes).then(
      () => true,
      () => false, // the browser keeps nothing for this page
    );
    return { name, stored };
  }

  /** Brings back what was kept. */
  async restore() {
    for (const [name, bytes] of await keptFiles()) await this.#add(name, bytes);
  }

  /** Forgets them all; the page must then be opened anew. */
  clear() {
    return clearKept();
  }

  #freeName() {
    const { models } = this.#page.site;
    do this.#count++;
    while (models.some(({ name }) => name === `here-${this.#count}`));
    return `here-${this.#count}`;
  }

  /**
   * @param {string} name
   * @param {ArrayBuffer} bytes
   */
  async #add(name, bytes) {
    const { site, models, say } = this.#page;
    const weights = parseWeights(bytes, name);
    if (weights.visible !== this.#page.frame.side ** 2) return; // kept by another site of this address
    const { noise, level } = weights.metadata;
    const facts = site.noises[noise] ?? site.noises.none;
    /** @type {ModelEntry} */
    const entry = {
      ...{ name, noise: facts.kind, level: facts.draw ? Number(level) : 0, hidden: weights.hidden },
      ...{ file: "", bytes: bytes.byteLength, sha256: "" },
    };
    const amount = facts.draw ? `${facts.words.name}, ${describe(facts, entry.level)}` : facts.words.name;
    const number = name.split("-").at(-1) ?? "";
    site.models.push(entry);
    await models.add(entry, weights);
    const option = document.createElement("option");
    option.value = name;
    const label = say("kept-label", { noise: amount, hidden: weights.hidden, number });
    option.textContent = label;
    this.#group().append(option);
    this.#wall.add(entry, number, label);
  }

  #group() {
    const list = find("model", HTMLSelectElement);
    const there = list.querySelector("optgroup[data-kept]");
    if (there) return there;
    const group = document.createElement("optgroup");
    group.dataset.kept = "";
    group.label = find("tiles-kept", HTMLElement).ariaLabel ?? "";
    list.append(group);
    return group;
  }
}
