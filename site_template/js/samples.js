/** The ten sample digits, drawn as strokes of our own. */

import { strokeFromPoints } from "strokes";

/** @import { Site } from "site" */
/** @import { Stroke } from "strokes" */

/** Pixels on a side of the frame in which the samples are drawn: MNIST's. */
const FRAME = 28;

/**
 * @param {Site} site
 * @param {number} digit
 * @returns {Promise<Stroke[]>} in pixels of the site's frame
 */
export async function fetchSample(site, digit) {
  const response = await fetch(site.root + site.samples.file);
  if (!response.ok) throw new Error(String(response.status));
  const { digits } = await response.json();
  const { strokes } = digits.find((/** @type {{digit: number}} */ sample) => sample.digit === digit);
  const scale = site.shape[0] / FRAME;
  return strokes.map((/** @type {[number, number][]} */ points) =>
    strokeFromPoints("soft", points.map(([x, y]) => [scale * x, scale * y])));
}
