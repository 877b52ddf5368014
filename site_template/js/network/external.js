/**
 * Weights trained elsewhere, from a .safetensors file: any tied autoencoder with sigmoid code and output. What is accepted,
 * what it is called, and what is refused, is as in export/weights/external.py.
 *
 * Comes in: a file's bytes. Goes out: weights in float32, [visible, hidden]; or a `WeightsError` that says which array is
 * missing or does not fit.
 */

import { WeightsError } from "network/fetch";
import { brief } from "network/tensors";

/** @import { Weights } from "network/weights" */

/** @typedef {{dtype: string, shape: number[], start: number, end: number}} Extent bytes of the file */
/** @typedef {"weight" | "hidden_bias" | "visible_bias"} Field */

/** @type {Record<Field, readonly string[]>} */
const COMMON = {
  weight: ["weight", "W", "w", "kernel", "encoder.weight"],
  hidden_bias: ["hidden_bias", "b1", "b", "hbias", "encoder.bias"],
  visible_bias: ["visible_bias", "b2", "b_prime", "vbias", "decoder.bias"],
};
const FIELDS = /** @type {Field[]} */ (Object.keys(COMMON));
const HEADER_LIMIT = 1 << 22;
const LARGEST = 1 << 26;
/** Bits of a number of every kind that the format knows. @type {Record<string, number>} */
const BITS = { BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, U16: 16, I16: 16, F16: 16, BF16: 16 };
Object.assign(BITS, { U32: 32, I32: 32, F32: 32, U64: 64, I64: 64, F64: 64, C64: 64 });
/** Between neighbouring numbers of the kinds that are read. @type {Record<string, number>} */
const PRECISION = { BF16: 2 ** -7, F16: 2 ** -10, F32: 2 ** -23, F64: 2 ** -52 };

/** Names of an optimiser's state: words, and letters that are such only where they stand alone. */
const STATE =
  /exp_?avg|momentum|velocity|optim|opt_?state|adam|adagrad|adadelta|rms_?prop|nesterov|square_?avg|accum|acc_delta|slot|gradient|(?<![a-z])grads?(?![a-z])/gi;
const STATE_LETTER = /(?<![A-Za-z])(?:mu|nu|m|v)(?![a-z])/g;
const NETWORK = /enc|dec|recon|prime|tilde|out|gener|tied/i;
/** A key of an object, in valid JSON. */
const KEY = /"(?:[^"\\]|\\.)*"\s*:/g;
const KIND = /weights?|kernels?|biases|bias|(?<![a-z])[wb](?![a-z])/gi;

/**
 * @param {ArrayBuffer} bytes
 * @param {string} file its name, for messages
 * @returns {Weights}
 */
export function parseExternal(bytes, file) {
  /** @type {(part: string, expected: string | number, got: unknown) => never} */
  const refuse = (part, expected, got) => {
    throw new WeightsError("format", file, { part, expected, got: brief(got) });
  };
  const { arrays, metadata } = readLayout(bytes, refuse);
  const chosen = /** @type {Record<Field, string>} */ ({});
  for (const field of FIELDS) {
    const present = COMMON[field].filter((name) => Object.hasOwn(arrays, name));
    if (present.length !== 1)
      refuse(field, `one array called ${COMMON[field].join(" or ")}`, Object.keys(arrays).sort());
    chosen[field] = present[0];
  }
  const [given, hiddenBias, visibleBias] = FIELDS.map((field) =>
    read(bytes, arrays[chosen[field]], chosen[field], refuse),
  );
  const [hidden, visible] = [hiddenBias.length, visibleBias.length];
  const { shape } = arrays[chosen.weight];
  const transposed = hidden === visible ? liesTransposed(chosen, refuse) : String(shape) === String([hidden, visible]);
  const fits = String(transposed ? [...shape].reverse() : shape) === String([visible, hidden]);
  if (!fits) refuse("weight", `shape [${visible}, ${hidden}] or its transpose, as the biases have it`, shape);
  if (Math.sqrt(visible) % 1 !== 0 || visible === 0 || hidden === 0)
    refuse("visible_bias", "n x n numbers, one a pixel", visible);
  refuseUntied(bytes, arrays, chosen, given, refuse);
  return {
    weight: transposed ? transpose(given, hidden, visible) : given,
    hiddenBias,
    visibleBias,
    visible,
    hidden,
    precision: "float32",
    metadata,
  };
}

/** @typedef {(part: string, expected: string | number, got: unknown) => never} Refuse */

/**
 * The header, checked: arrays of whatever kinds that fill the file without holes.
 * @param {ArrayBuffer} bytes
 * @param {Refuse} refuse
 * @returns {{arrays: Record<string, Extent>, metadata: Record<string, string>}}
 */
