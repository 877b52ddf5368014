/** What the exporter tells the scripts: the models, the files with their bytes and hashes, the messages. */

import { makeNoises } from "draw/noise";
import { fill } from "page/words";

/** @import { Noises } from "draw/noise" */
/** @import { ModelEntry, ReaderEntry } from "network/model" */

/** @typedef {{file: string, bytes: number}} File */

/** @typedef {{name: string, strokes: [number, number][][]}} ShownTry points in pixels */

/**
 * @typedef {object} Site
 * @property {string} root from this page to the site's top
 * @property {string} locale
 * @property {[number, number]} shape rows and columns of an image
 * @property {string} dtype of the weights: "F32" or "F16"
 * @property {ModelEntry[]} models
 * @property {Noises} noises
 * @property {Record<string, File>} kernel WebAssembly by variant
 * @property {File} golden safetensors: "pixels", "reconstruction/<name>" and "tolerance/<name>" of each model, "shares/<name>" of
 *   each reader, "shares/pixels" of that of bare ones
 * @property {ReaderEntry | null} reader of the bare pixels; each model's stands in its entry
 * @property {File} samples
 * @property {Record<"worker" | "simd" | "relaxed", File>} trainer what trains in the page
 * @property {File} grammar of the digits that the page draws
 * @property {ShownTry[]} tries drawings that networks which learn in the lab answer
 * @property {File & {dataset: string, count: number} | null} training images of the site's data set, gzipped IDX
 * @property {File} words what scripts that come later say, in the page's language
 * @property {File} style of what they show
 * @property {File} roll all models, where a page begins with some
 * @property {string} embed code that shows the lab in another page
 * @property {Record<string, string>} messages
 */

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Say a message with its placeholders filled */

/** @returns {Site} */
export function readSite() {
  const element = document.getElementById("site");
  if (!element) throw new TypeError("#site: expected the site's data, got no such element");
  const data = JSON.parse(element.textContent ?? "");
  return { ...data, noises: makeNoises(data.noises) };
}

/**
 * Adds the words and the style of what comes later than the first view.
 * @param {Site} site
 */
export async function fetchLater({ root, words, style, messages }) {
  if ("saved" in messages) return;
  const [text, css] = await Promise.all(
    [words, style].map(async ({ file }) => {
      const response = await fetch(root + file);
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      return response.text();
    }),
  );
  if ("saved" in messages) return; // two asked at once
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
  Object.assign(messages, JSON.parse(text));
}

/**
 * Adds the models of the site that the walk does not begin with, and the readers of those that it does.
 * @param {Site} site
 */
export async function fetchModels({ root, roll, models }) {
  const response = await fetch(root + roll.file);
  if (!response.ok) throw new Error(`${roll.file}: ${response.status}`);
  /** @type {ModelEntry[]} */
  const all = await response.json();
  for (const entry of all) {
    const known = models.find(({ name }) => name === entry.name);
    if (!known) models.push(entry);
    else if (entry.reader) known.reader = entry.reader;
  }
}

/**
 * @param {Record<string, string>} messages
 * @returns {Say}
 */
export function createSay(messages) {
  return (key, values = {}) => {
    const text = messages[key];
    if (text === undefined) throw new RangeError(`message ${key}: expected one of ${Object.keys(messages).join(", ")}`);
    return fill(text, values);
  };
}
