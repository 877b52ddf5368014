/** The walk's pad: it shows what is fed and takes strokes; Undo, Redo and Clear. */

import { mapBack } from "draw/fit";
import { find } from "page/dom";
import { listenToKeys } from "page/keys";
import { createPen, listenToPointers } from "page/pad";
import { Picture } from "page/picture";
import { listenToShortcuts } from "page/shortcuts";
import { paintFed } from "walk/paint";

/** @import { View } from "page/frame" */
/** @import { Pen } from "page/pad" */
/** @import { Colours } from "walk/paint" */
/** @import { WalkPage } from "walk/chapters" */

/**
 * @param {WalkPage} page
 * @returns {{show: () => void}} what must be called when the stage was set from elsewhere
 */
export function connectPad({ say, announce, drawing, frame, journal, trail, tell }) {
  const canvas = find("pad", HTMLCanvasElement);
  const undo = find("undo", HTMLButtonElement);
  const clear = find("clear", HTMLButtonElement);
  const show = () => {
    undo.setAttribute("aria-disabled", String(journal.fresh));
    clear.setAttribute("aria-disabled", String(drawing.strokes.length === 0));
  };
  const drawn = createPen(
    frame,
    () => {
      journal.stage = { ...journal.stage, strokes: drawing.strokes };
      frame.redraw();
      trail.save();
      show();
      void tell();
    },
    () => journal.cancel(),
  );
  /** @type {Pen} */
  const pen = {
    ...drawn,
    begin: (x, y, erase) => {
      void trail.prepare();
      journal.keep();
      journal.stage = { ...journal.stage, tried: "", covered: false };
      drawn.begin(x, y, erase);
      show();
    },
  };
  listenToPointers(canvas, frame.side, pen);
  listenToKeys(canvas, find("cursor", HTMLElement), frame.side, pen, (down) =>
    announce(say(down ? "pen-down" : "pen-up")),
  );
  /** @type {(travel: "undo" | "redo", word: string) => void} */
  const go = (travel, word) => {
    if (pen.active() || !journal[travel]()) return;
    trail.save();
    announce(say(word));
  };
  const actions = { undo: () => go("undo", "undone"), redo: () => go("redo", "redone") };
  listenToShortcuts(actions);
  undo.addEventListener("click", actions.undo);
  clear.addEventListener("click", () => {
    if (pen.active() || drawing.strokes.length === 0) return;
    trail.set({ ...journal.stage, strokes: [], tried: "", covered: false });
    announce(say("cleared"));
  });
  return { show };
}

/**
 * @param {WalkPage} page
 * @param {Colours} colours
 * @returns {View} the pad as a picture of what is fed
 */
export function createPadView({ frame: { side }, drawing, journal }, colours) {
  const picture = new Picture(find("pad", HTMLCanvasElement), side);
  const bytes = new Uint8ClampedArray(picture.colours.buffer);
  const hint = find("pad-hint", HTMLElement);
  const fed = new Float32Array(side * side);
  return {
    visible: true,
    show: ({ drawn, fed: inBox, transform, blank }) => {
      const clean = journal.stage.noise === "none";
      if (clean) fed.set(drawn);
      else mapBack(inBox, transform, side, fed);
      paintFed(drawn, fed, colours, bytes);
      picture.show();
      hint.hidden = !(blank && clean && drawing.strokes.length === 0);
    },
  };
}
