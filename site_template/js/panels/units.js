/** The units: which of them make the current answer, what each looks for, and the same unit in every model. */

import { find } from "page/dom";
import { ActiveUnits } from "panels/active_units";
import { FilterPainter } from "panels/filter_painter";
import { FilterSheet } from "panels/filter_sheet";
import { UnitEverywhere } from "panels/unit_everywhere";

/** @import { Frame, View } from "page/frame" */
/** @import { Page, Panel } from "panels/panels" */

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
  #active;
  #sheet;
  #everywhere;
  #number = find("units-number", HTMLInputElement);
  /** @type {number | null} the unit that the number says: what the visitor types stays while models come */
  #told = null;

  /** @param {Page} page */
  constructor(page) {
    const painter = new FilterPainter(page.palette, page.frame.side);
    this.#page = page;
    this.#active = new ActiveUnits(page, painter);
    this.#sheet = new FilterSheet(page, painter, (unit) => this.#pick(unit));
    this.#everywhere = new UnitEverywhere(page, painter);
    this.#number.addEventListener("change", () => this.#pick(Number(this.#number.value)));
  }

  /** @param {boolean} open */
  toggle(open) {
    this.visible = open;
    if (!open) return;
    if (this.#page.settings.unit !== null) void this.#everywhere.loadAll();
    this.changed();
  }

  changed() {
    this.#sheet.forget();
    this.#active.forget();
    if (!this.visible) return;
    if (this.#told !== this.#page.settings.unit) this.#tell();
    this.#showChosen();
    this.#page.frame.refresh();
  }

  /** @param {Frame} frame */
  show({ fed, blank }) {
    const model = this.#page.models.current;
    if (!model) return;
    this.#sheet.show(model);
    if (!blank) this.#active.show(model, fed);
  }

  /** @param {number} unit */
  #pick(unit) {
    const { models, settings, frame, changed } = this.#page;
    const hidden = models.current?.entry.hidden ?? 0;
    if (unit >= 0 && unit < hidden) {
      settings.unit = Math.floor(unit);
      this.#sheet.forget(); // the unit is marked in it
      frame.refresh();
      changed();
      void this.#everywhere.loadAll();
    }
    this.#tell(); // and no other number
    this.#showChosen();
  }

  #tell() {
    this.#told = this.#page.settings.unit;
    this.#number.value = String(this.#told ?? "");
  }

  #showChosen() {
    const { current } = this.#page.models;
    if (current) this.#number.max = String(current.entry.hidden - 1);
    this.#everywhere.show();
  }
}
