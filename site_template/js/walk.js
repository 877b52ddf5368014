/** Wires the walk: one drawing, the answers to it, the chapters that set the stage. */

import { createDrawing } from "draw/drawing";
import { kernelOf } from "network/start";
import { announce, find } from "page/dom";
import { Frame } from "page/frame";
import { createSay, readSite } from "page/site";
import { Answers } from "walk/answers";
import { connectChapters } from "walk/chapters";
import { Journal } from "walk/journal";
import { createModels } from "walk/loading";
import { connectNoise, named } from "walk/noise";
import { connectPad, createPadView } from "walk/pad";
import { readChangeColours } from "walk/paint";
import { stageOf } from "walk/stage";
import { connectSteps } from "walk/steps";
import { connectStrip } from "walk/strip";
import { describeAnswers } from "walk/told";
import { Trail } from "walk/trail";
import { connectTries } from "walk/tries";

/** @import { WalkPage } from "walk/chapters" */
/** @import { WalkSite } from "walk/stage" */

const site = /** @type {WalkSite} */ (readSite());
const { walk } = site;
const say = createSay(site.messages);
const [side] = site.shape;
const colours = readChangeColours();
const drawing = createDrawing();
const journal = new Journal(stageOf(walk.tries[0], false), apply);
drawing.strokes = [...journal.stage.strokes];
const frame = new Frame(side, drawing, site.noises, () => {
  const { noise, level, seed, tried } = journal.stage;
  return { noise, level, seed, fit: walk.fit && tried === "" };
});
const getKernel = kernelOf(site);
const { models, load } = createModels(site, say, getKernel, frame, () => answers);
const answers = new Answers(find("answers", HTMLElement), side, models, colours, {
  say,
  rules: walk.rules,
  stage: () => journal.stage,
  first: () => journal.stage.tried === walk.tries[0].name && journal.stage.noise === "none",
  load: (name) => void load(name),
});
const trail = new Trail(site, say, journal);

/** Tells those who listen what the answers to the stroke are. */
async function tell() {
  await answers.told();
  const noisy = journal.stage.noise === "none" ? "" : say("noise", { noise: named(journal.stage, site) });
  const told = [noisy, describeAnswers(answers.tiles, side, say), ...page.tellers.map((one) => one())];
  announce(told.filter(Boolean).join(" ") || say("drew"));
}

/** @type {WalkPage} */
const page = Object.freeze({
  ...{ site, say, announce, drawing, frame, models, getKernel, journal, trail, answers, tell, tellers: [] },
});
frame.add(createPadView(page, colours));
frame.add(answers);
const shown = [connectPad(page), connectTries(page)];
// There is no noise to put on the drawing where no model has learned to undo one.
if (document.getElementById("noises")) shown.push(connectNoise(page));
connectSteps(page);
connectChapters(page, {
  "chapter=4": async () => (await import("walk/reading")).connectReading(page),
  "chapter=5": async () => (await import("walk/asking")).connectAsking(page),
});
document.getElementById("train")?.addEventListener("click", async () => (await import("walk/race")).pressRace(page));

/** Another stage is shown. */
function apply() {
  drawing.strokes = [...journal.stage.strokes];
  frame.redraw();
  show();
}

function show() {
  for (const one of shown) one.show();
}

document.addEventListener("click", ({ target }) => {
  const link = target instanceof Element ? target.closest("a[data-keep]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.search) return;
  link.hash = trail.save();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  Object.assign(colours, readChangeColours());
  frame.refresh();
});

document.body.classList.toggle("present", new URLSearchParams(location.search).has("present"));
const strip = () => connectStrip(find("place", HTMLElement), find("stage", HTMLElement));
if (scrollY > 0) strip();
else addEventListener("scroll", strip, { once: true });
document.body.classList.add("ready");
show();
if (location.hash.length > 1 || history.state)
  void trail.follow(location.hash, history.state).then(() => journal.forget());
frame.redraw();
// Weights are asked for once the page has been painted, one after the other.
requestAnimationFrame(() =>
  setTimeout(() => {
    for (const name of walk.models) void load(name);
  }),
);
