/**
 * A model's weights, from a safetensors file: fetched with progress, and checked whole before anything is believed.
 *
 * Comes in: an entry of the manifest (file, bytes, SHA-256) and its URL, or the file's bytes. Goes out: the three tensors as
 * float32 and the metadata; or a `WeightsError` that says what was expected and what came. The format is described in
 * export/weights.py, the container at https://github.com/huggingface/safetensors#format.
 */

/**
 * @typedef {object} Weights
 * @property {Float32Array} weight [visible][hidden], a row for each pixel
 * @property {Float32Array} hiddenBias
 * @property {Float32Array} visibleBias
 * @property {number} visible pixels of an image
 * @property {number} hidden units of the code
 * @property {Record<string, string>} metadata
 */

/** @typedef {{file: string, bytes: number, sha256: string}} Entry what the manifest says of a file */
/** @typedef {"network" | "status" | "length" | "hash" | "format"} Fault */
/** @typedef {Record<string, string | number>} Details what was expected and what came */
/** @typedef {{dtype: string, shape: number[], start: number, end: number}} Tensor offsets count from the header's end */

const FORMAT = "dae/1";
const HEADER_LIMIT = 1 << 20;
const ITEM_BYTES = new Map([["F32", 4], ["F16", 2]]);
const OPENING = 0x7b; // "{"
const NAMES = ["hidden_bias", "visible_bias", "weight"];

/** A weights file that cannot be used, and why. */
export class WeightsError extends Error {
  /**
   * @param {Fault} code
   * @param {string} file
   * @param {Details} details
   */
  constructor(code, file, details) {
    super(`${file}: ${code}: ${Object.entries(details).map(([key, value]) => `${key} ${value}`).join(", ")}`);
    this.name = "WeightsError";
    this.code = code;
    this.file = file;
    this.details = details;
  }
}

/**
 * Fetch a weights file and check its status, length, hash and contents. An abort passes through as it is.
 * @param {Entry} entry
 * @param {string | URL} url
 * @param {(received: number) => void} onProgress told how many of `entry.bytes` have come
 * @param {AbortSignal} signal
 * @returns {Promise<Weights>}
 */
export async function fetchWeights(entry, url, onProgress, signal) {
  const bytes = await receive(entry, url, onProgress, signal);
  // Only secure origins have crypto.subtle. Elsewhere the length and the contents are still checked.
  const subtle = globalThis.crypto?.subtle;
  if (subtle) {
    const got = hex(await subtle.digest("SHA-256", bytes));
    signal.throwIfAborted();
    if (got !== entry.sha256) throw new WeightsError("hash", entry.file, { expected: entry.sha256, got });
  }
  return parseWeights(bytes.buffer, entry.file);
}

/**
 * @param {Entry} entry
 * @param {string | URL} url
 * @param {(received: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array<ArrayBuffer>>} exactly `entry.bytes` bytes
 */
async function receive(entry, url, onProgress, signal) {
  const { file, bytes: expected } = entry;
  /** @type {<T>(step: Promise<T>) => Promise<T>} */
  const overNetwork = (step) => step.catch((error) => {
    signal.throwIfAborted();
    throw new WeightsError("network", file, { reason: String(error) });
  });
  const response = await overNetwork(fetch(url, { signal }));
  if (!response.ok) throw new WeightsError("status", file, { status: response.status });
  const bytes = new Uint8Array(expected);
  let got = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await overNetwork(reader.read());
    if (done) break;
    if (got + value.length > expected) {
      reader.cancel().catch(() => {}); // the connection may be gone already, and nothing more is wanted of it
      throw new WeightsError("length", file, { expected, got: got + value.length });
    }
    bytes.set(value, got);
    got += value.length;
    onProgress(got);
  }
  if (got !== expected) throw new WeightsError("length", file, { expected, got });
  return bytes;
}

/** @param {ArrayBuffer} digest */
function hex(digest) {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Read a weights file. The tensors are views of `bytes` where the file holds aligned float32, else copies.
 * @param {ArrayBuffer} bytes
 * @param {string} file its name, for messages
 * @returns {Weights}
 */
export function parseWeights(bytes, file) {
  /** @type {Check} */
  const check = (holds, part, expected, got) => {
    if (!holds) throw new WeightsError("format", file, { part, expected, got });
  };
  const { header, start } = readHeader(bytes, check);
  const metadata = readMetadata(header, check);
  const names = Object.keys(header).filter((name) => name !== "__metadata__").sort();
  check(String(names) === String(NAMES), "tensors", NAMES.join(" "), brief(names));
  const [hiddenBias, visibleBias, weight] = names.map((name) => readTensor(header[name], name, check));
  checkPlaces([hiddenBias, visibleBias, weight], bytes.byteLength - start, check);
  check(weight.shape.length === 2 && weight.shape.every((size) => size > 0), "weight", "two dimensions", brief(weight.shape));
  const [visible, hidden] = weight.shape;
  check(brief(hiddenBias.shape) === brief([hidden]), "hidden_bias", brief([hidden]), brief(hiddenBias.shape));
  check(brief(visibleBias.shape) === brief([visible]), "visible_bias", brief([visible]), brief(visibleBias.shape));
  check(weight.dtype === hiddenBias.dtype && weight.dtype === visibleBias.dtype, "dtype", "one for all", "several");
  for (const [key, value] of Object.entries({ format: FORMAT, visible, hidden })) {
    check(metadata[key] === String(value), key, String(value), String(metadata[key]));
  }
  /** @type {(tensor: Tensor, name: string) => Float32Array} */
  const values = (tensor, name) => finite(widen(bytes, start, tensor), name, check);
  return {
    weight: values(weight, "weight"),
    hiddenBias: values(hiddenBias, "hidden_bias"),
    visibleBias: values(visibleBias, "visible_bias"),
    visible,
    hidden,
    metadata,
  };
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
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes, 8, length)));
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
 * @param {Check} check
 * @returns {Tensor}
 */
function readTensor(given, name, check) {
  const { dtype, shape, data_offsets: offsets } = isRecord(given) ? given : { dtype: "", shape: [], data_offsets: [] };
  const itemBytes = typeof dtype === "string" ? ITEM_BYTES.get(dtype) ?? 0 : 0;
  check(itemBytes > 0, `${name} dtype`, "F32 or F16", brief(dtype));
  if (!isSizes(shape)) check(false, `${name} shape`, "whole numbers", brief(shape));
  if (!isSizes(offsets) || offsets.length !== 2) check(false, `${name} data_offsets`, "two whole numbers", brief(offsets));
  const sizes = isSizes(shape) ? shape : [];
  const [start, end] = isSizes(offsets) ? offsets : [];
  const expected = sizes.reduce((product, size) => product * size, itemBytes);
  check(end - start === expected, `${name} bytes`, expected, end - start);
  return { dtype: String(dtype), shape: sizes, start, end };
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
 * @param {number} base
 * @param {Tensor} tensor
 * @returns {Float32Array}
 */
function widen(bytes, base, { dtype, start, end }) {
  const from = base + start;
  const to = base + end;
  if (dtype === "F32") {
    return from % 4 === 0 ? new Float32Array(bytes, from, (to - from) / 4) : new Float32Array(bytes.slice(from, to));
  }
  const halves = from % 2 === 0 ? new Uint16Array(bytes, from, (to - from) / 2) : new Uint16Array(bytes.slice(from, to));
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

/**
 * @param {Float32Array} values
 * @param {string} name
 * @param {Check} check
 */
function finite(values, name, check) {
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
function isSizes(value) {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** @param {unknown} value */
function brief(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
