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
import { createSay, readSite } from "site";
import { readHash, resolveNoise } from "state";
import { createDrawing, replaceStrokes } from "strokes";
import { connectTools } from "tools";

/** @import { Kernel } from "kernel" */
/** @import { Page } from "panels" */

/** Milliseconds of calm before the address is written; browsers refuse more than a few writes a second. */
const CALM = 300;

const site = readSite();
const say = createSay(site.messages);
const [size] = site.shape;
const fallback = find("model", HTMLSelectElement).value;
const { settings, strokes } = await readAddress(location.hash);
const drawing = createDrawing();
drawing.strokes = strokes ?? [];
const palette = createPalette();

/** @param {string} hash */
async function readAddress(hash) {
  const { settings: read, draw } = readHash(hash, site.models, fallback);
  const drawn = draw ? (await import("encoding")).decodeStrokes(draw) : [];
  return { settings: read, strokes: drawn }; // null where the drawing is malformed
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
    loading.ready();
    models.switchOff(settings.off);
    controls.show();
    panels.changed();
    frame.refresh();
    announce(say("computes", { model: modelLabel(settings.model) }));
  },
});

/** @param {string} name */
function choose(name) {
  settings.model = name;
  controls.show();
  if (models.current?.entry.name === name) loading.ready(); // what was on its way is no longer wanted
  void models.choose(name);
  changed();
}

/** @type {number | undefined} */
let writing;
function changed() {
  clearTimeout(writing);
  writing = window.setTimeout(writeAddress, CALM);
}

/** @type {typeof import("address").writeHash | null} */
let writeHash = null; // it comes when there is something to write
async function writeAddress() {
  writeHash ??= (await import("address")).writeHash;
  const hash = writeHash(settings, drawing.strokes);
  history.replaceState(null, "", hash);
  for (const link of document.querySelectorAll("a[data-keep]")) {
    if (link instanceof HTMLAnchorElement) link.hash = hash;
  }
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
/** @param {string} hash what the page is set to */
async function restore(hash) {
  restored = hash;
  const next = await readAddress(hash);
  if (restored !== hash) return; // another link was followed meanwhile
  Object.assign(settings, next.settings);
  replaceStrokes(drawing, next.strokes ?? []);
  if (next.strokes === null) announce(say("bad-link"));
  choose(settings.model);
  models.switchOff(settings.off);
  panels.changed();
  tools.show();
  frame.redraw();
}

find("share", HTMLElement).addEventListener("click", async (event) => {
  const button = buttonOf(event);
  if (!button) return;
  await writeAddress();
  const { share } = await import("share");
  await share(page, button.value, location.href);
});
addEventListener("hashchange", () => {
  if (location.hash.includes("=")) void restore(location.hash); // others lead to a place on the page
});
// A link to a setting of this page sets it here, without an entry in the history; one to the other language takes along
// what was changed a moment ago.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link?.matches("[data-keep]")) {
    if (!writeHash) event.preventDefault();
    void writeAddress().then(() => event.defaultPrevented && location.assign(link.href));
  }
  const hash = link?.getAttribute("href") ?? "";
  if (!hash.startsWith("#model=") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void restore(hash);
  find("lab", HTMLElement).scrollIntoView({ block: "start" });
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
for (const part of (query.get("hide") ?? "").split(",").filter(Boolean)) {
  for (const element of document.querySelectorAll(`[data-part~="${CSS.escape(part)}"]`)) element.setAttribute("hidden", "");
}
const tested = query.get("selftest");
if (tested !== null) void import("selftest").then(({ runSelfTest }) => runSelfTest(site, say, tested));

frame.add(new DrawingView(size, palette));
if (strokes === null) announce(say("bad-link"));
frame.redraw();
// The weights are asked for once the page has been painted, so that they do not hold it up.
controls.show();
requestAnimationFrame(() => setTimeout(() => models.choose(settings.model)));
