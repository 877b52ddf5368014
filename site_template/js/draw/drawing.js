/** A drawing: the strokes that a visitor made, with undo and redo. */

import { createStroke } from "draw/strokes";

/** @import { Stroke, Tool } from "draw/strokes" */

/**
 * @typedef {object} Drawing
 * @property {Stroke[]} strokes what is drawn now, oldest first; never changed in place, only replaced
 * @property {Stroke[][]} past what undo goes back to, newest last
 * @property {Stroke[][]} future what redo goes forward to, nearest last
 */

/** @returns {Drawing} an empty drawing with nothing to undo */
export function createDrawing() {
  return { strokes: [], past: [], future: [] };
}

/**
 * Makes `strokes` what is drawn; undo goes back to what was drawn before.
 * @param {Drawing} drawing
 * @param {Stroke[]} strokes
 */
export function replaceStrokes(drawing, strokes) {
  drawing.past.push(drawing.strokes);
  drawing.future.length = 0;
  drawing.strokes = strokes;
}

/**
 * Starts a stroke at a point.
 * @param {Drawing} drawing
 * @param {Tool} tool
 * @param {number} x
 * @param {number} y
 * @returns {Stroke} the new stroke, for `extendStroke`
 */
export function beginStroke(drawing, tool, x, y) {
  const stroke = createStroke(tool, x, y);
  replaceStrokes(drawing, [...drawing.strokes, stroke]);
  return stroke;
}

/**
 * Takes the newest stroke away as if it had never been begun (a cancelled pointer).
 * @param {Drawing} drawing
 */
export function cancelStroke(drawing) {
  drawing.strokes = drawing.past.pop() ?? [];
}

/**
 * @param {Drawing} drawing
 * @returns {boolean} whether there was anything to undo
 */
export function undo(drawing) {
  return travel(drawing, drawing.past, drawing.future);
}

/**
 * @param {Drawing} drawing
 * @returns {boolean} whether there was anything to redo
 */
export function redo(drawing) {
  return travel(drawing, drawing.future, drawing.past);
}

/**
 * Empties the drawing; undo brings it back.
 * @param {Drawing} drawing
 * @returns {boolean} whether there was anything to clear
 */
export function clear(drawing) {
  if (drawing.strokes.length === 0) return false;
  replaceStrokes(drawing, []);
  return true;
}

/**
 * @param {Drawing} drawing
 * @param {Stroke[][]} from
 * @param {Stroke[][]} to
 * @returns {boolean}
 */
function travel(drawing, from, to) {
  const strokes = from.pop();
  if (strokes === undefined) return false;
  to.push(drawing.strokes);
  drawing.strokes = strokes;
  return true;
}
