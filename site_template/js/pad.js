/**
 * What draws on the pad: mouse, pen, finger, and the keyboard. Goes out: strokes begun, extended, ended.
 *
 * Between two frames a pointer may report many places; all of them count (coalesced events), so that fast strokes have no
 * corners. The pointer is captured: a stroke goes on outside the pad and comes back.
 */

/**
 * @typedef {object} Pen
 * @property {(x: number, y: number, erase: boolean) => void} begin a stroke at a point, in pixels of the frame
 * @property {(x: number, y: number) => void} extend
 * @property {() => void} end
 * @property {() => void} cancel the stroke was not meant
 */

const ERASER_BUTTON = 32;
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

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
 * Arrows move a cursor (with Shift four pixels at a time). Space is the pen: held or pressed once to put it down and once
 * to lift it; Escape lifts it too.
 * @param {HTMLCanvasElement} pad
 * @param {HTMLElement} cursor shown where the pen is
 * @param {number} size pixels on a side
 * @param {Pen} pen
 * @param {(down: boolean) => void} tell
 */
export function listenToKeys(pad, cursor, size, pen, tell) {
  const state = { x: size / 2, y: size / 2, down: false, pressed: false, moved: false };
  const show = () => {
    cursor.style.left = `${(100 * state.x) / size}%`;
    cursor.style.top = `${(100 * state.y) / size}%`;
    cursor.classList.toggle("down", state.down);
  };
  const lift = () => {
    if (!state.down) return;
    state.down = false;
    pen.end();
    tell(false);
    show();
  };
  /** @type {(step: [number, number], stride: number) => void} */
  const move = (step, stride) => {
    state.x = Math.min(Math.max(state.x + stride * step[0], 0.5), size - 0.5);
    state.y = Math.min(Math.max(state.y + stride * step[1], 0.5), size - 0.5);
    state.moved = state.pressed;
    if (state.down) pen.extend(state.x, state.y);
    show();
  };
  const press = () => {
    state.pressed = true;
    state.moved = false;
    if (state.down) return lift();
    state.down = true;
    pen.begin(state.x, state.y, false);
    tell(true);
    show();
  };
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (step) move(step, event.shiftKey ? 4 : 1);
    else if (event.key === " ") event.repeat || press();
    else if (event.key === "Escape") lift();
    else return;
    event.preventDefault();
  });
  pad.addEventListener("keyup", (event) => {
    if (event.key !== " ") return;
    state.pressed = false;
    if (state.moved) lift();
    event.preventDefault();
  });
  pad.addEventListener("blur", lift);
  pad.addEventListener("pointerdown", lift, { capture: true }); // before the pointer begins a stroke of its own
  show();
}
