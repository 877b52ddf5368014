/**
 * The wall: one drawing, and what every model makes of it, by noise and level. One canvas lies behind all tiles. A tile that
 * cannot be seen is neither fetched, computed nor painted; the others come in the lighter form, one after the other, when
 * the chosen model answers.
 */

import { Draws } from "draw/draws";
import { crossEntropy } from "network/loss";
import { savesData } from "network/model";
import { describeChange, reconstructTile } from "page/answer";
import { announce, complain, find, within, write } from "page/dom";
import { failure } from "page/loading";
import { paintGrey } from "page/paint";
import { context2d, Picture } from "page/picture";
import { fetchLater } from "page/site";

/** @import { Frame, View } from "page/frame" */
/** @import { Model, ModelEntry } from "network/model" */
/** @import { Readings } from "page/readings" */
/** @import { Page } from "panels/panels" */

/**
 * @typedef {object} Tile
 * @property {ModelEntry} entry
 * @property {HTMLElement} button
 * @property {HTMLElement} place where the picture is to be seen, below what it was fed where that is its own
 * @property {HTMLElement} text
 * @property {boolean} visible
 * @property {number} x of the picture, in pixels of the canvas
 * @property {number} y
 * @property {number} top of what it was fed
 * @property {number} side
 * @property {Draws} draws
 * @property {"" | "loading" | "failed"} state of its weights
 * @property {AbortController} loading of them, called off where they are no longer wanted here
 */

/** Tiles side by side. */
const WIDEST = 7;

/** @implements {View} */
export class Wall {
  visible = true;
  #page;
  #tiles = find("tiles", HTMLElement);
  #canvas = find("wall-canvas", HTMLCanvasElement);
  #button = find("wall-load", HTMLButtonElement);
  #fault = find("wall-fault", HTMLElement);
  #context = context2d(this.#canvas);
  #answers;
  #inputs;
  #fed;
  #seen;
  /** @type {Tile[]} */
  #all;
  /** Whether weights may be asked for: the chosen model comes first, and who saves data says when. */
  #begun = false;
  #wanted = !savesData();
  #told = false;
  #own = false;
  /** What tells what each names is on its way; it is there. */
  #asking = false;
  /** @type {Readings | null} */
  #readings = null;

