/**
 * One animation frame: strokes become pixels, are brought into the digit box, corrupted, and shown by every view that can be
 * seen. However many pointer events came since the last frame, this happens once; it allocates nothing.
 */

import { Draws } from "draw/draws";
import { fitTransform } from "draw/fit";
import { IDENTITY, renderHoles, renderStroke, renderStrokes } from "draw/pixels";

/** @import { Noises } from "draw/noise" */
/** @import { Drawing } from "draw/drawing" */
/** @import { Stroke } from "draw/strokes" */

/**
 * What corrupts: a noise, and draws for it that change only with the seed.
 * @typedef {object} Corruption
 * @property {string} noise its kind
 * @property {number} level
 * @property {number} seed
 * @property {boolean} fit
 */

/**
 * @typedef {object} View
 * @property {boolean} visible nothing is computed for a view that nobody can see
 * @property {(frame: Frame) => void} show
 */

/** While a stroke grows, numbers are told in one frame of so many: a new text takes longer than all the rest. */
const TELLING = 24;

/** Noise under this is not seen on an empty pad. */
const SEEN = 0.05;

export class Frame {
  /** Nothing is drawn, and no noise adds ink. */
  blank = true;
  /** What would be right is known: noise was added to the ink, or a part of it is hidden. */
  known = false;
  /** From the drawing to the digit box; stays as it is while a stroke is drawn. */
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
   * @param {number} side in pixels
   * @param {Drawing} drawing
   * @param {Noises} noises
   * @param {() => Corruption} corruption asked for in every frame
   */
  constructor(side, drawing, noises, corruption) {
    const length = side * side;
    this.side = side;
    this.drawing = drawing;
    this.noises = noises;
    /** As drawn, where the visitor drew it. */
    this.drawn = new Float32Array(length);
    /** As drawn, in the digit box: what a perfect answer would be. */
    this.ink = new Float32Array(length);
    /** What the models are fed: the ink, corrupted, and 0 where it is missing. */
    this.fed = new Float32Array(length);
    /** 1 where a pixel is missing, where the visitor drew it and in the digit box. */
    this.holes = new Float32Array(length);
    this.missing = new Float32Array(length);
    this.#corruption = corruption;
    this.#draws = new Draws(0);
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
    renderStroke(stroke, from, this.drawn, this.side);
    renderStroke(stroke, from, this.ink, this.side, this.transform);
    this.growing = true;
    this.refresh();
  }

  /**
   * Corrupts the ink.
   * @param {string} kind
   * @param {number} level
   * @param {Draws} draws
   * @param {number} seed
   * @param {Float32Array} fed overwritten
   */
  corrupt(kind, level, draws, seed, fed) {
    const noise = this.noises[kind];
    noise.apply(this.ink, level, draws.of(noise, seed), fed);
    for (let k = 0; k < fed.length; k++) if (this.missing[k] === 1) fed[k] = 0;
  }

  #run() {
    this.#requested = 0;
    const { noise, level, seed, fit } = this.#corruption();
    if (!this.#settled) this.#settle(fit);
    this.corrupt(noise, level, this.#draws, seed, this.fed);
    // What an eraser leaves at its edge is no ink.
    this.blank = !this.drawn.some((ink) => ink > 0.5) && !this.fed.some((ink, k) => ink > this.ink[k] + SEEN);
    this.known = this.missing.includes(1) || this.fed.some((ink, k) => ink !== this.ink[k]);
    this.count += 1;
    this.telling = !this.growing || this.count % TELLING === 0;
    for (const view of this.#views) if (view.visible) view.show(this);
  }

  /** @param {boolean} fit */
  #settle(fit) {
    const { strokes } = this.drawing;
    this.transform = fit ? fitTransform(strokes, this.side, this.#scratch) : IDENTITY;
    renderStrokes(strokes, this.drawn, this.side);
    renderStrokes(strokes, this.ink, this.side, this.transform);
    this.#renderHoles();
    this.#settled = true;
    this.growing = false;
  }

  #renderHoles() {
    renderHoles(this.drawing.strokes, this.holes, this.side);
    renderHoles(this.drawing.strokes, this.missing, this.side, this.transform);
  }
}
