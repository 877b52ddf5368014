/**
 * The container of weights and golden vectors: a safetensors file, checked whole; export/weights/tensors.py reads the same.
 *
 * Comes in: the file's bytes. Goes out: its tensors and metadata; or a `WeightsError` that says what was expected and what
 * came. The format: https://github.com/huggingface/safetensors#format.
 */

import { WeightsError } from "network/fetch";

/** @typedef {{name: string, dtype: string, shape: number[], start: number, end: number}} Tensor offsets count from the header's end */

const HEADER_LIMIT = 1 << 20;
const ITEM_BYTES = new Map([
  ["F32", 4],
  ["F16", 2],
  ["U8", 1],
]);
const OPENING = 0x7b; // "{"

/**
 * What a safetensors file holds, its header checked.
 * @typedef {object} Opened
 * @property {Tensor[]} tensors in the order of the names asked for
 * @property {Record<string, string>} metadata
 * @property {Check} check
 * @property {(tensor: Tensor) => Uint8Array} raw the bytes of a tensor
 * @property {(tensor: Tensor) => Float32Array} values of a tensor of float32, each of them finite
 */

/**
 * Read a safetensors file's header and check that the file holds these tensors and nothing else.
 * @param {ArrayBuffer} bytes
 * @param {string} file its name, for messages
 * @param {readonly string[]} names of the tensors, sorted
 * @param {Record<string, readonly string[]>} dtypes that a tensor may have, by name; under "" those of the others
 * @returns {Opened}
 */
export function openTensors(bytes, file, names, dtypes) {
  /** @type {Check} */
  const check = (holds, part, expected, got) => {
    if (!holds) throw new WeightsError("format", file, { part, expected, got });
  };
  const { header, start } = readHeader(bytes, check);
  const metadata = readMetadata(header, check);
  const found = Object.keys(header)
    .filter((name) => name !== "__metadata__")
    .sort();
  check(String(found) === String(names), "tensors", names.join(" "), brief(found));
  const tensors = found.map((name) => readTensor(header[name], name, dtypes[name] ?? dtypes[""], check));
  checkPlaces(tensors, bytes.byteLength - start, check);
  return {
    tensors,
    metadata,
    check,
    raw: ({ start: from, end }) => new Uint8Array(bytes, start + from, end - from),
    values: ({ name, start: from, end }) => finite(floats(bytes, start + from, start + end), name, check),
  };
}

/**
 * The biases are as long as the weight is wide and high, and the metadata say the same.
 * @param {Tensor} hiddenBias
 * @param {Tensor} visibleBias
 * @param {{format: string, visible: number, hidden: number}} said
 * @param {Record<string, string>} metadata
 * @param {Check} check
 */
export function checkShapes(hiddenBias, visibleBias, said, metadata, check) {
  const { visible, hidden } = said;
  check(brief(hiddenBias.shape) === brief([hidden]), "hidden_bias", brief([hidden]), brief(hiddenBias.shape));
  check(brief(visibleBias.shape) === brief([visible]), "visible_bias", brief([visible]), brief(visibleBias.shape));
  for (const [key, value] of Object.entries(said)) {
    check(metadata[key] === String(value), key, String(value), String(metadata[key]));
  }
}

/** @typedef {(holds: boolean, part: string, expected: string | number, got: string | number) => void} Check */

/**
 * @param {ArrayBuffer} bytes
 * @param {Check} check
 * @returns {{header: Record<string, unknown>, start: number}} the JSON header, and where the tensors begin
 */
function readHeader(bytes, check) {
  check(bytes.byteLength >= 8, "file", "8 bytes or more", bytes.byteLength);
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const limit = Math.min(HEADER_LIMIT, bytes.byteLength - 8);
  check(length >= 2 && length <= limit, "header length", `2 to ${limit}`, length);
  check(new Uint8Array(bytes)[8] === OPENING, "header", "{ at its beginning", new Uint8Array(bytes)[8]);
  /** @type {unknown} */
  let header = null;
  try {
    header = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes, 8, length)),
    );
  } catch (error) {
    check(false, "header", "JSON", String(error));
  }
  check(isRecord(header), "header", "an object", brief(header));
  return { header: isRecord(header) ? header : {}, start: 8 + length };
}

/**
 * @param {Record<string, unknown>} header
 * @param {Check} check
 * @returns {Record<string, string>}
 */
function readMetadata(header, check) {
  /** @type {Record<string, string>} */
  const metadata = {};
  const given = header.__metadata__;
  check(isRecord(given), "__metadata__", "an object", brief(given));
  for (const [key, value] of Object.entries(isRecord(given) ? given : {})) {
    // Half a surrogate pair is no character, and no other reader takes it for one.
    const whole = typeof value === "string" && !/\p{Surrogate}/u.test(key + value);
    check(whole, `__metadata__ ${key}`, "a string", brief(value));
    metadata[key] = String(value);
  }
  return metadata;
}

/**
 * @param {unknown} given
 * @param {string} name
 * @param {readonly string[]} dtypes that it may have
 * @param {Check} check
 * @returns {Tensor}
 */
function readTensor(given, name, dtypes, check) {
  const { dtype, shape, data_offsets: offsets } = isRecord(given) ? given : { dtype: "", shape: [], data_offsets: [] };
  const itemBytes = dtypes.includes(String(dtype)) ? (ITEM_BYTES.get(String(dtype)) ?? 0) : 0;
  check(itemBytes > 0, `${name} dtype`, dtypes.join(" or "), brief(dtype));
  if (!areCounts(shape)) check(false, `${name} shape`, "whole numbers", brief(shape));
  if (!areCounts(offsets) || offsets.length !== 2)
    check(false, `${name} data_offsets`, "two whole numbers", brief(offsets));
  const counts = areCounts(shape) ? shape : [];
  const [start, end] = areCounts(offsets) ? offsets : [];
  const expected = counts.reduce((product, count) => product * count, itemBytes);
  check(end - start === expected, `${name} bytes`, expected, end - start);
  return { name, dtype: String(dtype), shape: counts, start, end };
}

/**
 * The tensors follow one another without gap or overlap, and end where the file ends.
 * @param {Tensor[]} tensors
 * @param {number} length
 * @param {Check} check
 */
function checkPlaces(tensors, length, check) {
  let at = 0;
  for (const { start, end } of [...tensors].sort((one, other) => one.start - other.start || one.end - other.end)) {
    check(start === at, "data_offsets", at, start);
    at = end;
  }
  check(at === length, "tensor bytes", at, length);
}

/**
 * @param {ArrayBuffer} bytes
 * @param {number} start
 * @param {number} end
 * @returns {Float32Array} a view where the place is aligned, else a copy
 */
function floats(bytes, start, end) {
  return start % 4 ? new Float32Array(bytes.slice(start, end)) : new Float32Array(bytes, start, (end - start) / 4);
}

/**
 * @param {Float32Array} values
 * @param {string} name
 * @param {Check} check
 * @returns {Float32Array} the same, each of them finite
 */
export function finite(values, name, check) {
  for (let k = 0; k < values.length; k++) {
    if (values[k] - values[k] !== 0) check(false, `${name}[${k}]`, "a finite number", String(values[k]));
  }
  return values;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {value is number[]}
 */
function areCounts(value) {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** @param {unknown} value */
export function brief(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
