/**
 * The units: which of them make the current answer, what each looks for, and the same unit in every model. All models
 * began with the same weights, so that unit k of one is unit k of another, grown up under another noise.
 */

import { announce, complain, find, modelLabel, write } from "dom";
import { classify, copyFilter, filterScale } from "filters";
import { failure } from "loading";
import { context2d, paintGrey, paintSigned, Picture } from "paint";

/** @import { Frame, View } from "frame" */
/** @import { Model } from "model" */
/** @import { Page, Panel } from "panels" */
/** @import { Weights } from "weights" */

const ACTIVE = 12;
/** Columns of the sheet, by its width on the screen. */
const COLUMNS = { narrow: 12, wide: 25 };
const NARROW = 560;

/** @typedef {{button: HTMLButtonElement, picture: Picture, label: HTMLElement, unit: number}} Slot */

/** @param {number} size @returns {Slot} */
function makeSlot(size) {
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  const label = document.createElement("span");
  button.type = "button";
  button.append(canvas, label);
  return { button, picture: new Picture(canvas, size), label, unit: -1 };
}

/**
 * @param {string} model
 * @param {number} size
 */
function makeFigure(model, size) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const caption = document.createElement("figcaption");
  const pattern = document.createElement("span");
  const name = modelLabel(model);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  pattern.className = "pattern";
  caption.append(name, pattern);
  figure.append(canvas, caption);
  return { figure, picture: new Picture(canvas, size), pattern };
}

/** @param {Page} page @returns {Panel} */
export function createUnits(page) {
  const units = new Units(page);
  page.frame.add(units);
  return units;
}

