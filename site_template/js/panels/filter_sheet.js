/** The sheet: what all units of the model look for, side by side, with the chosen unit marked. */

import { find, write } from "page/dom";
import { context2d, Picture, readColours } from "page/picture";

/** @import { Model } from "network/model" */
/** @import { FilterPainter } from "panels/filter_painter" */
/** @import { Page } from "panels/panels" */

/** Columns of the sheet, by its width on the screen. */
const COLUMNS = { narrow: 12, wide: 25 };
const NARROW = 560;

export class FilterSheet {
  #page;
  #painter;
  #canvas = find("units-sheet", HTMLCanvasElement);
  #model = ""; // whose sheet is painted
  #columns = COLUMNS.wide; // of the sheet as it is painted

  /**
   * @param {Page} page
   * @param {FilterPainter} painter
   * @param {(unit: number) => void} pick a unit on the sheet was chosen
   */
  constructor(page, painter, pick) {
    this.#page = page;
    this.#painter = painter;
    this.#canvas.addEventListener("click", (event) => pick(this.#unitAt(event)));
    new ResizeObserver(() => {
      if (this.#columns === this.#fitting()) return;
      this.forget();
      page.frame.refresh();
    }).observe(this.#canvas);
  }

  /** It is to be painted anew. */
  forget() {
    this.#model = "";
  }

  /** @param {Model} model */
  show(model) {
    if (this.#model !== model.entry.name) this.#paint(model);
  }

  /** Columns that the screen has room for. */
  #fitting() {
    return this.#canvas.clientWidth < NARROW ? COLUMNS.narrow : COLUMNS.wide;
  }

  /** @param {Model} model */
  #paint({ weights, entry }) {
    const { side } = this.#page.frame;
    const columns = this.#fitting();
    this.#model = entry.name;
    this.#columns = columns;
    const tile = new Picture(document.createElement("canvas"), side);
    this.#canvas.width = columns * (side + 1) + 1;
    this.#canvas.height = Math.ceil(weights.hidden / columns) * (side + 1) + 1;
    const context = context2d(this.#canvas);
    for (let unit = 0; unit < weights.hidden; unit++) {
      this.#painter.paint(tile, weights, unit);
      context.drawImage(tile.canvas, (unit % columns) * (side + 1) + 1, Math.floor(unit / columns) * (side + 1) + 1);
    }
    const { unit } = this.#page.settings;
    if (unit !== null) {
      context.strokeStyle = `rgb(${readColours(["--accent"])[0]})`;
      context.lineWidth = 3;
      context.strokeRect((unit % columns) * (side + 1), Math.floor(unit / columns) * (side + 1), side + 2, side + 2);
    }
    const limit = this.#painter.scale(weights).toFixed(2);
    write(find("units-low", HTMLElement), `−${limit}`);
    write(find("units-high", HTMLElement), `+${limit}`);
  }

  /** @param {MouseEvent} event */
  #unitAt({ offsetX, offsetY }) {
    const columns = this.#columns;
    const tile = this.#canvas.clientWidth / columns;
    return Math.floor(offsetY / tile) * columns + Math.min(Math.floor(offsetX / tile), columns - 1);
  }
}
