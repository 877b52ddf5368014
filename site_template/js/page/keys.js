/**
 * The keyboard as a pen: arrows move a cursor (with Shift four pixels at a time). Space is the pen, held or pressed once to
 * put it down and once to lift it; Escape lifts it too.
 */

/** @import { Pen } from "page/pad" */

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLCanvasElement} pad
 * @param {HTMLElement} cursor shown where the pen is
 * @param {number} side in pixels
 * @param {Pen} pen
 * @param {(down: boolean) => void} tell
 */
export function listenToKeys(pad, cursor, side, pen, tell) {
  const state = { x: side / 2, y: side / 2, down: false, pressed: false, moved: false };
  const show = () => {
    cursor.style.left = `${(100 * state.x) / side}%`;
    cursor.style.top = `${(100 * state.y) / side}%`;
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
    state.x = Math.min(Math.max(state.x + stride * step[0], 0.5), side - 0.5);
    state.y = Math.min(Math.max(state.y + stride * step[1], 0.5), side - 0.5);
    state.moved = state.pressed;
    if (state.down) pen.extend(state.x, state.y);
    show();
  };
  const turn = () => {
    state.pressed = true;
    state.moved = false;
    if (state.down) return lift();
    state.down = true;
    pen.begin(state.x, state.y, false);
    tell(true);
    show();
  };
  show();
  pad.addEventListener("keydown", (event) => {
    const { key } = event;
    const step = STEPS[key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(step || key === " " || key === "Escape")) return;
    event.preventDefault();
    if (step) move(step, event.shiftKey ? 4 : 1);
    else if (key === "Escape") lift();
    else if (!event.repeat) turn();
  });
  pad.addEventListener("keyup", ({ key }) => {
    if (key !== " ") return;
    state.pressed = false;
    if (state.moved) lift();
  });
  pad.addEventListener("blur", lift);
  pad.addEventListener("pointerdown", lift, { capture: true }); // before a stroke of its own
}
