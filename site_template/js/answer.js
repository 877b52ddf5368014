/** The main views: the drawing, what is fed, and what the chosen model makes of it. */

import { find, write } from "dom";
import { mapBack } from "fit";
import { paintGrey, paintSigned, Picture } from "paint";

/** @import { Frame, View } from "frame" */
/** @import { Kernel } from "kernel" */
/** @import { Model, Models } from "model" */
/** @import { Palette } from "paint" */
/** @import { Settings } from "state" */

/** Frames over which the time is averaged: browsers round their clock to 0.1 ms. */
const FRAMES = 50;

/** So near to 0 or 1 a float32 has lost what the logarithm needs. */
const EDGE = 1e-5;

/** @implements {View} */
export class DrawingView {
  visible = true;
  #drawn;
  #fed;
  #palette;
  #holes = find("holes", HTMLCanvasElement);
  #hatched = false;

  /**
   * @param {number} size
   * @param {Palette} palette
   */
  constructor(size, palette) {
    this.#drawn = new Picture(find("pad", HTMLCanvasElement), size);
    this.#fed = new Picture(find("fed", HTMLCanvasElement), size);
    this.#palette = palette;
  }

  /** @param {Frame} frame */
  show({ drawn, fed, holes, size, drawing, blank }) {
    paintGrey(drawn, this.#palette, this.#drawn.colours);
    this.#drawn.show();
    paintGrey(fed, this.#palette, this.#fed.colours);
    this.#fed.show();
    const hatched = holes.includes(1);
    if (hatched || this.#hatched) void import("holes").then(({ paintHoles }) => paintHoles(this.#holes, holes, size));
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
    loss: find("loss", HTMLElement),
    time: find("time", HTMLElement),
  };
  #times = new Float64Array(FRAMES);
  #timed = 0;

  /**
   * @param {number} size
   * @param {Palette} palette
   * @param {Kernel} kernel
   * @param {Models} models
   * @param {Settings} settings
   */
  constructor(size, palette, kernel, models, settings) {
    this.#picture = new Picture(find("reconstruction", HTMLCanvasElement), size);
    this.#palette = palette;
    this.#kernel = kernel;
    this.#models = models;
    this.#settings = settings;
    this.#shown = new Float32Array(size * size);
    this.#difference = new Float32Array(size * size);
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
    this.#dispatch(model.entry.name, frame, reconstruction, microseconds);
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
      mapBack(this.#difference, frame.transform, frame.size, this.#shown);
      paintSigned(this.#shown, 1, this.#palette, colours);
    } else {
      mapBack(reconstruction, frame.transform, frame.size, this.#shown);
      paintGrey(this.#shown, this.#palette, colours);
    }
    this.#picture.show();
  }

  /**
   * @param {Frame} frame
   * @param {Model} model
   */
  #tell(frame, model) {
    write(this.#numbers.loss, frame.blank ? "–" : crossEntropy(model, frame.ink).toFixed(1));
    const count = Math.min(this.#timed, FRAMES);
    let sum = 0;
    for (let k = 0; k < count; k++) sum += this.#times[k];
    write(this.#numbers.time, frame.blank ? "–" : (sum / count).toFixed(0));
  }

  /**
   * Tells pages that embed ours. The arrays are copies, which the listener may keep.
   * @param {string} model
   * @param {Frame} frame
   * @param {Float32Array} reconstruction
   * @param {number} microseconds
   */
  #dispatch(model, frame, reconstruction, microseconds) {
    const detail = {
      model,
      pixels: frame.drawn.slice(),
      fed: frame.fed.slice(),
      reconstruction: reconstruction.slice(),
      microseconds,
    };
    this.#picture.canvas.dispatchEvent(new CustomEvent("reconstruct", { bubbles: true, detail }));
  }
}

/**
 * Cross-entropy of a model's present reconstruction against pixels, summed over them (Vincent et al. 2010, equation 4). Where
 * the reconstruction is too near to 0 or 1 it is taken from the logit, as in training.
 * @param {Model} model
 * @param {Float32Array} pixels
 * @returns {number} nats
 */
export function crossEntropy({ kernel, handle, weights }, pixels) {
  const reconstruction = kernel.reconstruction(handle);
  const code = kernel.code(handle);
  const { weight, visibleBias, hidden } = weights;
  let sum = 0;
  for (let k = 0; k < pixels.length; k++) {
    const x = pixels[k];
    const z = reconstruction[k];
    if ((z < EDGE && x > 0) || (z > 1 - EDGE && x < 1)) {
      let logit = visibleBias[k];
      for (let unit = 0; unit < hidden; unit++) logit += code[unit] * weight[k * hidden + unit];
      sum += Math.max(logit, 0) - logit * x + Math.log1p(Math.exp(-Math.abs(logit)));
    } else if (x > 0) sum -= x * Math.log(z) + (1 - x) * Math.log1p(-z);
    else sum -= Math.log1p(-z);
  }
  return sum;
}
