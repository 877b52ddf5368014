/** Taking something along: the link, a picture, a frame for another page. */

import { describe } from "controls";
import { announce, find, modelLabel, within } from "dom";
import { Draws } from "frame";
import { context2d, paintGrey, Picture } from "paint";
import { resolveNoise } from "state";
import { reconstructTile } from "wall";

/** @import { Page } from "panels" */
/** @import { Say, Site } from "site" */
/** @import { Settings } from "state" */

const SIDE = 224;
const GAP = 16;
const CAPTION = 24;
const COLUMNS = 4;

/**
 * @param {Page} page
 * @param {string} what of "link", "picture" and "frame"
 * @param {string} link the address that restores what is shown
 */
export async function share(page, what, link) {
  if (what === "picture") return savePicture(page);
  if (what === "frame") await copy(page, frameFor(link), "copied-frame");
  else await copy(page, link, "copied-link");
}

/** @param {string} link */
function frameFor(link) {
  const url = new URL(link);
  const language = url.searchParams.get("lang"); // which only the single file has
  url.search = `?${language ? `lang=${language}&` : ""}hide=header,hero,story,footer`;
  const address = url.href.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${address}" width="100%" height="720" title="${document.title.replaceAll('"', "&quot;")}"></iframe>`;
}

/**
 * @param {Page} page
 * @param {string} text
 * @param {string} done the message that says so
 */
async function copy({ say }, text, done) {
  const field = find("shared", HTMLTextAreaElement);
  field.value = text;
  try {
    await navigator.clipboard.writeText(text);
    tell(say(done), false);
  } catch {
    // Not every origin may write to the clipboard: then the text is there to be copied by hand.
    tell(say("copy-yourself"), true);
    field.select();
  }
}

/**
 * Says beside the buttons, and to those who listen, what became of it.
 * @param {string} sentence
 * @param {boolean} byHand whether the text to copy is shown
 */
function tell(sentence, byHand) {
  find("shared", HTMLTextAreaElement).hidden = !byHand;
  find("shared-text", HTMLElement).textContent = sentence;
  announce(sentence);
}

/** @param {Page} page */
async function savePicture(page) {
  const canvas = compose(page);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!(blob instanceof Blob)) throw new TypeError("canvas: expected a PNG, got none");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `dae-${page.settings.model}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  tell(page.say("saved"), false);
}

/**
 * @param {Settings} settings
 * @param {Site} site
 * @param {Say} say
 * @returns {string} as "Fed: Masking, 50 % of the pixels"
 */
function describeFed(settings, site, say) {
  const entry = site.models.find(({ name }) => name === settings.model) ?? site.models[0];
  const { noise, level } = resolveNoise(settings, entry);
  if (noise === "none") return say("fed-clean");
  const name = within(find("noises", HTMLElement), `[value="${noise}"] + span`, HTMLElement).textContent ?? "";
  return say("fed", { noise: name, level: describe(noise, level, say) });
}

/**
 * Drawing, input and answer, and below them the wall if it is open.
 * @param {Page} page
 */
function compose({ settings, models, site, frame, palette, say }) {
  /** @type {[HTMLCanvasElement, string][]} */
  const pictures = [
    [find("pad", HTMLCanvasElement), say("picture-drawn")],
    [find("fed", HTMLCanvasElement), describeFed(settings, site, say)],
    [find("reconstruction", HTMLCanvasElement), modelLabel(settings.model)],
  ];
  for (const [k, entry] of settings.open.includes("wall") ? site.models.entries() : []) {
    const model = models.get(entry.name);
    if (!model) continue;
    const picture = new Picture(document.createElement("canvas"), frame.size);
    paintGrey(reconstructTile(model, new Draws(frame.fed.length, k + 1), frame, settings), palette, picture.colours);
    picture.show();
    pictures.push([picture.canvas, modelLabel(entry.name)]);
  }
  const columns = Math.min(pictures.length, COLUMNS);
  const canvas = document.createElement("canvas");
  canvas.width = columns * (SIDE + GAP) + GAP;
  canvas.height = Math.ceil(pictures.length / columns) * (SIDE + GAP + CAPTION) + GAP;
  const context = context2d(canvas);
  const style = getComputedStyle(document.documentElement);
  context.fillStyle = style.getPropertyValue("--paper");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.getPropertyValue("--ink");
  context.font = "14px system-ui, sans-serif";
  context.imageSmoothingEnabled = false;
  for (const [k, [picture, caption]] of pictures.entries()) {
    const x = GAP + (k % columns) * (SIDE + GAP);
    const y = GAP + Math.floor(k / columns) * (SIDE + GAP + CAPTION);
    context.drawImage(picture, x, y, SIDE, SIDE);
    if (k === 0) context.drawImage(find("holes", HTMLCanvasElement), x, y, SIDE, SIDE);
    context.fillText(caption, x, y + SIDE + 18, SIDE);
  }
  return canvas;
}
