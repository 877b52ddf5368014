/**
 * Signs that a visitor taught, as a text for links and files, and back.
 *
 * The text: for every example "a", "b" or "c", which sign it is, and its strokes as draw/encoding writes them; a full stop
 * between two examples.
 */

import { encodeStrokes, readStrokes } from "draw/encoding";

/** @import { Stroke } from "draw/strokes" */

/** @typedef {{sign: number, strokes: readonly Stroke[]}} Example of sign 0, 1 ... */

export const SIGNS = "abc";
/** Of one sign. */
export const MOST_EXAMPLES = 8;

/**
 * @param {readonly Example[]} examples
 * @returns {string} URL-safe; "" for none
 */
export function writeSigns(examples) {
  return examples.map(({ sign, strokes }) => SIGNS[sign] + encodeStrokes(strokes)).join(".");
}

/**
 * Reads as much as can be read: every example that is whole.
 * @param {string} text
 * @returns {{examples: Example[], whole: boolean}} whether the text is exactly what `writeSigns` writes
 */
export function readSigns(text) {
  /** @type {Example[]} */
  const examples = [];
  if (text === "") return { examples, whole: true };
  let whole = true;
  for (const part of text.split(".", SIGNS.length * MOST_EXAMPLES + 1)) {
    const sign = SIGNS.indexOf(part.slice(0, 1));
    const read = readStrokes(part.slice(1));
    const room = examples.filter((one) => one.sign === sign).length < MOST_EXAMPLES;
    if (part && sign >= 0 && read.whole && read.strokes.length > 0 && room)
      examples.push({ sign, strokes: read.strokes });
    else whole = false;
  }
  return { examples, whole };
}