function readLayout(bytes, refuse) {
  if (bytes.byteLength < 8) refuse("file", "8 bytes or more", bytes.byteLength);
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  if (length > Math.min(HEADER_LIMIT, bytes.byteLength - 8)) refuse("header length", "one that the file has", length);
  const text = new Uint8Array(bytes, 8, length);
  if (text[0] !== 0x7b) refuse("header", "JSON that starts with {", text[0]);
  /** @type {Record<string, unknown>} */
  let header = {};
  try {
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
    header = JSON.parse(json);
    // Of a key that stands twice JSON.parse takes the last: whoever reads on would not read the same file.
    if ((json.match(KEY) ?? []).length !== countKeys(header)) refuse("header", "each key once", "one twice");
  } catch (error) {
    if (error instanceof WeightsError) throw error;
    refuse("header", "JSON", String(error));
  }
  const metadata = readMetadata(header.__metadata__ ?? {}, refuse);
  const extents = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => /** @type {const} */ ([name, readExtent(entry, name, refuse)]));
  let at = 0;
  for (const [name, { start, end }] of [...extents].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (start !== at) refuse(`${name} data_offsets`, at, start);
    at = end;
  }
  const first = 8 + length;
  if (first + at !== bytes.byteLength) refuse("tensor bytes", at, bytes.byteLength - first);
  /** @type {Record<string, Extent>} */
  const arrays = Object.create(null);
  for (const [name, extent] of extents)
    arrays[name] = { ...extent, start: first + extent.start, end: first + extent.end };
  return { arrays, metadata };
}

/** @param {unknown} value @returns {number} keys of all objects in it */
function countKeys(value) {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum, inner) => sum + countKeys(inner), own);
}

/**
 * @param {unknown} given
 * @param {Refuse} refuse
 */
function readMetadata(given, refuse) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) refuse("__metadata__", "an object", given);
  /** @type {Record<string, string>} */
  const metadata = {};
  for (const [key, value] of Object.entries(/** @type {object} */ (given))) {
    if (typeof value !== "string" || /\p{Surrogate}/u.test(key + value))
      refuse(`__metadata__ ${key}`, "a string", value);
    metadata[key] = value;
  }
  return metadata;
}

/**
 * @param {unknown} entry
 * @param {string} name
 * @param {Refuse} refuse
 * @returns {Extent} counted from the header's end
 */
function readExtent(entry, name, refuse) {
  const whole = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
  const counts = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(whole);
  const keys = typeof entry === "object" && entry !== null ? Object.keys(entry).sort() : [];
  if (String(keys) !== "data_offsets,dtype,shape") refuse(name, "dtype, shape and data_offsets", entry);
  const { dtype, shape, data_offsets: offsets } = /** @type {Record<string, unknown>} */ (entry);
  if (typeof dtype !== "string") refuse(`${name} dtype`, "a kind of number", dtype);
  if (!counts(shape)) refuse(`${name} shape`, "whole numbers", shape);
  if (!counts(offsets) || /** @type {number[]} */ (offsets).length !== 2)
    refuse(`${name} data_offsets`, "two whole numbers", offsets);
  const [start, end] = /** @type {number[]} */ (offsets);
  const bits = BITS[/** @type {string} */ (dtype)];
  const expected = /** @type {number[]} */ (shape).reduce((product, count) => product * count, bits / 8);
  if (end < start || (bits && end - start !== expected)) refuse(`${name} bytes`, expected, end - start);
  return { dtype: String(dtype), shape: /** @type {number[]} */ (shape), start, end };
}

/**
 * The finite numbers of an array, as float32.
 * @param {ArrayBuffer} bytes
 * @param {Extent} extent
 * @param {string} name
 * @param {Refuse} refuse
 */
function read(bytes, { dtype, start, end }, name, refuse) {
  if (!PRECISION[dtype]) refuse(`${name} dtype`, "float16, float32 or float64", dtype);
  const count = ((end - start) * 8) / BITS[dtype];
  if (count > LARGEST) refuse(name, `at most ${LARGEST} numbers`, count);
  const view = new DataView(bytes, start, end - start);
  const values = new Float32Array(count);
  const bits = new Uint32Array(values.buffer);
  for (let k = 0; k < count; k++) {
    if (dtype === "F32") values[k] = view.getFloat32(4 * k, true);
    else if (dtype === "F64") values[k] = view.getFloat64(8 * k, true);
    else if (dtype === "BF16") bits[k] = view.getUint16(2 * k, true) << 16;
    else values[k] = half(view.getUint16(2 * k, true));
    if (!Number.isFinite(values[k]))
      refuse(`${name}[${k}]`, "a finite number within the range of float32", String(values[k]));
  }
  return values;
}

