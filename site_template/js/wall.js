/**
 * The wall: one drawing, and what every model makes of it, by noise and level. One canvas lies behind all tiles; a tile
 * that cannot be seen is neither computed nor painted.
 */

import { crossEntropy } from "answer";
import { announce, find, within, write } from "dom";
import { Draws } from "frame";
import { explain } from "loading";
import { context2d, paintGrey, Picture } from "paint";

/** @import { Frame, View } from "frame" */
/** @import { Model } from "model" */
/** @import { Page, Panel } from "panels" */
/** @import { ModelEntry } from "site" */
/** @import { Settings } from "state" */

/**
 * @typedef {object} Tile
 * @property {ModelEntry} entry
 * @property {HTMLElement} button
 * @property {HTMLElement} place where the picture is to be seen
 * @property {HTMLElement} text
 * @property {boolean} visible
 * @property {number} x of the picture, in pixels of the canvas
 * @property {number} y
 * @property {number} side
 * @property {Draws} draws
 * @property {boolean} failed
 */

/** Files that come at a time: the model in use must not starve. */
const LOADS = 3;

/** @param {Page} page @returns {Panel} */
export function createWall(page) {
  const wall = new Wall(page);
  page.frame.add(wall);
  return wall;
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

/** @implements {View} */
class Wall {
  visible = false;
  #page;
  #canvas = find("wall-canvas", HTMLCanvasElement);
  #context = context2d(this.#canvas);
  #picture;
  #shown; // the picture's canvas: the tiles' images one below the other
  #fed;
  /** @type {Tile[]} */
  #tiles;
  #started = false;

  /** @param {Page} page */
  constructor(page) {
    const { size } = page.frame;
    this.#page = page;
    this.#fed = new Float32Array(size * size);
    this.#tiles = page.site.models.map((entry, k) => this.#makeTile(entry, k));
    this.#shown = document.createElement("canvas");
    this.#picture = new Picture(this.#shown, size, size * this.#tiles.length);
    new ResizeObserver(() => this.#place()).observe(this.#canvas);
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const tile = this.#tiles.find(({ button }) => button === target);
        if (tile) tile.visible = isIntersecting;
      }
      page.frame.refresh();
    });
    for (const { button } of this.#tiles) seen.observe(button);
  }

  /** @param {boolean} open */
  toggle(open) {
    this.visible = open;
    if (open) {
      this.#place();
      void this.#load();
    }
    this.#page.frame.refresh();
  }

  changed() {
    for (const { entry, button } of this.#tiles) {
      button.setAttribute("aria-pressed", String(entry.name === this.#page.settings.model));
    }
    this.#page.frame.refresh();
  }

  /** @param {Frame} frame */
  show(frame) {
    const length = frame.size * frame.size;
    for (const [k, tile] of this.#tiles.entries()) {
      const model = this.#page.models.get(tile.entry.name);
      if (!model || !tile.visible) continue;
      const reconstruction = reconstructTile(model, tile.draws, frame, this.#page.settings, this.#fed);
      if (frame.blank) this.#picture.colours.fill(this.#page.palette.grey[0], k * length, (k + 1) * length);
      else paintGrey(reconstruction, this.#page.palette, this.#picture.colours, k * length);
      if (!frame.telling) continue;
      write(tile.text, frame.blank ? "–" : crossEntropy(model, frame.ink).toFixed(0));
    }
    this.#picture.show();
    this.#paint(frame.size);
  }

  /** @param {number} size */
  #paint(size) {
    this.#context.imageSmoothingEnabled = false;
    for (const [k, { entry, visible, x, y, side }] of this.#tiles.entries()) {
      if (!visible || !this.#page.models.get(entry.name)) continue;
      this.#context.drawImage(this.#shown, 0, k * size, size, size, x, y, side, side);
    }
  }

  /** Where the pictures are, in pixels of the screen. */
  #place() {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const density = devicePixelRatio;
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(height * density);
    for (const tile of this.#tiles) {
      const box = tile.place.getBoundingClientRect();
      tile.x = Math.round((box.left - left) * density);
      tile.y = Math.round((box.top - top) * density);
      tile.side = Math.round(box.width * density);
    }
    this.#page.frame.refresh();
  }

  /**
   * @param {ModelEntry} entry
   * @param {number} k
   * @returns {Tile}
   */
  #makeTile(entry, k) {
    const button = within(this.#canvas.parentElement ?? document, `[data-model="${CSS.escape(entry.name)}"]`, HTMLButtonElement);
    button.addEventListener("click", () => this.#choose(entry.name));
    return {
      entry,
      button,
      place: within(button, ".tile-picture", HTMLElement),
      text: within(button, ".tile-loss", HTMLElement),
      visible: false,
      x: 0,
      y: 0,
      side: 0,
      draws: new Draws(this.#fed.length, k + 1),
      failed: false,
    };
  }

  /** @param {string} name */
  #choose(name) {
    const tile = this.#tiles.find(({ entry }) => entry.name === name);
    if (tile?.failed) void this.#loadOne(tile);
    this.#page.choose(name);
    this.changed();
  }

  /** Fetches what is missing, a few files at a time. */
  async #load() {
    if (this.#started) return;
    this.#started = true;
    const left = [...this.#tiles];
    const fetchNext = async () => {
      for (let tile = left.shift(); tile; tile = left.shift()) await this.#loadOne(tile);
    };
    await Promise.all(Array.from({ length: LOADS }, fetchNext));
    this.#started = false;
    if (this.#tiles.every(({ failed }) => !failed)) announce(this.#page.say("wall-ready"));
  }

  /** @param {Tile} tile */
  async #loadOne(tile) {
    const { models, say, frame } = this.#page;
    if (!models.get(tile.entry.name)) write(tile.text, say("tile-loading"));
    try {
      await models.load(tile.entry.name);
      tile.failed = false;
    } catch (error) {
      tile.failed = true;
      write(tile.text, say("tile-failed"));
      tile.button.title = explain(error, say);
    }
    frame.refresh();
  }
}
