/** The panels under the drawing: what is in one comes when it is unfolded; page/host says how one is written. */

import { buttonOf, find } from "page/dom";
import { fetchLater } from "page/site";

/** @import { Host } from "page/host" */
/** @import { Palette } from "page/paint" */
/** @import { PanelName, Settings } from "page/state" */

/** @import { Weights } from "network/weights" */

/**
 * Models of the visitor's own: panels/kept keeps them.
 * @typedef {object} Keeper
 * @property {(weights: Weights, facts: Record<string, string>) => Promise<{name: string, stored: boolean}>} take
 * @property {() => Promise<void>} clear
 */

/**
 * What every part of the lab may use.
 * @typedef {Host & {
 *   settings: Settings,
 *   palette: Palette,
 *   choose: (model: string) => void,
 *   changed: () => void,
 *   kept: () => Promise<Keeper>,
 * }} Page `choose` makes a model the one that computes; `changed` says that settings or drawing are others, so that the
 *   address is written
 */

/**
 * @typedef {object} Panel
 * @property {(open: boolean) => void} toggle
 * @property {() => void} changed models, settings or colours are others
 */

/**
 * @param {Page} page
 * @param {Readonly<Record<PanelName, (page: Page) => Promise<Panel>>>} creators fetch a panel's script and make the panel, by
 *   the id of its element
 * @returns {{show: (keep: boolean) => void, changed: () => void}} the first unfolds what the settings name, and folds
 *   the others or keeps them
 */
export function connectPanels(page, creators) {
  const { settings } = page;
  /** @type {Panel[]} */
  const made = [];
  const panels = Object.entries(creators).map(([name, create]) => ({
    name,
    create,
    element: find(name, HTMLDetailsElement),
  }));
  const readOpen = () => {
    settings.open = panels.filter((one) => one.element.open).map((one) => one.name);
  };
  for (const { name, create, element } of panels) {
    /** @type {Promise<Panel> | null} */
    let panel = null;
    /** @type {HTMLElement | null} */
    let pressed = null;
    element.addEventListener("click", (event) => (pressed = buttonOf(event)));
    element.addEventListener("toggle", async () => {
      readOpen();
      page.changed();
      if (!panel && !element.open) return;
      panel ??= fetchLater(page.site)
        .then(() => create(page))
        .then((one) => {
          element.classList.add("ready");
          made.push(one);
          setTimeout(() => pressed?.click()); // what was pressed before the script came
          return one;
        });
      panel.catch(() => (panel = null)); // the next time it is unfolded, its script is asked for again
      (await panel).toggle(element.open);
    });
    if (element.open) settings.open.push(name);
    element.open = false; // so that what was unfolded before this script came is heard of, too
  }
  /** @param {boolean} keep */
  const show = (keep) => {
    for (const { name, element } of panels) element.open = settings.open.includes(name) || (keep && element.open);
    readOpen(); // the toggle events that say it, too, come later
  };
  show(false);
  return {
    show,
    changed: () => {
      for (const panel of made) panel.changed();
    },
  };
}
