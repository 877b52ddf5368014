/**
 * The one writer of the page's entries in the browser's history.
 *
 * A browser may refuse them: to a frame that has no address of its own (`srcdoc`, `blob:`, a sandbox), or after too many in
 * a short time. Then the page goes on without.
 */

/** @import { Stroke } from "draw/strokes" */

/**
 * @param {"pushState" | "replaceState"} how a new entry, or over the one that is shown
 * @param {unknown} state what is kept with it
 * @param {string} hash its address
 */
export function writeEntry(how, state, hash) {
  // A hash alone would be one of the document's base, which need not be its address.
  const address = location.href.replace(/#.*/, "") + hash;
  try {
    history[how](state, "", address);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/**
 * Keeps a drawing where what writes addresses cannot be had, so that it is there when the page is loaded again.
 * @param {readonly Stroke[]} strokes
 */
export function keepStrokes(strokes) {
  writeEntry("replaceState", { strokes }, location.hash);
}

/**
 * @param {unknown} state that the browser kept with an entry
 * @returns {Stroke[] | null} the drawing that `keepStrokes` kept there
 */
export function strokesOf(state) {
  const kept = typeof state === "object" && state !== null && "strokes" in state ? state.strokes : null;
  return Array.isArray(kept) ? kept : null;
}
