/** Words with numbers in them: messages, and the level of a noise, as export/site/words.py puts them. */

/** @import { NoiseFacts } from "draw/noise" */

/**
 * @param {string} text with placeholders, as {name}
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{([a-z_]+)\}/g, (_, name) => String(values[name]));
}

/**
 * @param {Pick<NoiseFacts, "words">} noise
 * @param {number} level
 * @returns {string} as "50 % of the pixels", or "variance 0.75, σ 0.87"
 */
export function describe({ words }, level) {
  return fill(words.level, {
    percent: String(Number((100 * level).toPrecision(6))),
    level: level.toFixed(2),
    sigma: Math.sqrt(level).toFixed(2),
  });
}
