/** The ten sample digits, drawn as strokes of our own. */

import { strokeFromPoints } from "draw/strokes";

/** @import { Stroke } from "draw/strokes" */

/** Pixels on a side of the image in which the samples are drawn: MNIST's. */
const DRAWN_SIDE = 28;

/**
 * @param {string} url of the file of all ten
 * @param {number} side of an image in pixels
 * @param {number} digit
 * @returns {Promise<Stroke[]>} in pixels of the image
 */
export async function fetchSample(url, side, digit) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(String(response.status));
  const { digits } = await response.json();
  const { strokes } = digits.find((/** @type {{digit: number}} */ sample) => sample.digit === digit);
  const scale = side / DRAWN_SIDE;
  return strokes.map((/** @type {[number, number][]} */ points) =>
    strokeFromPoints(
      "soft",
      points.map(([x, y]) => [scale * x, scale * y]),
    ),
  );
}
