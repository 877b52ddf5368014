/** The tools beside the pad: which brush, undo, redo, clear, the sample digits. */

import { clear, redo, replaceStrokes, undo } from "draw/drawing";
import { announce, buttonOf, complain, find } from "page/dom";
import { listenToKeys } from "page/keys";
import { createPen, listenToPointers } from "page/pad";
import { listenToShortcuts } from "page/shortcuts";

/** @import { Frame } from "page/frame" */
/** @import { Stroke } from "draw/strokes" */
/** @import { Say, Site } from "page/site" */

/**
 * @param {Frame} frame
 * @param {Site} site
 * @param {Say} say
 * @param {() => void} changed the drawing is another, and no stroke is being drawn
 * @param {(from: Stroke[], to: Stroke[]) => void} travelled Undo or Redo led from one state of the drawing to another
 * @returns {{show: () => void}} what must be called when the drawing was changed from elsewhere
 */
export function connectTools(frame, site, say, changed, travelled) {
  const { drawing } = frame;
  const buttons = {
    undo: find("undo", HTMLButtonElement),
    redo: find("redo", HTMLButtonElement),
    clear: find("clear", HTMLButtonElement),
  };
  const show = () => {
    setDisabled(buttons.undo, drawing.past.length === 0);
    setDisabled(buttons.redo, drawing.future.length === 0);
    setDisabled(buttons.clear, drawing.strokes.length === 0);
  };
  const settle = () => {
    frame.redraw();
    show();
    changed();
  };
  /** @type {(key: string) => void} */
  const settleAnd = (key) => {
    settle();
    announce(say(key));
  };
  const pen = createPen(frame, () => settleAnd("drew"), settle);
  const pad = find("pad", HTMLCanvasElement);
  listenToPointers(pad, frame.side, pen);
  listenToKeys(pad, find("cursor", HTMLElement), frame.side, pen, (down) =>
    announce(say(down ? "pen-down" : "pen-up")),
  );
  /** @type {(travel: typeof undo, key: string) => void} */
  const go = (travel, key) => {
    const from = drawing.strokes;
    if (pen.active() || !travel(drawing)) return;
    travelled(from, drawing.strokes);
    settleAnd(key);
  };
  const actions = {
    undo: () => go(undo, "undone"),
    redo: () => go(redo, "redone"),
    clear: () => !pen.active() && clear(drawing) && settleAnd("cleared"),
  };
  buttons.undo.addEventListener("click", actions.undo);
  buttons.redo.addEventListener("click", actions.redo);
  buttons.clear.addEventListener("click", actions.clear);
  listenToShortcuts(actions);
  connectSamples(frame, site, say, settle, pen.active);
  show();
  return { show };
}

/**
 * The ten sample digits come when the first is asked for.
 * @param {Frame} frame
 * @param {Site} site
 * @param {Say} say
 * @param {() => void} settle
 * @param {() => boolean} drawing whether a stroke is being drawn
 */
function connectSamples(frame, site, say, settle, drawing) {
  let asked = 0;
  find("samples", HTMLElement).addEventListener("click", async (event) => {
    const button = buttonOf(event);
    if (!button) return;
    const digit = Number(button.value);
    const turn = ++asked;
    try {
      const { fetchSample } = await import("draw/samples");
      const strokes = await fetchSample(site.root + site.samples.file, frame.side, digit);
      if (turn !== asked || drawing()) return; // another one was asked for meanwhile, or the pen is down
      replaceStrokes(frame.drawing, strokes);
      settle();
      announce(say("sample", { digit }));
    } catch (error) {
      complain(say("sample-failed", { reason: String(error) }));
    }
  });
}

/**
 * A button that does nothing now. It stays in reach of the keyboard, so that focus is not lost under the visitor's fingers.
 * @param {HTMLButtonElement} button
 * @param {boolean} disabled
 */
function setDisabled(button, disabled) {
  button.setAttribute("aria-disabled", String(disabled));
}
