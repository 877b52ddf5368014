/** The drawings of the walk's first chapter, as pixels. */

import { renderStrokes } from "draw/pixels";
import { strokeFromPoints } from "draw/strokes";

/** @import { Given } from "panels/train_lane" */
/** @import { Say, ShownTry } from "page/site" */

/**
 * @param {readonly ShownTry[]} tries
 * @param {number} side pixels along one edge
 * @param {Say} say
 * @returns {Given[]}
 */
export function renderTries(tries, side, say) {
  return tries.map(({ name, strokes }) => {
    const pixels = new Float32Array(side * side);
    const drawn = strokes.map((points) => strokeFromPoints("soft", points));
    renderStrokes(drawn, pixels, side);
    return { name: say(`drawing-${name}`), pixels };
  });
}
