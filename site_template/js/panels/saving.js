/**
 * The picture that a visitor saves: drawing, input and answer, and below them the wall. It is made from numbers alone, for what
 * is read back of a canvas is noise in browsers that guard against fingerprints; these give no captions either.
 */

import { Draws } from "draw/draws";
import { encodePng } from "draw/png";
import { reconstructTile } from "page/answer";
import { find, modelLabel } from "page/dom";
import { paintGrey } from "page/paint";
import { coloursOf, readColours } from "page/picture";
import { saveFile } from "page/save_file";
import { resolveNoise } from "page/state";
import { describe } from "page/words";

/** @import { Page } from "panels/panels" */
/** @import { Say, Site } from "page/site" */
/** @import { Settings } from "page/state" */

/** @typedef {{colours: Uint32Array, caption: string, x: number, y: number}} Shown a picture, and where on the sheet it is */
/** @typedef {{colours: Uint32Array, width: number, height: number}} Sheet row-major */

const SIDE = 224;
const GAP = 16;
const CAPTION = 24;
const BASELINE = 18;
const COLUMNS = 4;

/**
 * @param {Page} page
 * @returns {Promise<boolean>} whether the captions stand in it
 */
export async function savePicture(page) {
  const shown = gather(page);
  const width = Math.min(shown.length, COLUMNS) * (SIDE + GAP) + GAP;
  const height = Math.ceil(shown.length / COLUMNS) * (SIDE + GAP + CAPTION) + GAP;
  const [paper, ink, cool] = readColours(["--paper", "--ink", "--cool"]);
  const sheet = { colours: new Uint32Array(width * height).fill(packed(paper)), width, height };
  const captioned = writeCaptions(sheet, shown, paper, ink);
  for (const one of shown) enlarge(one, page.frame.side, sheet);
  hatch(page.frame.holes, page.frame.side, shown[0], packed(cool), sheet);
  saveFile(await encodePng(new Uint8ClampedArray(sheet.colours.buffer), width), `dae-${page.settings.model}.png`);
  return captioned;
}

/**
 * @param {Page} page
 * @returns {Shown[]}
 */
function gather({ settings, models, site, frame, palette, say }) {
  /** @type {[Uint32Array, string][]} */
  const pictures = [
    [coloursOf(find("pad", HTMLCanvasElement)), say("picture-drawn")],
    [coloursOf(find("fed", HTMLCanvasElement)), describeFed(settings, site, say)],
    [coloursOf(find("reconstruction", HTMLCanvasElement)), modelLabel(settings.model)],
  ];
  for (const [k, entry] of site.models.length > 1 ? site.models.entries() : []) {
    const model = models.get(entry.name);
    if (!model) continue;
    const colours = new Uint32Array(frame.side ** 2);
    paintGrey(reconstructTile(model, new Draws(k + 1), frame, settings), palette, colours);
    pictures.push([colours, modelLabel(entry.name)]);
  }
  return pictures.map(([colours, caption], k) => ({
    ...{ colours, caption },
    x: GAP + (k % COLUMNS) * (SIDE + GAP),
    y: GAP + Math.floor(k / COLUMNS) * (SIDE + GAP + CAPTION),
  }));
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
  return say("fed", { noise: site.noises[noise].words.name, level: describe(site.noises[noise], level) });
}

/**
 * Only a canvas can write. One that is not what was painted on it, when it is read back, leaves the sheet as it is.
 * @param {Sheet} sheet all paper; overwritten
 * @param {readonly Shown[]} shown
 * @param {number[]} paper
 * @param {number[]} ink
 * @returns {boolean} whether the captions are on the sheet
 */
function writeCaptions({ colours, width, height }, shown, paper, ink) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return false;
  const read = () => new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  context.fillStyle = `rgb(${paper.map(Math.round)})`;
  context.fillRect(0, 0, width, height);
  if (read().some((colour) => colour !== colours[0])) return false;
  context.fillStyle = `rgb(${ink.map(Math.round)})`;
  context.font = "14px system-ui, sans-serif";
  for (const { caption, x, y } of shown) context.fillText(caption, x, y + SIDE + BASELINE, SIDE);
  colours.set(read());
  return true;
}

/**
 * @param {Shown} shown
 * @param {number} side
 * @param {Sheet} sheet
 */
function enlarge({ colours, x, y }, side, sheet) {
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const k = Math.floor((row * side) / SIDE) * side + Math.floor((column * side) / SIDE);
      sheet.colours[(y + row) * sheet.width + x + column] = colours[k];
    }
  }
}

/**
 * Hatches the pixels that are missing, as page/holes does on the pad.
 * @param {Float32Array} holes 1 where one is
 * @param {number} side
 * @param {Shown} shown
 * @param {number} colour
 * @param {Sheet} sheet
 */
function hatch(holes, side, { x, y }, colour, sheet) {
  const cell = SIDE / side;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const across = (column % cell) + (row % cell);
      if (holes[Math.floor(row / cell) * side + Math.floor(column / cell)] !== 1) continue;
      if (Math.abs(across - cell) <= 1) sheet.colours[(y + row) * sheet.width + x + column] = colour;
    }
  }
}

/** @param {number[]} colour @returns {number} RGBA in the order of the bytes of an ImageData on this machine */
function packed(colour) {
  return new Uint32Array(new Uint8Array([...colour.map(Math.round), 255]).buffer)[0];
}
