/**
 * A model's weights, from a safetensors file: fetched with progress, and checked whole before anything is believed.
 *
 * Comes in: an entry of the manifest (file, bytes, SHA-256) and its URL, or the file's bytes. Goes out: the three tensors as
 * float32 and the metadata; or a `WeightsError` that says what was expected and what came. The format is described in
 * export/weights/weights_file.py.
 */

import { fetchFile } from "network/fetch";
import { brief, checkShapes, finite, openTensors } from "network/tensors";

/** @import { Entry } from "network/fetch" */

/**
 * @typedef {object} Weights
 * @property {Float32Array} weight [visible][hidden], a row for each pixel
 * @property {Float32Array} hiddenBias
 * @property {Float32Array} visibleBias
 * @property {number} visible pixels of an image
 * @property {number} hidden units of the code
 * @property {Precision} precision of the file that the numbers are from
 * @property {Record<string, string>} metadata
 */

/** @typedef {"float32" | "float16" | "fixed-point"} Precision the last is that of the lighter form: see light */

const FORMAT = "dae/1";
const NAMES = ["hidden_bias", "visible_bias", "weight"];
const FLOATS = { "": ["F32", "F16"] };

/**
 * Fetch a weights file and check its status, length, hash and contents. An abort passes through as it is.
 * @param {Entry} entry
 * @param {string | URL} url
 * @param {(received: number) => void} onProgress told how many of `entry.bytes` have come
 * @param {AbortSignal} signal
 * @returns {Promise<Weights>}
 */
export async function fetchWeights(entry, url, onProgress, signal) {
  return parseWeights(await fetchFile(entry, url, onProgress, signal), entry.file);
}

/**
 * Read a weights file. The tensors are views of `bytes` where the file holds aligned float32, else copies.
 * @param {ArrayBuffer} bytes
 * @param {string} file its name, for messages
 * @returns {Weights}
 */
export function parseWeights(bytes, file) {
  const {
    tensors: [hiddenBias, visibleBias, weight],
    metadata,
    check,
    raw,
    values,
  } = openTensors(bytes, file, NAMES, FLOATS);
  check(
    weight.shape.length === 2 && weight.shape.every((count) => count > 0),
    "weight",
    "two dimensions",
    brief(weight.shape),
  );
  const [visible, hidden] = weight.shape;
  checkShapes(hiddenBias, visibleBias, { format: FORMAT, visible, hidden }, metadata, check);
  check(weight.dtype === hiddenBias.dtype && weight.dtype === visibleBias.dtype, "dtype", "one for all", "several");
  const half = weight.dtype === "F16";
  /** @type {typeof values} */
  const read = (tensor) => (half ? finite(widen(raw(tensor)), tensor.name, check) : values(tensor));
  return {
    weight: read(weight),
    hiddenBias: read(hiddenBias),
    visibleBias: read(visibleBias),
    visible,
    hidden,
    precision: half ? "float16" : "float32",
    metadata,
  };
}

/**
 * @param {Uint8Array} bytes of float16 numbers
 * @returns {Float32Array} the same; NaN for each that is not finite
 */
function widen(bytes) {
  const halves = new Uint16Array(bytes.slice().buffer);
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  // The half's exponent, read as a float's, is 112 too small; multiplying puts that right, for subnormals too.
  for (let k = 0; k < halves.length; k++) {
    const half = halves[k];
    bits[k] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    values[k] = (half & 0x7c00) === 0x7c00 ? NaN : values[k] * 2 ** 112;
  }
  return values;
}
