/** What the answers are, in words for those who listen: how much each adds and takes away, and where. */

/** @import { Ink } from "draw/verdict" */
/** @import { Say } from "page/site" */
/** @import { Tile } from "walk/answers" */

/** Of the image's side: farther off the drawing's middle, what is added lies on one side of it. */
const ASIDE = 0.07;

/**
 * @param {readonly Tile[]} tiles
 * @param {number} side
 * @param {Say} say
 * @returns {string} one sentence for each that answers
 */
export function describeAnswers(tiles, side, say) {
  return tiles
    .map(({ label, ink }) =>
      ink
        ? say("heard", {
            model: label,
            added: Math.round(ink.added),
            given: Math.round(ink.given),
            removed: Math.round(ink.removed),
            where: ink.added < 1 ? "" : say(`where-${where(ink, ASIDE * side)}`),
          })
        : "",
    )
    .filter(Boolean)
    .join(" ");
}

/**
 * @param {Ink} ink
 * @param {number} aside pixels
 */
function where({ x, y }, aside) {
  if (Math.hypot(x, y) < aside) return "among";
  if (Math.abs(x) > Math.abs(y)) return x > 0 ? "right" : "left";
  return y > 0 ? "below" : "above";
}
