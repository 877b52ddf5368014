/**
 * What the readers of several models make of their codes, in words. Their files come when somebody wants to know; until then,
 * and where a model has none, nothing is said.
 */

import { fetchReader } from "network/reader";

/** @import { Reader } from "network/reader" */
/** @import { ReaderEntry } from "network/model" */
/** @import { Say, Site } from "page/site" */

export class Readings {
  #site;
  #say;
  /** By name of the model. @type {Map<string, Reader>} */
  #readers = new Map();

  /**
   * @param {Pick<Site, "root">} site
   * @param {Say} say
   */
  constructor(site, say) {
    this.#site = site;
    this.#say = say;
  }

  /**
   * Fetches the readers that are not there yet.
   * @param {readonly {name: string, reader?: ReaderEntry | null}[]} entries
   */
  async fetch(entries) {
    await Promise.all(
      entries.map(async ({ name, reader }) => {
        if (reader && !this.#readers.has(name)) this.#readers.set(name, await fetchReader(reader, this.#site.root));
      }),
    );
  }

  /**
   * @param {string} name of a model
   * @param {Float32Array} code
   * @returns {string} the class, and how sure it is; empty where the model has no reader, or not yet
   */
  describe(name, code) {
    const reader = this.#readers.get(name);
    if (!reader) return "";
    reader.read(code);
    const { sure, best, shares } = reader;
    if (!sure) return this.#say("reading-none");
    return this.#say("reading-named", { label: best, percent: (100 * shares[best]).toFixed(0) });
  }
}
