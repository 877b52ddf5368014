/** The units that make the current answer: each can be switched off, and what the answer then lacks is shown. */

import { strongest } from "network/strongest";
import { announce, find, write } from "page/dom";
import { paintGrey, paintSigned } from "page/paint";
import { Picture } from "page/picture";

/** @import { Model } from "network/model" */
/** @import { FilterPainter } from "panels/filter_painter" */
/** @import { Page } from "panels/panels" */

const ACTIVE = 12;

/**
 * @typedef {object} Slot
 * @property {HTMLButtonElement} button
 * @property {Picture} picture
 * @property {HTMLElement} label
 * @property {number} unit -1 where none is shown
 * @property {boolean} stale its picture is of other weights or colours; the button switches its unit all the same
 */

/** @param {number} side pixels @returns {Slot} */
function makeSlot(side) {
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  const label = document.createElement("span");
  button.type = "button";
  button.append(canvas, label);
  return { button, picture: new Picture(canvas, side), label, unit: -1, stale: false };
}

export class ActiveUnits {
  #page;
  #painter;
  #sums = new Float32Array(0);
  /** @type {Slot[]} one for each unit at work, and for each that is switched off */
  #slots = [];
  #answer;
  #lost; // what the answer lacks without the units that are off
  #difference;

  /**
   * @param {Page} page
   * @param {FilterPainter} painter
   */
  constructor(page, painter) {
    const { side } = page.frame;
    this.#page = page;
    this.#painter = painter;
    this.#answer = new Picture(find("units-answer", HTMLCanvasElement), side);
    this.#lost = new Picture(find("units-lost", HTMLCanvasElement), side);
    this.#difference = new Float32Array(side * side);
    find("units-on", HTMLButtonElement).addEventListener("click", () => {
      this.#setOff([]);
      this.#slots[0]?.button.focus(); // the button goes away
    });
  }

  /** The filters are others, or their colours are. */
  forget() {
    for (const slot of this.#slots) slot.stale = true;
  }

  /**
   * @param {Model} model
   * @param {Float32Array} fed
   */
  show(model, fed) {
    const { kernel, handle, weights, off } = model;
    kernel.update(handle, fed); // other views may have fed it something else
    if (this.#sums.length !== weights.hidden) this.#sums = new Float32Array(weights.hidden);
    const best = strongest(weights, kernel.code(handle), fed, ACTIVE, this.#sums);
    const shown = [...off, ...best.filter((unit) => !off.has(unit))];
    const waiting = shown.filter((unit) => !this.#slots.some((slot) => slot.unit === unit));
    while (this.#slots.length < shown.length) this.#addSlot();
    for (const slot of this.#slots) {
      if (!shown.includes(slot.unit)) this.#fill(slot, waiting.shift() ?? -1, model);
      else if (slot.stale) this.#fill(slot, slot.unit, model);
      slot.button.setAttribute("aria-pressed", String(off.has(slot.unit)));
    }
    this.#paintAnswer(model, fed);
  }

  #addSlot() {
    const slot = makeSlot(this.#page.frame.side);
    slot.button.addEventListener("click", () => this.#turn(slot.unit));
    this.#slots.push(slot);
    find("units-active", HTMLElement).append(slot.button);
  }

  /**
   * @param {Slot} slot
   * @param {number} unit
   * @param {Model} model
   */
  #fill(slot, unit, { weights }) {
    slot.unit = unit;
    slot.stale = false;
    slot.button.hidden = unit < 0;
    if (unit < 0) return;
    this.#painter.paint(slot.picture, weights, unit);
    write(slot.label, String(unit));
    slot.button.setAttribute("aria-label", this.#page.say("unit-off", { unit }));
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
