/** The panels under the drawing: what is in one comes when it is unfolded. */

import { buttonOf, find } from "dom";
import { fetchLater } from "site";

/** @import { Frame } from "frame" */
/** @import { Kernel } from "kernel" */
/** @import { Models } from "model" */
/** @import { Palette } from "paint" */
/** @import { Say, Site } from "site" */
/** @import { Settings } from "state" */

/**
 * What every panel may use.
 * @typedef {object} Page
 * @property {Site} site
 * @property {Say} say
 * @property {Settings} settings
 * @property {Frame} frame
 * @property {Models} models
 * @property {Palette} palette
 * @property {() => Promise<Kernel>} kernel
 * @property {(model: string) => void} choose makes a model the one that computes
 * @property {() => void} changed settings or drawing are others: the address is to be written
 */

/**
 * @typedef {object} Panel
 * @property {(open: boolean) => void} toggle
 * @property {() => void} changed models, settings or colours are others
 */

/** @type {Record<string, (page: Page) => Promise<Panel>>} */
const PANELS = {
  wall: async (page) => (await import("wall")).createWall(page),
  feedback: async (page) => (await import("feedback")).createFeedback(page),
  units: async (page) => (await import("units")).createUnits(page),
};

/**
 * @param {Page} page
 * @returns {{show: (keep: boolean) => void, changed: () => void}} the first unfolds what the settings name, and folds
 *   the others or keeps them
 */
export function connectPanels(page) {
  const { settings } = page;
  /** @type {Panel[]} */
  const made = [];
  const panels = Object.entries(PANELS).map(([name, create]) => ({ name, create, element: find(name, HTMLDetailsElement) }));
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
      panel ??= fetchLater(page.site).then(() => create(page)).then((one) => {
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
