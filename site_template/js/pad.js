/**
 * What draws on the pad: mouse, pen, finger, and the keyboard. Goes out: strokes begun, extended, ended.
 *
 * Between two frames a pointer may report many places; all of them count (coalesced events), so that fast strokes have no
 * corners. The pointer is captured: a stroke goes on outside the pad and comes back.
 */

/** @import { Keys } from "keys" */

/**
 * @typedef {object} Pen
 * @property {(x: number, y: number, erase: boolean) => void} begin a stroke at a point, in pixels of the frame
 * @property {(x: number, y: number) => void} extend
 * @property {() => void} end
 * @property {() => void} cancel the stroke was not meant
 */

const ERASER_BUTTON = 32;

/**
 * @param {HTMLCanvasElement} pad
 * @param {number} size pixels on a side
 * @param {Pen} pen
 */
export function listenToPointers(pad, size, pen) {
  /** @type {number | null} */
  let active = null;
  /** @type {(event: PointerEvent) => [number, number]} */
  const place = ({ clientX, clientY }) => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    return [((clientX - left) / width) * size, ((clientY - top) / height) * size];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (active !== null || (event.button !== 0 && event.buttons !== ERASER_BUTTON)) return;
    active = event.pointerId;
    // A pointer that a script made up cannot be captured, and draws all the same.
    if (event.isTrusted) pad.setPointerCapture(active);
    pen.begin(...place(event), event.buttons === ERASER_BUTTON);
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId !== active) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) pen.extend(...place(each));
  });
  /** @type {(finish: () => void) => (event: PointerEvent) => void} */
  const finishing = (finish) => (event) => {
    if (event.pointerId !== active) return;
    active = null;
    finish();
  };
  pad.addEventListener("pointerup", finishing(pen.end));
  pad.addEventListener("pointercancel", finishing(pen.cancel));
  pad.addEventListener("contextmenu", (event) => event.preventDefault());
}

/**
 * What the keyboard draws comes when the pad is first reached; keys that are pressed before wait for it.
 * @param {HTMLCanvasElement} pad
 * @param {() => Promise<Keys>} load
 */
export function listenToKeys(pad, load) {
  /** @type {Keys | undefined} */
  let keys;
  /** @type {Promise<Keys> | null} */
  let loading = null;
  const get = () => {
    loading ??= load().then((loaded) => (keys = loaded));
    return loading;
  };
  /** @type {(name: "press" | "release") => (event: KeyboardEvent) => void} */
  const listening = (name) => (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^(Arrow.+| |Escape)$/.test(event.key)) return;
    event.preventDefault();
    void get().then((loaded) => loaded[name](event));
  };
  pad.addEventListener("focus", get);
  pad.addEventListener("keydown", listening("press"));
  pad.addEventListener("keyup", listening("release"));
  pad.addEventListener("blur", () => keys?.lift());
  pad.addEventListener("pointerdown", () => keys?.lift(), { capture: true }); // before a stroke of its own
}
