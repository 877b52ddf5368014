/**
 * What the readers of several models make of their codes, in words. Their files come when somebody wants to know; until then
 * nothing is said. Models that were trained here, or opened from disk, have none: readers of theirs learn, in closed form,
 * from digits that the page draws.
 */

import { Digits, SIDE } from "draw/digits";
import { FewReader } from "learn/few";
import { fetchReader } from "network/reader";

/** @import { Reader } from "network/reader" */
/** @import { Model, ReaderEntry } from "network/model" */
/** @import { Say, Site } from "page/site" */

/** Drawn digits that such a reader learns from, and their seed. */
const DRAWN = 400;
const SEED = 1;

export class Readings {
  #site;
  #say;
  /** By name of the model. @type {Map<string, Reader>} */
  #readers = new Map();
  /** @type {Map<string, FewReader>} */
  #learned = new Map();

  /**
   * @param {Pick<Site, "root" | "grammar" | "shape">} site
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
   * Learns readers that are not there yet; for digits of another shape than the page draws there are none.
   * @param {readonly Model[]} models which have no reader's file
   */
  async learn(models) {
    const { root, grammar, shape } = this.#site;
    const missing = models.filter(({ entry }) => !this.#learned.has(entry.name));
    if (missing.length === 0 || shape[0] !== SIDE || shape[1] !== SIDE) return;
    const digits = new Digits(await (await fetch(root + grammar.file)).json(), SEED);
    const bytes = new Uint8Array(SIDE * SIDE);
    const drawn = Array.from({ length: DRAWN }, (_, number) => {
      const sign = digits.draw(number, bytes);
      return { sign, pixels: Float32Array.from(bytes, (byte) => byte / 255) };
    });
    for (const { entry, kernel, handle } of missing) {
      const shown = drawn.map(({ sign, pixels }) => {
        kernel.encode(handle, pixels);
        return { sign, code: kernel.code(handle).slice() };
      });
      this.#learned.set(entry.name, new FewReader(shown, digits.digits.length));
    }
  }

  /**
   * @param {string} name of a model
   * @param {Float32Array} code
   * @returns {string} the class, and how sure it is; empty where the model has no reader, or not yet
   */
  describe(name, code) {
    const learned = this.#learned.get(name);
    if (learned) {
      learned.read(code);
      return this.#say("reading-learned", { label: learned.best });
    }
    const reader = this.#readers.get(name);
    if (!reader) return "";
    reader.read(code);
    const { sure, best, shares } = reader;
    if (!sure) return this.#say("reading-none");
    return this.#say("reading-named", { label: best, percent: (100 * shares[best]).toFixed(0) });
  }
}
