/**
 * What draws on the pad: mouse, pen, finger, and the keyboard. Goes out: strokes begun, extended, ended.
 *
 * Between two frames a pointer may report many places; all of them count (coalesced events), so that fast strokes have no
 * corners. The pointer is captured: a stroke goes on outside the pad and comes back.
 */

import { beginStroke, cancelStroke } from "draw/drawing";
import { extendStroke } from "draw/strokes";
import { checkedValue, find } from "page/dom";

/** @import { Stroke, Tool } from "draw/strokes" */
/** @import { Frame } from "page/frame" */

/**
 * @typedef {object} Pen
 * @property {() => boolean} active whether a stroke is being drawn
 * @property {(x: number, y: number, erase: boolean) => void} begin a stroke at a point, in pixels of the image
 * @property {(x: number, y: number) => void} extend
 * @property {() => void} end
 * @property {() => void} cancel the stroke was not meant
 */

const MAIN_BUTTON = 1;
const ERASER_BUTTON = 32;

/**
 * @param {Frame} frame
 * @param {() => void} ended
 * @param {() => void} cancelled
 * @returns {Pen}
 */
export function createPen(frame, ended, cancelled) {
  const tools = find("tools", HTMLElement);
  /** @type {Stroke | null} */
  let stroke = null;
  return {
    active: () => stroke !== null,
    begin: (x, y, erase) => {
      const tool = erase ? "eraser" : /** @type {Tool} */ (checkedValue(tools));
      stroke = beginStroke(frame.drawing, tool, x, y);
      frame.extend(stroke, 0);
    },
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

/**
 * @param {HTMLCanvasElement} pad
 * @param {number} side in pixels
 * @param {Pen} pen
 */
export function listenToPointers(pad, side, pen) {
  /** @type {PointerEvent | null} the event with which the stroke began */
  let begun = null;
  /** @type {(event: PointerEvent) => [number, number]} */
  const place = ({ clientX, clientY }) => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    return [((clientX - left) / width) * side, ((clientY - top) / height) * side];
  };
  /** @type {(event: PointerEvent) => void} */
  const down = (event) => {
    if (event.button !== 0 && event.buttons !== ERASER_BUTTON) return;
    if (begun) {
      if (event.pointerType !== "pen" || begun.pointerType !== "touch") return;
      pen.cancel(); // it was the palm of the hand that holds the pen
    }
    begun = event;
    // A pointer that a script made up cannot be captured, and one that was lifted meanwhile is gone: both draw all the same.
    if (event.isTrusted && event.eventPhase) pad.setPointerCapture(event.pointerId);
    pen.begin(...place(event), event.buttons === ERASER_BUTTON);
  };
  /** @type {(event: PointerEvent) => void} */
  const move = (event) => {
    // Beside another button, one that is pressed or released is told of as a move.
    if (event.isTrusted && !begun && event.button === 0 && event.buttons & MAIN_BUTTON) return down(event);
    if (event.pointerId !== begun?.pointerId) return;
    const draws = event.buttons & (MAIN_BUTTON | ERASER_BUTTON);
    if (event.isTrusted && !draws) return end(event); // also where it was released where nobody said so
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) pen.extend(...place(each));
  };
  /** @type {(finish: () => void) => (event: PointerEvent) => void} */
  const finishing = (finish) => (event) => {
    if (event.pointerId !== begun?.pointerId) return;
    begun = null;
    finish();
  };
  const end = finishing(pen.end);
  /** @type {Record<string, (event: PointerEvent) => void>} */
  const handlers = { pointerdown: down, pointermove: move, pointerup: end, pointercancel: finishing(pen.cancel) };
  /** @type {PointerEvent[]} */
  const early = [];
  // The guard answers with what was drawn before this script came.
  pad.dispatchEvent(new CustomEvent("early", { bubbles: true, detail: early }));
  for (const event of early) handlers[event.type](event);
  for (const [type, handle] of Object.entries(handlers)) {
    pad.addEventListener(type, /** @type {EventListener} */ (handle));
  }
  pad.addEventListener("contextmenu", (event) => event.preventDefault());
}
