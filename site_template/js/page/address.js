/** The address that keeps the settings and the drawing; it is first written when something has changed. */

import { encodeStrokes } from "draw/encoding";
import { shorten } from "draw/shorten";
import { defaultSettings } from "page/state";

/** @import { Settings } from "page/state" */
/** @import { Noises } from "draw/noise" */
/** @import { Stroke } from "draw/strokes" */

/** Characters of a hash: with host and path a link stays under 1.5 KB. */
const LONGEST = 1200;
/** Of these for the units that are switched off: more than anyone switches off by hand. */
const MOST_OFF = 600;

/**
 * @param {Settings} settings
 * @param {readonly Stroke[]} strokes
 * @param {Noises} noises
 * @returns {string} a hash from which the same is read again, but for points of a drawing that is too long for a link
 */
export function writeHash(settings, strokes, noises) {
  return format(settings, encodeStrokes(keptStrokes(settings, strokes, noises)), noises);
}

/**
 * @param {Settings} settings
 * @param {readonly Stroke[]} strokes
 * @param {Noises} noises
 * @returns {readonly Stroke[]} what a link has of a drawing: the very same, or fewer points, or even fewer strokes
 */
export function keptStrokes(settings, strokes, noises) {
  const room = LONGEST - format(settings, "", noises).length - "&draw=".length;
  return shorten(strokes, room);
}

/**
 * @param {Settings} settings
 * @param {string} draw the drawing as text
 * @param {Noises} noises
 * @returns {string}
 */
function format(settings, draw, noises) {
  const usual = defaultSettings("");
  const parameters = new URLSearchParams({ model: settings.model });
  /** @type {(key: string, value: string | number, usual: string | number) => void} */
  const put = (key, value, expected) => {
    if (value !== expected) parameters.set(key, String(value));
  };
  put("draw", draw, "");
  put("noise", settings.noise, usual.noise);
  if (noises[settings.noise]?.draw) parameters.set("level", String(settings.level));
  put("seed", settings.seed, usual.seed);
  put("own", Number(settings.own), 0);
  put("read", Number(settings.read), 0);
  put("repeat", Number(settings.repeat), 0);
  put("noisy", Number(settings.noisy), 1);
  put("sampled", Number(settings.sampled), 1);
  put("clamped", Number(settings.clamped), 1);
  put("mean", Number(settings.mean), 0);
  put("fit", Number(settings.fit), 1);
  put("difference", Number(settings.difference), 0);
  put("open", settings.open.join("."), "");
  const off = settings.off.join(".");
  put("off", off.length > MOST_OFF ? off.slice(0, off.lastIndexOf(".", MOST_OFF)) : off, "");
  put("unit", settings.unit ?? "", "");
  return `#${parameters}`;
}
