/**
 * The keyboard as a pen: arrows move a cursor (with Shift four pixels at a time). Space is the pen, held or pressed once to
 * put it down and once to lift it; Escape lifts it too.
 */

/** @import { Pen } from "pad" */

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{press: (event: KeyboardEvent) => void, release: (event: KeyboardEvent) => void, lift: () => void}} Keys */

/**
 * @param {HTMLElement} cursor shown where the pen is
 * @param {number} size pixels on a side
 * @param {Pen} pen
 * @param {(down: boolean) => void} tell
 * @returns {Keys}
 */
export function createKeys(cursor, size, pen, tell) {
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
  return {
    press: ({ key, shiftKey, repeat }) => {
      const step = STEPS[key];
      if (step) move(step, shiftKey ? 4 : 1);
      else if (key === "Escape") lift();
      else if (!repeat) turn();
    },
    release: ({ key }) => {
      if (key !== " ") return;
      state.pressed = false;
      if (state.moved) lift();
    },
    lift,
  };
}
