/** Wires the lab: pad, frame, the chosen model, controls, wall, panels, and the address that keeps them. */

import { createDrawing } from "draw/drawing";
import { kernelOf } from "network/start";
import { AnswerView, DrawingView } from "page/answer";
import { Choice } from "page/choice";
import { connectControls } from "page/controls";
import { announce, buttonOf, complain, find } from "page/dom";
import { tellHeight } from "page/embed";
import { Frame } from "page/frame";
import { strokesOf } from "page/history";
import { Journal } from "page/journal";
import { connectAddress, readDrawing } from "page/link";
import { createPalette, fillPalette } from "page/paint";
import { hideParts } from "page/query";
import { createSay, fetchLater, readSite } from "page/site";
import { readHash, resolveNoise } from "page/state";
import { hasKept } from "page/storage";
import { connectTools } from "page/tools";
import { connectPanels } from "panels/panels";
import { Wall } from "panels/wall";

/** @import { Kept } from "panels/kept" */
/** @import { Page } from "panels/panels" */

const site = readSite();
const shipped = [...site.models];
const say = createSay(site.messages);
const [side] = site.shape;
const fallback = find("model", HTMLSelectElement).value;
const { hash } = location;
const { settings, draw, whole } = readHash(hash, site, fallback);
const read = await readDrawing(draw);
// Only MNIST's images are all placed in the same way: with other data the page begins without.
if (!location.hash.includes("=")) settings.fit = find("fit", HTMLInputElement).checked;
const drawing = createDrawing();
drawing.strokes = strokesOf(history.state) ?? read.strokes;
const palette = createPalette();

const frame = new Frame(side, drawing, site.noises, () => {
  const entry = models.current?.entry ?? site.models[0];
  return { ...resolveNoise(settings, entry), seed: settings.seed, fit: settings.fit };
});
const getKernel = kernelOf(site, (kernel) => {
  find("engine", HTMLElement).textContent = say(`engine-${kernel.engine}`);
  frame.add(new AnswerView(side, palette, kernel, models, settings));
});
const choice = new Choice(site, say, settings, getKernel, {
  show: () => controls.show(),
  chosen: () => wall.changed(),
  renew,
  settled: () => wall.begin(),
  changed: () => address.changed(),
});
const { models } = choice;
/** @type {(name: string) => void} */
const choose = (name) => choice.choose(name);
const controls = connectControls(settings, site, say, (key) => {
  if (key === "model") choose(settings.model);
  if (key === "fit") frame.redraw();
  if (key === "own" || key === "read") wall.changed();
  frame.refresh();
  address.changed();
});
const journal = new Journal(settings, () => {
  controls.show();
  if (models.chosen !== settings.model) choose(settings.model);
});
const address = connectAddress(
  { site, say, settings, drawing, journal, fallback },
  {
    settings: (keep) => {
      controls.show();
      panels.show(keep);
    },
    drawing: () => {
      choose(settings.model);
      models.switchOff(settings.off);
      renew();
      tools.show();
      frame.redraw();
    },
  },
);
const { changed } = address;
const tools = connectTools(frame, site, say, changed, (from, to) => journal.travel(from, to));

/** @type {Page} */
const page = Object.freeze({
  ...{ site, say, announce, drawing, frame, models, getKernel },
  ...{ settings, palette, choose, changed, kept: getKept },
});
const wall = new Wall(page);
const panels = connectPanels(page, {
  feedback: async () => (await import("panels/feedback")).createFeedback(page),
  units: async () => (await import("panels/units")).createUnits(page),
  train: async () => (await import("panels/train")).createTrain(page),
});

/** @type {Promise<Kept> | null} */
let kept = null;
/** What the visitor keeps; its script comes when it is wanted. */
function getKept() {
  kept ??= Promise.all([import("panels/kept"), fetchLater(site)]).then(([{ Kept }]) => new Kept(page, wall));
  return kept;
}

/** Brings back what was kept, and the model that the address names, if it is among that. */
async function restoreKept() {
  await (await getKept()).restore();
  const again = readHash(hash, site, settings.model);
  const { model } = again.settings;
  if (model !== settings.model && settings.model === fallback) choose(model);
  if (!again.whole) complain(say("bad-link"));
}

/** Models, settings or colours are others. */
function renew() {
  wall.changed();
  panels.changed();
  frame.refresh();
}

find("share", HTMLElement).addEventListener("click", async (event) => {
  const button = buttonOf(event);
  if (!button) return;
  const written = await address.write();
  const [{ share }] = await Promise.all([import("panels/share"), fetchLater(site)]);
  await share(page, button.value, location.href.replace(/#.*/, "") + written);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  fillPalette(palette);
  renew();
});

const query = new URLSearchParams(location.search);
hideParts(query);
tellHeight();
const tested = query.get("selftest");
if (tested !== null)
  void import("panels/selftest").then(({ runSelfTest }) => runSelfTest({ ...site, models: [...shipped] }, say, tested));

frame.add(new DrawingView(side, palette));
frame.add(wall);
// A model that it names may be one that the visitor keeps.
if (!read.whole || !(whole || hasKept())) complain(say("bad-link"));
frame.redraw();
// The weights are asked for once the page has been painted, so that they do not hold it up.
controls.show();
wall.changed();
requestAnimationFrame(() => setTimeout(() => models.choose(settings.model)));
if (hasKept()) void restoreKept();
