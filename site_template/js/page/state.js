/**
 * The settings of the page, read from its address: everything that a link must restore. `address` writes them again.
 *
 * Comes in: the address's hash, which anyone may have written. Goes out: settings in which every value is one that the
 * page knows; what the hash has wrong is left at its default.
 */

import { parseHash } from "page/hash";

/** @import { Noises } from "draw/noise" */
/** @import { ModelEntry } from "network/model" */

/**
 * @typedef {object} Settings
 * @property {string} model the chosen model's name
 * @property {string} noise what corrupts the drawing: its kind, or "trained" for the chosen model's own
 * @property {number} level of that noise
 * @property {number} seed of that noise, 0 to 2^32 - 1
 * @property {boolean} own each tile of the wall is fed its model's own noise
 * @property {boolean} read each tile of the wall says what its reader names
 * @property {boolean} repeat new noise is drawn again and again
 * @property {boolean} noisy the model's own noise is added before each step of the feedback
 * @property {boolean} sampled each pixel is drawn from the answer there
 * @property {boolean} clamped what is drawn is held there
 * @property {boolean} mean the mean of the last answers is shown there
 * @property {boolean} fit the drawing is brought into MNIST's digit box
 * @property {boolean} difference what is shown is reconstruction minus input
 * @property {string[]} open panels that are unfolded
 * @property {number[]} off units that are switched off
 * @property {number | null} unit the one that is compared over the models
 */

export const TRAINED = "trained";
/** Of a noise whose level nobody has set. */
export const USUAL_LEVEL = 0.5;
/** Panels that a link may unfold, by the ids of their elements. */
const PANELS = /** @type {const} */ (["feedback", "units", "train"]);

/** @typedef {(typeof PANELS)[number]} PanelName */

/**
 * @param {string} model
 * @returns {Settings}
 */
export function defaultSettings(model) {
  return {
    model,
    noise: "none",
    level: USUAL_LEVEL,
    seed: 1,
    own: false,
    read: false,
    repeat: false,
    noisy: true,
    sampled: true,
    clamped: true,
    mean: false,
    fit: true,
    difference: false,
    open: [],
    off: [],
    unit: null,
  };
}

/**
 * @param {string} hash with or without its "#"
 * @param {{models: readonly ModelEntry[], noises: Noises}} site
 * @param {string} fallback the model where none is named
 * @returns {{settings: Settings, draw: string, whole: boolean}} the drawing as `encoding` reads it, "" for none; false where
 *   the rest of the link is not what it was
 */
export function readHash(hash, { models, noises }, fallback) {
  const { parameters, whole: complete } = parseHash(hash, {
    model: models.map(({ name }) => name),
    noise: [TRAINED, ...Object.keys(noises)],
  });
  const settings = defaultSettings(fallback);
  const model = models.find(({ name }) => name === parameters.get("model"));
  if (model) settings.model = model.name;
  const noise = parameters.get("noise") ?? "";
  if (noise === TRAINED || Object.hasOwn(noises, noise)) settings.noise = noise;
  settings.level = number(parameters.get("level"), settings.level, 0, noises[settings.noise]?.maximum || 1);
  settings.seed = whole(parameters.get("seed"), 2 ** 32 - 1) ?? settings.seed;
  settings.own = parameters.get("own") === "1";
  settings.read = parameters.get("read") === "1";
  settings.repeat = parameters.get("repeat") === "1";
  settings.noisy = parameters.get("noisy") !== "0";
  settings.sampled = parameters.get("sampled") !== "0";
  settings.clamped = parameters.get("clamped") !== "0";
  settings.mean = parameters.get("mean") === "1";
  settings.fit = parameters.get("fit") !== "0";
  settings.difference = parameters.get("difference") === "1";
  settings.open = list(parameters.get("open")).filter((panel) => PANELS.some((name) => name === panel));
  const hidden = models.find(({ name }) => name === settings.model)?.hidden ?? 0;
  const off = list(parameters.get("off")).map((text) => whole(text, hidden - 1));
  settings.off = [...new Set(off.filter((unit) => unit !== null))];
  settings.unit = whole(parameters.get("unit"), hidden - 1);
  return { settings, draw: parameters.get("draw") ?? "", whole: complete };
}

/**
 * @param {Settings} settings
 * @param {ModelEntry} model the one that "as trained" speaks of
 * @returns {{noise: string, level: number}} what corrupts the drawing
 */
export function resolveNoise({ noise, level }, model) {
  return noise === TRAINED ? { noise: model.noise, level: model.level } : { noise, level };
}

/** @param {string | null} text */
function list(text) {
  return text ? text.split(".") : [];
}

/**
 * @param {string | null} text
 * @param {number} usual
 * @param {number} lowest
 * @param {number} highest
 */
function number(text, usual, lowest, highest) {
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? Math.min(Math.max(value, lowest), highest) : usual;
}

/**
 * @param {string | null} text
 * @param {number} highest
 * @returns {number | null} null where the text is no whole number from 0 to `highest`
 */
function whole(text, highest) {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) <= highest ? Number(text) : null;
}
