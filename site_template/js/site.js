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
 * @property {Record<string, File>} golden safetensors: "pixels", and each model's answers
 * @property {File} samples
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
