/**
 * The chosen unit in every model. All models began with the same weights, so that unit k of one is unit k of another, grown
 * up under another noise.
 */

import { complain, find, modelLabel, write } from "page/dom";
import { failure } from "page/loading";
import { Picture } from "page/picture";

/** @import { FilterPainter } from "panels/filter_painter" */
/** @import { Page } from "panels/panels" */

/**
 * @param {string} model
 * @param {number} side pixels
 */
function makeFigure(model, side) {
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
  return { figure, picture: new Picture(canvas, side), pattern };
}

export class UnitEverywhere {
  #page;
  #painter;
  #figures; // one for each model

  /**
   * @param {Page} page
   * @param {FilterPainter} painter
   */
  constructor(page, painter) {
    this.#page = page;
    this.#painter = painter;
    this.#figures = page.site.models.map(({ name }) => makeFigure(name, page.frame.side));
    find("units-everywhere", HTMLElement).replaceChildren(...this.#figures.map(({ figure }) => figure));
  }

  /** Asks for the models that are not there yet. */
  async loadAll() {
    const { models, say, site } = this.#page;
    for (const { name } of site.models) {
      await models.load(name).then(
        () => this.show(),
        (error) => complain(failure(name, error, say)),
      );
    }
  }

  /** Shows the chosen unit in every model that is there. */
  show() {
    const { settings, site, models, say } = this.#page;
    const { unit } = settings;
    find("units-compare", HTMLElement).hidden = unit === null;
    if (unit === null) return;
    write(find("units-compare-title", HTMLElement), say("unit-everywhere", { unit }));
    for (const [k, { figure, picture, pattern }] of this.#figures.entries()) {
      const { name, hidden } = site.models[k];
      const model = models.get(name);
      figure.hidden = unit >= hidden;
      if (!model || unit >= hidden) continue;
      this.#painter.paint(picture, model.weights, unit);
      write(pattern, say(`pattern-${this.#painter.classify(model.weights, unit)}`));
    }
  }
}
