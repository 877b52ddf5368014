/** Wires the page: reads the address, joins pad, frame, models and controls, and writes the address again. */

import { AnswerView, DrawingView } from "answer";
import { connectControls } from "controls";
import { announce, buttonOf, find, modelLabel } from "dom";
import { Frame } from "frame";
import { createKernel } from "kernel";
import { Loading } from "loading";
import { Models } from "model";
import { createPalette, fillPalette } from "paint";
import { connectPanels } from "panels";
import { createSay, fetchLater, readSite } from "site";
import { readHash, resolveNoise } from "state";
import { createDrawing, replaceStrokes } from "strokes";
import { connectTools } from "tools";

/** @import { Kernel } from "kernel" */
/** @import { Page } from "panels" */

/** Milliseconds until the address is written; browsers refuse more than a few writes a second. */
const CALM = 350;

const site = readSite();
const say = createSay(site.messages);
const [size] = site.shape;
const fallback = find("model", HTMLSelectElement).value;
const { settings, draw } = readHash(location.hash, site.models, fallback);
const strokes = await readDrawing(draw);
// Only MNIST's images are all placed in the same way: with other data the page begins without.
if (!location.hash.includes("=")) settings.fit = find("fit", HTMLInputElement).checked;
const drawing = createDrawing();
drawing.strokes = strokes ?? [];
const palette = createPalette();

/** @param {string} text what an address has of the drawing; the strokes are null where that is malformed */
async function readDrawing(text) {
  return text ? (await import("encoding")).decodeStrokes(text) : [];
}

const frame = new Frame(size, drawing, () => {
  const entry = models.current?.entry ?? site.models[0];
  return { ...resolveNoise(settings, entry), seed: settings.seed, fit: settings.fit };
});

/** @type {Promise<Kernel> | null} */
let kernel = null;
const getKernel = () => {
  kernel ??= startKernel().catch((error) => {
    kernel = null;
    throw error;
  });
  return kernel;
};

async function startKernel() {
  const urls = { simd: site.root + site.kernel.simd.file, relaxed: site.root + site.kernel.relaxed.file };
  const started = await createKernel(urls);
  find("engine", HTMLElement).textContent = say(`engine-${started.engine}`);
  frame.add(new AnswerView(size, palette, started, models, settings));
  return started;
}

const loading = new Loading(say, (name) => choose(name));
const models = new Models(site, getKernel, {
  progress: (name, received, bytes) => name === models.chosen && loading.progress(name, received, bytes),
  ready: () => panels.changed(),
  failed: (name, error) => {
    settings.model = models.chosen;
    controls.show();
    loading.failed(name, error, models.current?.entry.name ?? null);
    changed();
  },
  changed: () => {
    models.switchOff(settings.off);
    controls.show();
    panels.changed();
    frame.refresh();
    ready();
  },
});

function ready() {
  loading.ready();
  announce(say("computes", { model: modelLabel(settings.model) }));
}

/** @param {string} name */
function choose(name) {
  settings.model = name;
  controls.show();
  if (models.current?.entry.name === name) ready(); // what was on its way is no longer wanted
  void models.choose(name);
  changed();
}

/** @type {number | undefined} */
let writing;
function changed() {
  writing ??= window.setTimeout(writeAddress, CALM);
}

async function writeAddress() {
  clearTimeout(writing);
  writing = undefined;
  const { writeHash } = await import("address"); // it comes when there is something to write
  history.replaceState(null, "", writeHash(settings, drawing.strokes));
}

const controls = connectControls(settings, site, say, (key) => {
  if (key === "model") choose(settings.model);
  if (key === "fit") frame.redraw();
  frame.refresh();
  changed();
});
const tools = connectTools(frame, site, say, changed);
/** @type {Page} */
const page = { site, say, settings, frame, models, palette, kernel: getKernel, choose, changed };
const panels = connectPanels(page);

let restored = "";
/**
 * @param {string} hash what the page is set to
 * @param {boolean} keep panels that are unfolded stay so
 */
async function restore(hash, keep) {
  restored = hash;
  const next = readHash(hash, site.models, fallback);
  // The settings at once: what the visitor does until the drawing has come is done after the link, and stays.
  Object.assign(settings, next.settings);
  controls.show();
  panels.show(keep);
  const drawn = await readDrawing(next.draw);
  if (restored !== hash) return; // another link was followed meanwhile
  replaceStrokes(drawing, drawn ?? []);
  choose(settings.model);
  models.switchOff(settings.off);
  panels.changed();
  tools.show();
  frame.redraw();
  if (!drawn) announce(say("bad-link"));
}

const lab = find("lab", HTMLElement);
find("share", HTMLElement).addEventListener("click", async (event) => {
  const button = buttonOf(event);
  if (!button) return;
  await writeAddress();
  const [{ share }] = await Promise.all([import("share"), fetchLater(site)]);
  await share(page, button.value, location.href);
});
addEventListener("hashchange", ({ newURL }) => {
  const { hash } = new URL(newURL); // location's may have been written over since
  if (hash.includes("=")) void restore(hash, false); // others lead to a place on the page
});
// A link in the text sets the page up, without an entry in the history; one to another language takes along what is shown.
const back = find("back", HTMLButtonElement);
/** @type {HTMLAnchorElement | null} */
let from = null;
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link?.matches("[data-keep]")) link.hash = location.hash; // for another tab, too
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const hash = link.getAttribute("href") ?? "";
  if (hash.startsWith("#model=")) {
    event.preventDefault();
    void restore(hash, true);
    from = link;
    back.hidden = lab.contains(link);
    lab.scrollIntoView();
  } else if (link.matches("[data-keep]")) {
    event.preventDefault();
    await writeAddress();
    link.hash = location.hash;
    link.search ||= location.search;
    location.assign(link.href);
  }
});
back.addEventListener("click", () => {
  back.hidden = true;
  from?.focus();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  fillPalette(palette);
  panels.changed();
  frame.refresh();
});
for (const link of document.querySelectorAll("link[hreflang]")) {
  if (link instanceof HTMLLinkElement) link.href = new URL(link.href).href; // search engines want it absolute
}

const query = new URLSearchParams(location.search);
for (const part of (query.get("hide") ?? "").split(/[\s,]+/).filter(Boolean)) {
  for (const element of document.querySelectorAll(`[data-part~="${CSS.escape(part)}"]`)) element.setAttribute("hidden", "");
}
const tested = query.get("selftest");
if (tested !== null) void import("selftest").then(({ runSelfTest }) => runSelfTest(site, say, tested));

frame.add(new DrawingView(size, palette));
if (!strokes) announce(say("bad-link"));
frame.redraw();
// The weights are asked for once the page has been painted, so that they do not hold it up.
controls.show();
requestAnimationFrame(() => setTimeout(() => models.choose(settings.model)));
