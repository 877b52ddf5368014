/** Where the images of a training in the lab come from: drawn, the site's, or the visitor's own files. */

import { Digits } from "draw/digits";
import { ImagesError, readImages } from "draw/image_files";

/** @import { Grammar } from "draw/digits" */
/** @import { Data } from "learn/supply" */
/** @import { Site } from "page/site" */

/** Images on which the loss is measured, and which are never learned: so many, and of few no more than a tenth. */
const HELD_OUT = 300;
/** Of every so many seeds the one that images which are never learned are drawn from. */
const OTHER = 0x5bd1e995;

/**
 * @typedef {object} Source
 * @property {Data} data
 * @property {Uint8Array} heldOut [count * visible]
 * @property {string} dataset as weights files name it
 */

/**
 * @param {string} kind "drawn", "site" or "files"
 * @param {Site} site
 * @param {number} seed
 * @param {Iterable<File>} files
 * @returns {Promise<Source>}
 */
export async function openData(kind, site, seed, files) {
  const [side] = site.shape;
  if (kind === "drawn") {
    /** @type {Grammar} */
    const grammar = await (await fetchFile(site.root + site.grammar.file)).json();
    return { data: { kind: "drawn", seed, grammar }, heldOut: drawHeldOut(grammar, seed, side), dataset: "drawn" };
  }
  if (kind === "site" && site.training) {
    const { file, dataset } = site.training;
    const packed = await (await fetchFile(site.root + file)).arrayBuffer();
    return divide(await readImages([new File([packed], file)], side), side, seed, dataset);
  }
  const images = await readImages(files, side);
  if (images.length === 0) throw new ImagesError("none", "");
  return divide(images, side, seed, "custom");
}

/** @param {string} url */
async function fetchFile(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

/**
 * @param {Grammar} grammar
 * @param {number} seed
 * @param {number} side
 */
function drawHeldOut(grammar, seed, side) {
  const digits = new Digits(grammar, (seed ^ OTHER) >>> 0);
  const images = new Uint8Array(HELD_OUT * side * side);
  for (let k = 0; k < HELD_OUT; k++) digits.draw(k, images.subarray(k * side * side, (k + 1) * side * side));
  return images;
}

/**
 * The last images are held out; a single one is both.
 * @param {Uint8Array} images
 * @param {number} side
 * @param {number} seed
 * @param {string} dataset
 * @returns {Source}
 */
function divide(images, side, seed, dataset) {
  const count = images.length / side ** 2;
  const held = Math.min(HELD_OUT, Math.max(Math.floor(count / 10), 1));
  const from = Math.max(count - held, 0) * side ** 2;
  const learned = count > 1 ? images.slice(0, from) : images;
  return { data: { kind: "images", images: learned, seed }, heldOut: images.slice(from), dataset };
}