  /** @param {Page} page */
  constructor(page) {
    const { side } = page.frame;
    this.#page = page;
    this.#fed = new Float32Array(side * side);
    this.#all = page.site.models.map((entry, k) => this.#makeTile(entry, k));
    // Images one below the other: what the models answer, and what each was fed.
    this.#answers = new Picture(document.createElement("canvas"), side, side * this.#all.length);
    this.#inputs = new Picture(document.createElement("canvas"), side, side * this.#all.length);
    this.#tiles.addEventListener("click", ({ target }) => {
      const tile = this.#all.find(({ button }) => target instanceof Node && button.contains(target));
      if (tile) page.choose(tile.entry.name);
    });
    this.#button.addEventListener("click", () => {
      this.#wanted = true;
      this.#fault.hidden = true;
      for (const tile of this.#all) if (tile.state === "failed") tile.state = "";
      this.#load();
    });
    new ResizeObserver(() => this.#place()).observe(this.#canvas);
    this.#seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const tile = this.#all.find(({ button }) => button === target);
        if (tile) tile.visible = isIntersecting;
      }
      this.#load();
      page.frame.refresh();
    });
    for (const { button } of this.#all) this.#seen.observe(button);
  }

  /**
   * Takes in a model that the page was made without.
   * @param {ModelEntry} entry
   * @param {string} label below its picture
   * @param {string} whole what it is, for those who point at it or listen
   */
  add(entry, label, whole) {
    const { side } = this.#page.frame;
    const group = find("tiles-kept", HTMLElement);
    const button = document.createElement("button");
    button.className = "tile";
    button.dataset.model = entry.name;
    button.title = whole;
    for (const name of ["picture", "name", "loss"]) {
      const part = document.createElement("span");
      part.className = `tile-${name}`;
      if (name === "name") part.textContent = label;
      button.append(part);
    }
    group.append(button);
    group.hidden = false;
    group.dataset.tiles = String(Math.min(group.querySelectorAll(".tile").length, WIDEST));
    find("wall", HTMLElement).hidden = false;
    this.#all.push(this.#makeTile(entry, this.#all.length));
    this.#answers = new Picture(document.createElement("canvas"), side, side * this.#all.length);
    this.#inputs = new Picture(document.createElement("canvas"), side, side * this.#all.length);
    this.#seen.observe(button);
    this.#place();
    this.changed();
  }

  /** The chosen model answers, or cannot be had: now the others may come. */
  begin() {
    this.#begun = true;
    this.#load();
  }

  /** Models, settings or colours are others. */
  changed() {
    const { settings } = this.#page;
    for (const { entry, button } of this.#all) {
      button.setAttribute("aria-pressed", String(entry.name === settings.model));
    }
    if (this.#tiles.classList.toggle("own", settings.own) !== this.#own) {
      this.#own = settings.own;
      this.#place();
    }
    if (settings.read) void this.#askReaders();
    this.#tell();
    this.#page.frame.refresh();
  }

  /** Fetches what tells what a code is the code of. */
  async #askReaders() {
    const { site, models, say, frame } = this.#page;
    if (this.#asking) return; // the next change asks once more
    this.#asking = true;
    try {
      const [{ Readings }] = await Promise.all([import("page/readings"), fetchLater(site)]);
      const readings = this.#readings ?? new Readings(site, say);
      await readings.fetch(site.models);
      await readings.learn(site.models.filter(({ file }) => file === "").flatMap(({ name }) => models.get(name) ?? []));
      this.#readings = readings;
    } catch (error) {
      complain(String(error));
    }
    this.#asking = false;
    frame.refresh();
  }

  /** @param {Frame} frame */
  show(frame) {
    const { models, settings, palette } = this.#page;
    const length = frame.side * frame.side;
    for (const [k, { entry, visible, draws, text }] of this.#all.entries()) {
      const model = models.get(entry.name);
      if (!model || !visible) continue;
      const reconstruction = reconstructTile(model, draws, frame, settings, this.#fed);
      if (frame.blank) this.#answers.colours.fill(palette.grey[0], k * length, (k + 1) * length);
      else paintGrey(reconstruction, palette, this.#answers.colours, k * length);
      if (this.#own) paintGrey(this.#fed, palette, this.#inputs.colours, k * length);
      if (frame.telling) write(text, this.#describe(model, frame, reconstruction));
    }
    this.#answers.show();
    if (this.#own) this.#inputs.show();
    this.#paint(frame.side);
  }

  /**
   * @param {Model} model
   * @param {Frame} frame
   * @param {Float32Array} reconstruction
   * @returns {string} what its reader names, where that is asked for; its cross-entropy where it is known what would be
   *   right; else the ink that it adds and takes away
   */
  #describe(model, frame, reconstruction) {
    if (frame.blank) return "–";
    const { kernel, handle, entry } = model;
    const read = this.#page.settings.read && this.#readings?.describe(entry.name, kernel.code(handle));
    if (read) return read;
    const known = this.#own ? model.entry.noise !== "none" || frame.missing.includes(1) : frame.known;
    if (known) return crossEntropy(model, frame.ink).toFixed(0);
    return describeChange(this.#own ? this.#fed : frame.fed, reconstruction);
  }

  /** @param {number} pixels along an edge */
  #paint(pixels) {
    this.#context.imageSmoothingEnabled = false;
    for (const [k, { entry, visible, x, y, top, side }] of this.#all.entries()) {
      if (!visible || !this.#page.models.get(entry.name)) continue;
      this.#context.drawImage(this.#answers.canvas, 0, k * pixels, pixels, pixels, x, y, side, side);
      if (this.#own) this.#context.drawImage(this.#inputs.canvas, 0, k * pixels, pixels, pixels, x, top, side, side);
    }
  }

  /** Where the pictures are, in pixels of the screen. */
  #place() {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const density = devicePixelRatio;
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(height * density);
    for (const tile of this.#all) {
      const box = tile.place.getBoundingClientRect();
      tile.side = Math.round(box.width * density);
      tile.x = Math.round((box.left - left) * density);
      tile.y = Math.round((box.bottom - top) * density) - tile.side;
      tile.top = Math.round((box.top - top) * density);
    }
    this.#page.frame.refresh();
  }

  /**
   * @param {ModelEntry} entry
   * @param {number} k
   * @returns {Tile}
   */
  #makeTile(entry, k) {
    const button = within(this.#tiles, `[data-model="${CSS.escape(entry.name)}"]`, HTMLButtonElement);
    return {
      entry,
      button,
      place: within(button, ".tile-picture", HTMLElement),
      text: within(button, ".tile-loss", HTMLElement),
      visible: false,
      x: 0,
      y: 0,
      top: 0,
      side: 0,
      draws: new Draws(k + 1),
      state: "",
      loading: new AbortController(),
    };
  }

  /** Asks for what can be seen and is missing, and no longer for what cannot; the chosen model comes by itself. */
  #load() {
    const { models } = this.#page;
    const missing = this.#all.filter(({ entry }) => entry.name !== models.chosen && !models.get(entry.name));
    if (!this.#begun || missing.length === 0) return;
    this.#button.hidden = this.#wanted && this.#fault.hidden;
    if (!this.#wanted) return;
    for (const tile of missing) {
      if (!tile.visible) tile.loading.abort();
      else if (tile.state === "") void this.#loadOne(tile);
    }
  }

  /** @param {Tile} tile */
  async #loadOne(tile) {
    const { models, say } = this.#page;
    const { name } = tile.entry;
    tile.state = "loading";
    tile.loading = new AbortController();
    write(tile.text, say("tile-loading"));
    try {
      await models.load(name, { precision: "light", signal: tile.loading.signal });
      tile.state = "";
    } catch (error) {
      const dropped = error instanceof DOMException && error.name === "AbortError";
      tile.state = dropped ? "" : "failed";
      write(tile.text, dropped ? "–" : say("tile-failed"));
      if (dropped) return;
      write(this.#fault, failure(name, error, say));
      this.#fault.hidden = false;
      this.#button.hidden = false;
    }
  }

  /** Says once that all answer. */
  #tell() {
    if (this.#told || this.#all.length < 2 || !this.#all.every(({ entry }) => this.#page.models.get(entry.name)))
      return;
    this.#told = true;
    this.#button.hidden = true;
    this.#fault.hidden = true;
    announce(this.#page.say("wall-ready"));
  }
}
