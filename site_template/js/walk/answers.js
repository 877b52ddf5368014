/** The answers side by side: each a picture of what one model adds and takes away, and a word for it, in a box of its own. */

import { mapBack } from "draw/fit";
import { findPieces, measure, verdict } from "draw/verdict";
import { within, write } from "page/dom";
import { explain } from "page/loading";
import { Picture } from "page/picture";
import { paintChange } from "walk/paint";

/** @import { Ink, Rules } from "draw/verdict" */
/** @import { Model, Models } from "network/model" */
/** @import { Frame, View } from "page/frame" */
/** @import { Say } from "page/site" */
/** @import { Colours } from "walk/paint" */
/** @import { Stage } from "walk/stage" */

/**
 * @typedef {object} Tile
 * @property {string} name of the model
 * @property {HTMLElement} box
 * @property {Picture} picture
 * @property {Uint8ClampedArray} bytes of it
 * @property {HTMLElement} word
 * @property {HTMLProgressElement} bar
 * @property {HTMLElement} first the picture that was made with the page
 * @property {HTMLButtonElement} cover
 * @property {HTMLButtonElement} retry
 * @property {string} label the model's name in the visitor's language
 * @property {string} fault why its weights did not come
 * @property {Ink | null} ink of its last answer
 * @property {string} verdict the word of that
 */

/**
 * @typedef {object} Telling
 * @property {Say} say
 * @property {Rules} rules
 * @property {() => Stage} stage
 * @property {() => boolean} first whether the stage shows what the pictures that came with the page show
 * @property {(name: string) => void} load asks for a model's weights once more
 */

/** @implements {View} */
export class Answers {
  visible = true;
  /** @type {Tile[]} */
  tiles;
  #models;
  #colours;
  #telling;
  #given;
  #shown;
  #pieces;
  /** Called once when the next answers are told. @type {(() => void)[]} */
  #waiting = [];

  /**
   * @param {HTMLElement} parent
   * @param {number} side
   * @param {Models} models
   * @param {Colours} colours
   * @param {Telling} telling
   */
  constructor(parent, side, models, colours, telling) {
    this.#models = models;
    this.#colours = colours;
    this.#telling = telling;
    this.#given = new Float32Array(side * side);
    this.#shown = new Float32Array(side * side);
    this.#pieces = new Int32Array(side * side);
    this.tiles = [...parent.querySelectorAll("[data-model]")].map((box) => {
      if (!(box instanceof HTMLElement)) throw new TypeError(`[data-model]: expected HTMLElement, got ${box}`);
      return makeTile(box, side);
    });
    for (const { name, retry } of this.tiles) retry.addEventListener("click", () => telling.load(name));
  }

  /** @param {string} name */
  tile(name) {
    const tile = this.tiles.find((one) => one.name === name);
    if (!tile) throw new RangeError(`answer: expected one of ${this.tiles.map((one) => one.name)}, got ${name}`);
    return tile;
  }

  /** @returns {Promise<void>} when the answers to what is drawn now are told */
  told() {
    return new Promise((done) => this.#waiting.push(done));
  }

  /** @param {Frame} frame */
  show(frame) {
    const { rules } = this.#telling;
    mapBack(frame.fed, frame.transform, frame.side, this.#given);
    if (frame.telling) findPieces(frame.fed, rules.piece, this.#pieces);
    for (const tile of this.tiles) {
      const model = this.#models.get(tile.name);
      if (model) this.#answer(tile, model, frame);
      this.#dress(tile, Boolean(model));
    }
    if (frame.telling) for (const done of this.#waiting.splice(0)) done();
  }

  /**
   * @param {Tile} tile
   * @param {Model} model
   * @param {Frame} frame
   */
  #answer(tile, model, frame) {
    const started = performance.now();
    model.kernel.update(model.handle, frame.fed);
    model.kernel.decode(model.handle);
    const microseconds = 1000 * (performance.now() - started);
    const reconstruction = model.kernel.reconstruction(model.handle);
    const empty = frame.blank && this.#telling.stage().noise === "none";
    if (empty) this.#shown.fill(0);
    else mapBack(reconstruction, frame.transform, frame.side, this.#shown);
    paintChange(this.#given, this.#shown, this.#colours, frame.side, tile.bytes);
    tile.picture.show();
    if (frame.telling) {
      tile.ink = empty ? null : measure(frame.fed, reconstruction, this.#pieces, this.#telling.rules);
      tile.verdict = tile.ink ? verdict(tile.ink, this.#telling.rules) : this.#telling.rules.blank;
    }
    const detail = {
      model: tile.name,
      pixels: frame.drawn.slice(),
      fed: frame.fed.slice(),
      reconstruction: reconstruction.slice(),
      microseconds,
      precision: model.weights.precision,
    };
    tile.box.dispatchEvent(new CustomEvent("reconstruct", { bubbles: true, detail }));
  }

  /**
   * What stands in a box beside the picture.
   * @param {Tile} tile
   * @param {boolean} live
   */
  #dress(tile, live) {
    const { say, stage, first } = this.#telling;
    const { covered, model } = stage();
    tile.box.classList.toggle("live", live);
    tile.box.classList.toggle("covered", covered);
    tile.box.classList.toggle("chosen", model === tile.name);
    tile.cover.hidden = !covered;
    tile.first.toggleAttribute("hidden", live || !first());
    tile.bar.hidden = live || tile.fault !== "";
    tile.retry.hidden = live || tile.fault === "";
    if (live && tile.verdict) write(tile.word, say(`word-${tile.verdict}`));
    else if (tile.fault) write(tile.word, say("answer-failed"));
    else if (!first()) write(tile.word, say("answer-loading"));
  }

  /**
   * @param {string} name
   * @param {number} share of its weights that has come
   */
  progress(name, share) {
    const tile = this.tile(name);
    tile.fault = "";
    tile.bar.value = share;
  }

  /**
   * @param {string} name
   * @param {unknown} error
   * @returns {Promise<string>} a sentence on what did not come
   */
  async failed(name, error) {
    const tile = this.tile(name);
    const { say } = this.#telling;
    tile.fault = say("failed", { model: tile.label, reason: explain(error, say) });
    tile.box.title = tile.fault;
    return tile.fault;
  }
}

/**
 * @param {HTMLElement} box
 * @param {number} side
 * @returns {Tile}
 */
function makeTile(box, side) {
  const picture = new Picture(within(box, "canvas", HTMLCanvasElement), side, 2 * side);
  return {
    name: box.dataset.model ?? "",
    box,
    picture,
    bytes: new Uint8ClampedArray(picture.colours.buffer),
    word: within(box, ".answer-word", HTMLElement),
    bar: within(box, "progress", HTMLProgressElement),
    first: within(box, ".first", HTMLElement),
    cover: within(box, ".cover", HTMLButtonElement),
    retry: within(box, ".retry", HTMLButtonElement),
    label: within(box, ".answer-name", HTMLElement).textContent?.trim() ?? "",
    fault: "",
    ink: null,
    verdict: "",
  };
}
