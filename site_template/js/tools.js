/** The tools beside the pad: which brush, undo, redo, clear, the sample digits. */

import { announce, buttonOf, checkedValue, complain, find } from "dom";
import { listenToKeys, listenToPointers } from "pad";
import { beginStroke, cancelStroke, clear, extendStroke, redo, replaceStrokes, undo } from "strokes";

/** @import { Frame } from "frame" */
/** @import { Say, Site } from "site" */
/** @import { Stroke, Tool } from "strokes" */

/**
 * @param {Frame} frame
 * @param {Site} site
 * @param {Say} say
 * @param {() => void} changed the drawing is another, and no stroke is being drawn
 * @returns {{show: () => void}} what must be called when the drawing was changed from elsewhere
 */
export function connectTools(frame, site, say, changed) {
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
  listenToPointers(pad, frame.size, pen);
  listenToKeys(pad, async () => {
    const { createKeys } = await import("keys");
    return createKeys(find("cursor", HTMLElement), frame.size, pen, (down) => announce(say(down ? "pen-down" : "pen-up")));
  });
  const actions = {
    undo: () => !pen.active() && undo(drawing) && settleAnd("undone"),
    redo: () => !pen.active() && redo(drawing) && settleAnd("redone"),
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
 * @param {Frame} frame
 * @param {() => void} ended
 * @param {() => void} cancelled
 */
function createPen(frame, ended, cancelled) {
  const tools = find("tools", HTMLElement);
  /** @type {Stroke | null} */
  let stroke = null;
  return {
    active: () => stroke !== null,
    /** @type {(x: number, y: number, erase: boolean) => void} */
    begin: (x, y, erase) => {
      const tool = erase ? "eraser" : /** @type {Tool} */ (checkedValue(tools));
      stroke = beginStroke(frame.drawing, tool, x, y);
      frame.extend(stroke, 0);
    },
    /** @type {(x: number, y: number) => void} */
    extend: (x, y) => {
      if (stroke && extendStroke(stroke, x, y)) frame.extend(stroke, stroke.count - 1);
    },
    end: () => {
      stroke = null;
      ended();
    },
    cancel: () => {
      stroke = null;
      cancelStroke(frame.drawing);
      cancelled();
    },
  };
}

/** @param {{undo: () => void, redo: () => void}} actions */
function listenToShortcuts({ undo, redo }) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "y" || (key === "z" && event.shiftKey)) redo();
    else if (key === "z") undo();
    else return;
    event.preventDefault();
  });
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
      const { fetchSample } = await import("samples");
      const strokes = await fetchSample(site, digit);
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