/** @param {number} bits of a float16 */
function half(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude =
    exponent === 31
      ? fraction
        ? NaN
        : Infinity
      : exponent
        ? (1 + fraction / 1024) * 2 ** (exponent - 15)
        : fraction * 2 ** -24;
  return bits & 0x8000 ? -magnitude : magnitude;
}

/**
 * Which way a weight lies that is as wide as high, from the convention that its name follows.
 * @param {Record<Field, string>} chosen
 * @param {Refuse} refuse
 */
function liesTransposed(chosen, refuse) {
  if (chosen.weight.endsWith(".weight")) return true; // a layer of PyTorch
  if (chosen.weight === "kernel" || FIELDS.every((field) => chosen[field] === field)) return false; // Keras; our own
  return refuse(chosen.weight, "a name that tells which way it lies, as pixels and units are as many", "none");
}

/**
 * Refuses a second weight of the same dimensions, other than the first one's transpose, that may be the decoder's.
 * @param {ArrayBuffer} bytes
 * @param {Record<string, Extent>} arrays
 * @param {Record<Field, string>} chosen
 * @param {Float32Array} weight as it lies in the file
 * @param {Refuse} refuse
 */
function refuseUntied(bytes, arrays, chosen, weight, refuse) {
  const first = arrays[chosen.weight];
  const long = (/** @type {number[]} */ shape) => shape.filter((count) => count !== 1);
  for (const [name, other] of Object.entries(arrays)) {
    if (Object.values(chosen).includes(name) || other.shape.length < 2) continue;
    if (String(long(other.shape).sort()) !== String(long(first.shape).sort())) continue;
    const marked = isOfNetwork(name, chosen);
    if (isState(name, chosen.weight, arrays, marked)) continue;
    if (!PRECISION[other.dtype]) {
      if (marked) refuse(name, "float16, float32 or float64", other.dtype);
      continue;
    }
    const slack = other.dtype === first.dtype ? 0 : Math.max(PRECISION[other.dtype], PRECISION[first.dtype]);
    const numbers = read(bytes, other, name, refuse);
    const [rows, columns] = long(first.shape);
    const square = rows === columns;
    /** @type {Float32Array[]} */
    const tied = columns === undefined ? [weight] : [];
    const [height] = long(other.shape);
    if (columns !== undefined && (square || height === columns)) tied.push(transpose(weight, rows, columns));
    if (columns !== undefined && (square ? !marked : height === rows)) tied.push(weight);
    if (!tied.some((one) => isNear(numbers, one, slack)))
      refuse(name, `a tied autoencoder, whose decoder uses the transpose of ${chosen.weight}`, "a second weight");
  }
}

/**
 * Whether a name marks an array as a part of the network: by a word, or as that of the same layer as a bias.
 * @param {string} name
 * @param {Record<Field, string>} chosen
 */
function isOfNetwork(name, chosen) {
  const layer = (/** @type {string} */ one) =>
    one
      .split(":")[0]
      .replace(KIND, "")
      .replace(/[^A-Za-z0-9]/g, "");
  const own = layer(name);
  return NETWORK.test(name) || (own !== "" && [chosen.hidden_bias, chosen.visible_bias].map(layer).includes(own));
}

/**
 * Whether a name, more than that of the weight, says that this is an optimiser's state.
 * @param {string} name
 * @param {string} weight
 * @param {Record<string, Extent>} arrays
 * @param {boolean} marked
 */
function isState(name, weight, arrays, marked) {
  const count = (/** @type {RegExp} */ pattern, /** @type {string} */ text) => (text.match(pattern) ?? []).length;
  const words = (/** @type {string} */ text) => String(text.match(/[A-Za-z0-9]+/g) ?? []);
  if (count(STATE, name) > count(STATE, weight)) return true;
  if (count(STATE_LETTER, name) <= count(STATE_LETTER, weight)) return false;
  const plain = words(name.replace(STATE_LETTER, ""));
  return !marked || Object.keys(arrays).some((other) => other !== name && words(other) === plain);
}

/**
 * @param {Float32Array} numbers
 * @param {Float32Array} others
 * @param {number} slack
 */
function isNear(numbers, others, slack) {
  return numbers.every((value, k) => Math.abs(value - others[k]) <= slack * 1e-4 + slack * Math.abs(others[k]));
}

/**
 * @param {Float32Array} values [rows][columns]
 * @param {number} rows
 * @param {number} columns
 */
function transpose(values, rows, columns) {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column];
  return turned;
}
