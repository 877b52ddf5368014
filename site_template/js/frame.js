/**
 * One animation frame: strokes become pixels, are brought into the frame, corrupted, and shown by every view that can be
 * seen. However many pointer events came since the last frame, this happens once; it allocates nothing.
 */

import { fitTransform } from "fit";
import { drawNoise, NOISES } from "noise";
import { IDENTITY, renderHoles, renderStroke, renderStrokes } from "pixels";

/** @import { Drawing, Stroke } from "strokes" */

/**
 * What corrupts: a noise, and draws for it that change only with the seed.
 * @typedef {object} Corruption
 * @property {string} noise a key of NOISES
 * @property {number} level
 * @property {number} seed
 * @property {boolean} fit
 */

/**
 * @typedef {object} View
 * @property {boolean} visible nothing is computed for a view that nobody can see
 * @property {(frame: Frame) => void} show
 */

/** Draws of one noise, kept until noise or seed change. */
export class Draws {
  #kind = "";
  #seed = -1;

  /**
   * @param {number} length
   * @param {number} stream a number of its own for each that shall be independent
   */
  constructor(length, stream) {
    this.values = new Float32Array(length);
    this.stream = stream;
  }

  /**
   * @param {string} noise a key of NOISES
   * @param {number} seed
   */
  of(noise, seed) {
    const kind = NOISES[noise].draw ?? "";
    if (kind && (kind !== this.#kind || seed !== this.#seed)) {
      drawNoise(NOISES[noise], seed, this.stream, this.values);
      this.#kind = kind;
      this.#seed = seed;
    }
    return this.values;
  }
}

/** While a stroke grows, numbers are told in one frame of so many: a new text takes longer than all the rest. */
const TELLING = 24;

export class Frame {
  /** No ink is drawn. */
  blank = true;
  /** From the drawing to the frame; stays as it is while a stroke is drawn. */
  transform = IDENTITY;
  /** A stroke is being drawn. */
  growing = false;
  /** How often something was fed anew; views that keep what they made compare it. */
  count = 0;
  /** Numbers are told in this frame. */
  telling = true;
  #requested = 0;
  #settled = true;
  /** @type {View[]} */
  #views = [];

  /**
   * @param {number} size pixels on a side
   * @param {Drawing} drawing
   * @param {() => Corruption} corruption asked for in every frame
   */
  constructor(size, drawing, corruption) {
    const length = size * size;
    this.size = size;
    this.drawing = drawing;
    /** As drawn, in the visitor's frame. */
    this.drawn = new Float32Array(length);
    /** As drawn, in the frame of the digits: what a perfect answer would be. */
    this.ink = new Float32Array(length);
    /** What the models are fed: the ink, corrupted, and 0 where it is missing. */
    this.fed = new Float32Array(length);
    /** 1 where a pixel is missing, in the visitor's frame and in that of the digits. */
    this.holes = new Float32Array(length);
    this.missing = new Float32Array(length);
    this.#corruption = corruption;
    this.#draws = new Draws(length, 0);
    this.#scratch = new Float32Array(length);
  }
  #corruption;
  #draws;
  #scratch;

  /** @param {View} view */
  add(view) {
    this.#views.push(view);
  }

  /** Everything is to be drawn anew in the next frame. */
  redraw() {
    this.#settled = false;
    this.refresh();
  }

  /** Something besides the drawing has changed. */
  refresh() {
    this.#requested ||= requestAnimationFrame(() => this.#run());
  }

  /**
   * A stroke has grown.
   * @param {Stroke} stroke
   * @param {number} from count of its points before
   */
  extend(stroke, from) {
    if (stroke.tool === "hole") this.#renderHoles();
    renderStroke(stroke, from, this.drawn, this.size);
    renderStroke(stroke, from, this.ink, this.size, this.transform);
    this.growing = true;
    this.refresh();
  }

  /**
   * Corrupts the ink.
   * @param {string} noise
   * @param {number} level
   * @param {Draws} draws
   * @param {number} seed
   * @param {Float32Array} fed overwritten
   */
  corrupt(noise, level, draws, seed, fed) {
    NOISES[noise].apply(this.ink, level, draws.of(noise, seed), fed);
    for (let k = 0; k < fed.length; k++) if (this.missing[k] === 1) fed[k] = 0;
  }

  #run() {
    this.#requested = 0;
    const { noise, level, seed, fit } = this.#corruption();
    if (!this.#settled) this.#settle(fit);
    this.blank = !this.drawn.some((ink) => ink > 0.5); // what an eraser leaves at its edge is none
    this.corrupt(noise, level, this.#draws, seed, this.fed);
    this.count += 1;
    this.telling = !this.growing || this.count % TELLING === 0;
    for (const view of this.#views) if (view.visible) view.show(this);
  }

  /** @param {boolean} fit */
  #settle(fit) {
    const { strokes } = this.drawing;
    this.transform = fit ? fitTransform(strokes, this.size, this.#scratch) : IDENTITY;
    renderStrokes(strokes, this.drawn, this.size);
    renderStrokes(strokes, this.ink, this.size, this.transform);
    this.#renderHoles();
    this.#settled = true;
    this.growing = false;
  }

  #renderHoles() {
    renderHoles(this.drawing.strokes, this.holes, this.size);
    renderHoles(this.drawing.strokes, this.missing, this.size, this.transform);
  }
}
