/** The main views: the drawing, what is fed, and what the chosen model makes of it. */

import { mapBack } from "draw/fit";
import { IDENTITY } from "draw/pixels";
import { crossEntropy } from "network/loss";
import { find, write } from "page/dom";
import { paintGrey, paintSigned } from "page/paint";
import { Picture } from "page/picture";

/** @import { Draws } from "draw/draws" */
/** @import { Frame, View } from "page/frame" */
/** @import { Kernel } from "network/engine" */
/** @import { Model, Models } from "network/model" */
/** @import { Palette } from "page/paint" */
/** @import { Settings } from "page/state" */

/** Frames over which the time is averaged: browsers round their clock to 0.1 ms. */
const FRAMES = 50;

/** @implements {View} */
export class DrawingView {
  visible = true;
  #drawn;
  #fed;
  #palette;
  #holes = find("holes", HTMLCanvasElement);
  #hatched = false;

  /**
   * @param {number} side
   * @param {Palette} palette
   */
  constructor(side, palette) {
    this.#drawn = new Picture(find("pad", HTMLCanvasElement), side);
    this.#fed = new Picture(find("fed", HTMLCanvasElement), side);
    this.#palette = palette;
  }

  /** @param {Frame} frame */
  show({ drawn, fed, holes, side, drawing, blank, transform }) {
    paintGrey(drawn, this.#palette, this.#drawn.colours);
    this.#drawn.show();
    paintGrey(fed, this.#palette, this.#fed.colours);
    this.#fed.show();
    const hatched = holes.includes(1);
    find("fitted", HTMLElement).hidden = blank || transform === IDENTITY;
    if (hatched || this.#hatched)
      void import("page/holes").then(({ paintHoles }) => paintHoles(this.#holes, holes, side));
    this.#hatched = hatched;
    find("pad-hint", HTMLElement).hidden = drawing.strokes.length > 0;
    find("answer-hint", HTMLElement).hidden = !blank;
    document.body.classList.toggle("blank", blank);
  }
}

/** @implements {View} */
export class AnswerView {
  visible = true;
  #picture;
  #palette;
  #kernel;
  #models;
  #settings;
  #shown;
  #difference;
  #numbers = {
    change: find("change", HTMLElement),
    loss: find("loss", HTMLElement),
    time: find("time", HTMLElement),
  };
  #times = new Float64Array(FRAMES);
  #timed = 0;

  /**
   * @param {number} side
   * @param {Palette} palette
   * @param {Kernel} kernel
   * @param {Models} models
   * @param {Settings} settings
   */
  constructor(side, palette, kernel, models, settings) {
    this.#picture = new Picture(find("reconstruction", HTMLCanvasElement), side);
    this.#palette = palette;
    this.#kernel = kernel;
    this.#models = models;
    this.#settings = settings;
    this.#shown = new Float32Array(side * side);
    this.#difference = new Float32Array(side * side);
  }

  /** @param {Frame} frame */
  show(frame) {
    const model = this.#models.current;
    if (!model) return;
    const started = performance.now();
    this.#kernel.update(model.handle, frame.fed);
    this.#kernel.decode(model.handle);
    const microseconds = 1000 * (performance.now() - started);
    const reconstruction = this.#kernel.reconstruction(model.handle);
    this.#paint(frame, reconstruction);
    this.#times[this.#timed++ % FRAMES] = microseconds;
    if (frame.telling) this.#tell(frame, model);
    this.#dispatch(model, frame, reconstruction, microseconds);
  }

  /**
   * @param {Frame} frame
   * @param {Float32Array} reconstruction
   */
  #paint(frame, reconstruction) {
    const { colours } = this.#picture;
    if (frame.blank) {
      colours.fill(this.#palette.grey[0]);
    } else if (this.#settings.difference) {
      for (let k = 0; k < reconstruction.length; k++) this.#difference[k] = reconstruction[k] - frame.fed[k];
      mapBack(this.#difference, frame.transform, frame.side, this.#shown);
      paintSigned(this.#shown, 1, this.#palette, colours);
    } else {
      mapBack(reconstruction, frame.transform, frame.side, this.#shown);
      paintGrey(this.#shown, this.#palette, colours);
    }
    this.#picture.show();
  }

  /**
   * @param {Frame} frame
   * @param {Model} model
   */
  #tell(frame, model) {
    const { change, loss, time } = this.#numbers;
    find("loss-row", HTMLElement).hidden = !frame.known;
    find("change-row", HTMLElement).hidden = frame.known;
    if (frame.known) write(loss, frame.blank ? "–" : crossEntropy(model, frame.ink).toFixed(1));
    else write(change, frame.blank ? "–" : describeChange(frame.fed, this.#kernel.reconstruction(model.handle)));
    const count = Math.min(this.#timed, FRAMES);
    let sum = 0;
    for (let k = 0; k < count; k++) sum += this.#times[k];
    write(time, frame.blank ? "–" : (sum / count).toFixed(0));
  }

  /**
   * Tells pages that embed ours. The arrays are copies, which the listener may keep.
   * @param {Model} model
   * @param {Frame} frame
   * @param {Float32Array} reconstruction
   * @param {number} microseconds
   */
  #dispatch(model, frame, reconstruction, microseconds) {
    const detail = {
      model: model.entry.name,
      precision: model.weights.precision,
      pixels: frame.drawn.slice(),
      fed: frame.fed.slice(),
      reconstruction: reconstruction.slice(),
      microseconds,
    };
    this.#picture.canvas.dispatchEvent(new CustomEvent("reconstruct", { bubbles: true, detail }));
  }
}

/**
 * What a model makes of the drawing: under the noise that all see, or under its own.
 * @param {Model} model
 * @param {Draws} draws of its own noise
 * @param {Frame} frame
 * @param {Settings} settings
 * @param {Float32Array} [fed] room for what it is fed
 */
export function reconstructTile({ kernel, handle, entry }, draws, frame, { own, seed }, fed = frame.fed.slice()) {
  if (own) frame.corrupt(entry.noise, entry.level, draws, seed, fed);
  kernel.update(handle, own ? fed : frame.fed);
  kernel.decode(handle);
  return kernel.reconstruction(handle);
}

/**
 * Ink that an answer adds to what was fed and takes from it, in pixels full of ink: what can be said where nobody knows
 * what would be right.
 * @param {Float32Array} fed
 * @param {Float32Array} answer
 * @returns {string} as "+54 −2"
 */
export function describeChange(fed, answer) {
  let added = 0;
  let taken = 0;
  for (let k = 0; k < fed.length; k++) {
    added += Math.max(answer[k] - fed[k], 0);
    taken += Math.max(fed[k] - answer[k], 0);
  }
  return `+${added.toFixed(0)} −${taken.toFixed(0)}`;
}