/** @implements {View} */
class Units {
  visible = false;
  #page;
  #filter;
  #contributions = new Float32Array(0);
  /** @type {Slot[]} one for each unit at work, and for each that is switched off */
  #slots = [];
  #answer;
  #lost; // what the answer lacks without the units that are off
  #difference;
  #sheet = find("units-sheet", HTMLCanvasElement);
  #number = find("units-number", HTMLInputElement);
  /** @type {Map<Weights, number>} */
  #scales = new Map();
  #sheetOf = "";
  #columns = COLUMNS.wide; // of the sheet as it is painted
  #everywhere; // a figure for each model

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    const { size } = page.frame;
    this.#filter = new Float32Array(size * size);
    this.#answer = new Picture(find("units-answer", HTMLCanvasElement), size);
    this.#lost = new Picture(find("units-lost", HTMLCanvasElement), size);
    this.#difference = new Float32Array(size * size);
    this.#everywhere = page.site.models.map(({ name }) => makeFigure(name, size));
    find("units-everywhere", HTMLElement).replaceChildren(...this.#everywhere.map(({ figure }) => figure));
    find("units-on", HTMLButtonElement).addEventListener("click", () => {
      this.#setOff([]);
      this.#slots[0]?.button.focus(); // the button goes away
    });
    this.#number.addEventListener("change", () => this.#pick(Number(this.#number.value)));
    this.#sheet.addEventListener("click", (event) => this.#pick(this.#unitAt(event)));
    new ResizeObserver(() => {
      if (this.#columns === this.#fitting()) return;
      this.#sheetOf = "";
      page.frame.refresh();
    }).observe(this.#sheet);
  }

  /** @param {boolean} open */
  toggle(open) {
    this.visible = open;
    if (!open) return;
    if (this.#page.settings.unit !== null) void this.#loadAll();
    this.changed();
  }

  changed() {
    this.#sheetOf = "";
    for (const slot of this.#slots) slot.unit = -1;
    if (!this.visible) return;
    this.#compare();
    this.#page.frame.refresh();
  }

  /** @param {Frame} frame */
  show({ fed, blank }) {
    const model = this.#page.models.current;
    if (!model) return;
    if (this.#sheetOf !== model.entry.name) this.#paintSheet(model);
    if (blank) return;
    model.kernel.update(model.handle, fed); // other views may have fed it something else
    const shown = [...model.off, ...this.#rank(model, fed)];
    const waiting = shown.filter((unit) => !this.#slots.some((slot) => slot.unit === unit));
    while (this.#slots.length < shown.length) this.#addSlot();
    for (const slot of this.#slots) {
      if (!shown.includes(slot.unit)) this.#fill(slot, waiting.shift() ?? -1, model);
      slot.button.setAttribute("aria-pressed", String(model.off.has(slot.unit)));
    }
    this.#paintAnswer(model, fed);
  }

  #addSlot() {
    const slot = makeSlot(this.#page.frame.size);
    slot.button.addEventListener("click", () => this.#turn(slot.unit));
    this.#slots.push(slot);
    find("units-active", HTMLElement).append(slot.button);
  }

  /**
   * What the model answers without the units that are off, and what these would add.
   * @param {Model} model
   * @param {Float32Array} fed
   */
  #paintAnswer({ kernel, handle, off }, fed) {
    find("units-effect", HTMLElement).hidden = off.size === 0;
    find("units-on", HTMLButtonElement).hidden = off.size === 0;
    const answer = () => {
      kernel.update(handle, fed);
      kernel.decode(handle);
      return kernel.reconstruction(handle);
    };
    for (const unit of off) kernel.setUnit(handle, unit, true);
    if (off.size > 0) this.#difference.set(answer());
    for (const unit of off) kernel.setUnit(handle, unit, false);
    const reconstruction = answer();
    for (let k = 0; k < reconstruction.length; k++) this.#difference[k] -= reconstruction[k];
    const { palette } = this.#page;
    paintGrey(reconstruction, palette, this.#answer.colours);
    this.#answer.show();
    paintSigned(this.#difference, 1, palette, this.#lost.colours);
    this.#lost.show();
  }

  /**
   * The units that add most to the answer where there is ink: code times the sum of the unit's weights over the input.
   * @param {Model} model
   * @param {Float32Array} fed
   * @returns {number[]}
   */
  #rank({ kernel, handle, weights }, fed) {
    const { weight, hidden } = weights;
    if (this.#contributions.length !== hidden) this.#contributions = new Float32Array(hidden);
    const sums = this.#contributions.fill(0);
    for (let pixel = 0; pixel < fed.length; pixel++) {
      if (fed[pixel] === 0) continue;
      for (let unit = 0; unit < hidden; unit++) sums[unit] += fed[pixel] * weight[pixel * hidden + unit];
    }
    const code = kernel.code(handle);
    for (let unit = 0; unit < hidden; unit++) sums[unit] *= code[unit];
    /** @type {number[]} */
    const best = [];
    for (let unit = 0; unit < hidden; unit++) {
      if (best.length === ACTIVE && sums[unit] <= sums[best[ACTIVE - 1]]) continue;
      const at = best.findIndex((other) => sums[unit] > sums[other]);
      best.splice(at < 0 ? best.length : at, 0, unit);
      best.length = Math.min(best.length, ACTIVE);
    }
    return best.filter((unit) => !this.#page.models.current?.off.has(unit));
  }

  /**
   * @param {Slot} slot
   * @param {number} unit
   * @param {Model} model
   */
  #fill(slot, unit, model) {
    slot.unit = unit;
    slot.button.hidden = unit < 0;
    if (unit < 0) return;
    this.#paintFilter(slot.picture, unit, model.weights);
    write(slot.label, String(unit));
    slot.button.setAttribute("aria-label", this.#page.say("unit-off", { unit }));
  }

  /**
   * @param {Picture} picture
   * @param {number} unit
   * @param {Weights} weights
   */
  #paintFilter(picture, unit, weights) {
    copyFilter(weights, unit, this.#filter);
    paintSigned(this.#filter, this.#scale(weights), this.#page.palette, picture.colours);
    picture.show();
  }

  /** @param {Weights} weights */
  #scale(weights) {
    const scale = this.#scales.get(weights) ?? filterScale(weights);
    this.#scales.set(weights, scale);
    return scale;
  }

  /** Columns that the screen has room for. */
  #fitting() {
    return this.#sheet.clientWidth < NARROW ? COLUMNS.narrow : COLUMNS.wide;
  }

  /** @param {Model} model */
  #paintSheet({ weights, entry }) {
    this.#sheetOf = entry.name;
    const { size } = this.#page.frame;
    const columns = (this.#columns = this.#fitting());
    const tile = new Picture(document.createElement("canvas"), size);
    this.#sheet.width = columns * (size + 1) + 1;
    this.#sheet.height = Math.ceil(weights.hidden / columns) * (size + 1) + 1;
    const context = context2d(this.#sheet);
    for (let unit = 0; unit < weights.hidden; unit++) {
      this.#paintFilter(tile, unit, weights);
      context.drawImage(tile.canvas, (unit % columns) * (size + 1) + 1, Math.floor(unit / columns) * (size + 1) + 1);
    }
    const { unit } = this.#page.settings;
    if (unit !== null) {
      context.strokeStyle = getComputedStyle(this.#sheet).getPropertyValue("--accent");
      context.lineWidth = 3;
      context.strokeRect((unit % columns) * (size + 1), Math.floor(unit / columns) * (size + 1), size + 2, size + 2);
    }
    this.#number.max = String(weights.hidden - 1);
    const limit = this.#scale(weights).toFixed(2);
    write(find("units-low", HTMLElement), `−${limit}`);
    write(find("units-high", HTMLElement), `+${limit}`);
  }

  /** @param {MouseEvent} event */
  #unitAt({ offsetX, offsetY }) {
    const columns = this.#columns;
    const tile = this.#sheet.clientWidth / columns;
    return Math.floor(offsetY / tile) * columns + Math.min(Math.floor(offsetX / tile), columns - 1);
  }

  /** @param {number} unit */
  #pick(unit) {
    const hidden = this.#page.models.current?.entry.hidden ?? 0;
    this.#number.value = String(this.#page.settings.unit ?? "");
    if (!(unit >= 0 && unit < hidden)) return;
    this.#page.settings.unit = Math.floor(unit);
    this.#sheetOf = ""; // the unit is marked in it
    this.#page.frame.refresh();
    this.#page.changed();
    this.#compare();
    void this.#loadAll();
  }

  async #loadAll() {
    const { models, say, site } = this.#page;
    for (const { name } of site.models) {
      await models.load(name).then(() => this.#compare(), (error) => complain(failure(name, error, say)));
    }
  }

  /** The chosen unit in every model that is there. */
  #compare() {
    const { settings, site, models, frame, say } = this.#page;
    const { unit } = settings;
    const section = find("units-compare", HTMLElement);
    section.hidden = unit === null;
    if (unit === null) return;
    this.#number.value = String(unit);
    write(find("units-compare-title", HTMLElement), say("unit-everywhere", { unit }));
    for (const [k, { figure, picture, pattern }] of this.#everywhere.entries()) {
      const { name, hidden } = site.models[k];
      const model = models.get(name);
      figure.hidden = unit >= hidden;
      if (!model || unit >= hidden) continue;
      this.#paintFilter(picture, unit, model.weights);
      write(pattern, say(`pattern-${classify(this.#filter, frame.size)}`));
    }
  }

  /** @param {number} unit that is switched off, or on again */
  #turn(unit) {
    const { off } = this.#page.settings;
    const on = off.includes(unit);
    this.#setOff(on ? off.filter((other) => other !== unit) : [...off, unit]);
    announce(this.#page.say(on ? "unit-is-on" : "unit-is-off", { unit }));
  }

  /** @param {number[]} off */
  #setOff(off) {
    const { settings, models, frame, changed } = this.#page;
    settings.off = off;
    models.switchOff(off);
    changed();
    frame.refresh();
  }
}
