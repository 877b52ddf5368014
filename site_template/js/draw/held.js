/** What a chain holds of a drawing: the part that the visitor has decided. */

/** @typedef {"nothing" | "shown" | "above" | "below" | "left" | "right" | "ink"} Held */

/** Of the side: ink that ends before it lies in one half, and the half is held with its paper, up to where the ink ends. */
const HALF = 0.62;
const INK = 0.5;

/**
 * @param {Float32Array} ink [side * side], in [0, 1]
 * @param {Float32Array} missing 1 where the visitor has hidden a pixel
 * @param {number} side
 * @param {Float32Array} held 1 for each pixel that is held, overwritten
 * @returns {Held} in a word: all that is not hidden; the half in which the ink is; the ink alone; nothing where there is none
 */
export function holdDrawing(ink, missing, side, held) {
  if (missing.includes(1)) {
    for (let k = 0; k < held.length; k++) held[k] = 1 - missing[k];
    return "shown";
  }
  const box = { top: side, bottom: -1, left: side, right: -1 };
  for (let k = 0; k < ink.length; k++) {
    held[k] = ink[k] > INK ? 1 : 0;
    if (held[k] === 0) continue;
    const row = Math.floor(k / side);
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row);
    box.left = Math.min(box.left, k % side);
    box.right = Math.max(box.right, k % side);
  }
  const last = HALF * side;
  /** @type {(kept: (row: number, column: number) => boolean) => void} */
  const keep = (kept) => {
    for (let k = 0; k < held.length; k++) held[k] = Number(kept(Math.floor(k / side), k % side));
  };
  if (box.bottom < 0) return "nothing";
  if (box.bottom < last) {
    keep((row) => row <= box.bottom);
    return "above";
  }
  if (box.top >= side - last) {
    keep((row) => row >= box.top);
    return "below";
  }
  if (box.right < last) {
    keep((_, column) => column <= box.right);
    return "left";
  }
  if (box.left >= side - last) {
    keep((_, column) => column >= box.left);
    return "right";
  }
  return "ink";
}
