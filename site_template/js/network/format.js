/**
 * A model's weights as a file, byte for byte as export/weights/weights_file.py writes it.
 *
 * Comes in: weights and what is known of them. Goes out: the bytes of a .safetensors file, float32.
 */

/** @import { Weights } from "network/weights" */

const FORMAT = "dae/1";

/**
 * @param {Pick<Weights, "weight" | "hiddenBias" | "visibleBias" | "visible" | "hidden">} weights
 * @param {Record<string, string>} facts noise, level, dataset and whatever else is known
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function formatWeights({ weight, hiddenBias, visibleBias, visible, hidden }, facts) {
  const metadata = { ...facts, format: FORMAT, visible: String(visible), hidden: String(hidden) };
  /** @type {Record<string, unknown>} */
  const header = { __metadata__: Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))) };
  /** @type {[string, number[], Float32Array][]} */
  const tensors = [
    ["weight", [visible, hidden], weight],
    ["hidden_bias", [hidden], hiddenBias],
    ["visible_bias", [visible], visibleBias],
  ];
  let end = 0;
  for (const [name, shape, { byteLength }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + byteLength] };
    end += byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = 8 * Math.ceil(text.length / 8);
  const bytes = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  let at = 8 + length;
  for (const [, , numbers] of tensors) {
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), at);
    at += numbers.byteLength;
  }
  return bytes;
}
