/** What the exporter tells the scripts: the models, the files with their sizes and hashes, the messages. */

/** @import { Entry } from "weights" */

/**
 * @typedef {object} ModelFacts
 * @property {string} name
 * @property {string} noise a key of NOISES
 * @property {number} level
 * @property {number} hidden units
 */

/** @typedef {ModelFacts & Entry} ModelEntry */
/** @typedef {{file: string, bytes: number}} File */

/**
 * @typedef {object} Site
 * @property {string} root from this page to the site's top
 * @property {string} locale
 * @property {[number, number]} shape rows and columns of an image
 * @property {string} dtype of the weights: "F32" or "F16"
 * @property {ModelEntry[]} models
 * @property {Record<string, File>} kernel WebAssembly by variant
 * @property {File} golden safetensors: "pixels", and "reconstruction/<name>" of each model
 * @property {File} samples
 * @property {File} words what scripts that come later say, by language
 * @property {File} style of what they show
 * @property {Record<string, string>} messages
 */

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Say a message with its placeholders filled */

/** @returns {Site} */
export function readSite() {
  const element = document.getElementById("site");
  if (!element) throw new TypeError("#site: expected the site's data, got no such element");
  return JSON.parse(element.textContent ?? "");
}

/**
 * Adds the words and the style of what comes later than the first view.
 * @param {Site} site
 */
export async function fetchLater({ root, words, style, locale, messages }) {
  if ("saved" in messages) return;
  const [text, css] = await Promise.all([words, style].map(async ({ file }) => {
    const response = await fetch(root + file);
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    return response.text();
  }));
  if ("saved" in messages) return; // two asked at once
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
  Object.assign(messages, JSON.parse(text)[locale]);
}

/**
 * @param {Record<string, string>} messages
 * @returns {Say}
 */
export function createSay(messages) {
  return (key, values = {}) => {
    const text = messages[key];
    if (text === undefined) throw new RangeError(`message ${key}: expected one of ${Object.keys(messages).join(", ")}`);
    return text.replace(/\{([a-z_]+)\}/g, (_, name) => String(values[name]));
  };
}
