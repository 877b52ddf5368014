/**
 * Images from a visitor's files: IDX, gzipped or not, as MNIST comes, and PNG, of one image or of a picture that the lab saved.
 * Nothing is sent anywhere.
 *
 * Comes in: files. Goes out: their images one after the other, a byte a pixel, white ink on black; or an `ImagesError` that
 * says which file is not what was expected, and what came.
 *
 * IDX: http://yann.lecun.com/exdb/mnist/, "FILE FORMATS": 0 0 8 3, three counts as big-endian 32-bit numbers, then the bytes.
 */

import { decodePng } from "draw/png";

/** @import { Bitmap } from "draw/png" */

/** Bytes that a file may have when it is unpacked; MNIST's training images have 47 million. */
const LARGEST = 200_000_000;
const IDX = [0, 0, 8, 3];
const GZIP = [0x1f, 0x8b];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const HEAD = 16;
/** Where the drawing is in a picture that the lab saved: panels/share.js puts it first. */
const SAVED = Object.freeze({ side: 224, gap: 16, caption: 24 });
/** Grey levels between paper and ink; with fewer there is no drawing. */
const CONTRAST = 64;

/** A file of images that cannot be used, and why. */
export class ImagesError extends Error {
  /**
   * @param {"kind" | "side" | "length" | "large" | "damaged" | "empty" | "none"} code
   * @param {string} file
   * @param {Record<string, string | number>} [details] what was expected and what came
   */
  constructor(code, file, details = {}) {
    super(`${file}: ${code}: ${Object.values(details).join(", ")}`);
    this.name = "ImagesError";
    this.code = code;
    this.file = file;
    this.details = details;
  }
}

/**
 * @param {Iterable<File>} files
 * @param {number} side pixels along one edge of an image
 * @param {number} [largest] bytes that a file may have, also when it is unpacked
 * @returns {Promise<Uint8Array>} [count * side * side]
 */
export async function readImages(files, side, largest = LARGEST) {
  const parts = [];
  for (const file of files) parts.push(await readFile(file, side, largest));
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    images.set(part, at);
    at += part.length;
  }
  return images;
}

/**
 * @param {File} file
 * @param {number} side
 * @param {number} largest
 * @returns {Promise<Uint8Array>}
 */
async function readFile(file, side, largest) {
  if (file.size > largest) throw new ImagesError("large", file.name, { expected: largest, got: file.size });
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (starts(bytes, GZIP)) return readIdx(await unpack(file, largest), file.name, side);
  if (!starts(bytes, PNG)) return readIdx(bytes, file.name, side);
  const bitmap = await decodePng(bytes).catch((error) => {
    throw new ImagesError("damaged", file.name, { reason: String(error) });
  });
  return readDrawing(bitmap, file.name, side);
}

/**
 * @param {Uint8Array} bytes
 * @param {number[]} magic
 */
function starts(bytes, magic) {
  return magic.every((byte, k) => bytes[k] === byte);
}

/**
 * @param {File} file gzipped
 * @param {number} largest
 * @returns {Promise<Uint8Array>} what is in it, of which no more is unpacked than is allowed
 */
async function unpack(file, largest) {
  const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw new ImagesError("damaged", file.name, { reason: String(error) });
    });
    if (done) break;
    length += value.length;
    if (length > largest) {
      await reader.cancel();
      throw new ImagesError("large", file.name, { expected: largest, got: length });
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file its name
 * @param {number} side
 */
function readIdx(bytes, file, side) {
  if (bytes.length < HEAD || !starts(bytes, IDX)) throw new ImagesError("kind", file);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [count, rows, columns] = [4, 8, 12].map((at) => view.getUint32(at));
  if (rows !== side || columns !== side) throw new ImagesError("side", file, { side, got: `${rows} × ${columns}` });
  if (count === 0) throw new ImagesError("empty", file);
  const expected = HEAD + count * side * side;
  if (bytes.length !== expected) throw new ImagesError("length", file, { expected, got: bytes.length });
  return bytes.subarray(HEAD);
}

/**
 * One image: of a square picture whose pixels are whole blocks, or of one that the lab saved.
 * @param {Bitmap} bitmap
 * @param {string} file its name
 * @param {number} side
 */
function readDrawing({ width, height, grey }, file, side) {
  const { side: large, gap, caption } = SAVED;
  const saved = width % (large + gap) === gap && (height - gap) % (large + gap + caption) === 0 && height > gap;
  const square = width === height && width % side === 0;
  if (!saved && !square) throw new ImagesError("side", file, { side, got: `${width} × ${height}` });
  const [from, block] = saved ? [gap, large / side] : [0, width / side];
  const image = new Uint8Array(side * side);
  for (let k = 0; k < image.length; k++) {
    const row = from + Math.floor((Math.floor(k / side) + 0.5) * block);
    const column = from + Math.floor(((k % side) + 0.5) * block);
    image[k] = grey[row * width + column];
  }
  return inkOf(image, file);
}

/**
 * Ink by its contrast with the paper, which most pixels are, whether the page was light or dark.
 * @param {Uint8Array} image changed
 * @param {string} file
 */
function inkOf(image, file) {
  const paper = image.toSorted()[image.length >> 1];
  const contrast = image.reduce((most, grey) => Math.max(most, Math.abs(grey - paper)), 0);
  if (contrast < CONTRAST) throw new ImagesError("empty", file);
  return image.map((grey) => Math.round((255 * Math.abs(grey - paper)) / contrast));
}
