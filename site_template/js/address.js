/** The address that keeps the settings and the drawing; it is first written when something has changed. */

import { encodeStrokes } from "encoding";
import { NOISES } from "noise";
import { shorten } from "shorten";
import { defaultSettings } from "state";

/** @import { Settings } from "state" */
/** @import { Stroke } from "strokes" */

/** Characters of a hash: with host and path a link stays under 1.5 KB. */
const LONGEST = 1200;
/** Of these for the units that are switched off: more than anyone switches off by hand. */
const MOST_OFF = 600;

/**
 * @param {Settings} settings
 * @param {readonly Stroke[]} strokes
 * @returns {string} a hash from which the same is read again, but for points of a drawing that is too long for a link
 */
export function writeHash(settings, strokes) {
  const text = encodeStrokes(strokes);
  const hash = format(settings, text);
  if (hash.length <= LONGEST) return hash;
  return format(settings, encodeStrokes(shorten(strokes, LONGEST - (hash.length - text.length))));
}

/**
 * @param {Settings} settings
 * @param {string} draw the drawing as text
 * @returns {string}
 */
function format(settings, draw) {
  const usual = defaultSettings("");
  const parameters = new URLSearchParams({ model: settings.model });
  /** @type {(key: string, value: string | number, usual: string | number) => void} */
  const put = (key, value, expected) => {
    if (value !== expected) parameters.set(key, String(value));
  };
  put("draw", draw, "");
  put("noise", settings.noise, usual.noise);
  if (NOISES[settings.noise]?.draw) parameters.set("level", String(settings.level));
  put("seed", settings.seed, usual.seed);
  put("own", Number(settings.own), 0);
  put("repeat", Number(settings.repeat), 0);
  put("noisy", Number(settings.noisy), 0);
  put("fit", Number(settings.fit), 1);
  put("difference", Number(settings.difference), 0);
  put("open", settings.open.join("."), "");
  const off = settings.off.join(".");
  put("off", off.length > MOST_OFF ? off.slice(0, off.lastIndexOf(".", MOST_OFF)) : off, "");
  put("unit", settings.unit ?? "", "");
  return `#${parameters}`;
}
