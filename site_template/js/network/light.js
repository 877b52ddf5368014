/**
 * The lighter form of a model's weights: whole multiples of a power of two, in bytes by planes, which gzip makes a third of
 * the float32 file. A page answers from it until that file has come. The format, and how far off its answers are, is
 * described in export/weights/light.py.
 *
 * Comes in: the bytes of a file. Goes out: the same `Weights`, of precision "fixed-point"; or a `WeightsError`.
 */

import { brief, checkShapes, openTensors } from "network/tensors";

/** @import { Weights } from "network/weights" */

const FORMAT = "dae-light/1";
const NAMES = ["hidden_bias", "visible_bias", "weight_planes"];
const DTYPES = { weight_planes: ["U8"], "": ["F32"] };
/** At most: multiples of 24 bits are exact in float32. */
const PLANES = 3;

/**
 * @param {ArrayBuffer} bytes
 * @param {string} file its name, for messages
 * @returns {Weights}
 */
export function parseLight(bytes, file) {
  const {
    tensors: [hiddenBias, visibleBias, planes],
    metadata,
    check,
    values,
    raw,
  } = openTensors(bytes, file, NAMES, DTYPES);
  const { shape } = planes;
  const fits = shape.length === 3 && shape.every((count) => count > 0) && shape[0] <= PLANES;
  check(fits, "weight_planes", `1 to ${PLANES} planes of two dimensions`, brief(shape));
  const [count, hidden, visible] = shape;
  checkShapes(hiddenBias, visibleBias, { format: FORMAT, visible, hidden }, metadata, check);
  const step = Number(metadata.step);
  check(
    step > 0 && step < 1 && Number.isInteger(Math.log2(step)),
    "step",
    "a power of two below 1",
    String(metadata.step),
  );
  return {
    weight: weightOf(raw(planes), count, hidden, visible, step),
    hiddenBias: values(hiddenBias),
    visibleBias: values(visibleBias),
    visible,
    hidden,
    precision: "fixed-point",
    metadata,
  };
}

/**
 * A multiple n stands there as 2n, or as -2n - 1 where it is negative.
 * @param {Uint8Array} bytes [count][hidden][visible], the lowest byte first
 * @param {number} count
 * @param {number} hidden
 * @param {number} visible
 * @param {number} step
 * @returns {Float32Array} [visible][hidden]
 */
function weightOf(bytes, count, hidden, visible, step) {
  const length = hidden * visible;
  const weight = new Float32Array(length);
  const second = count > 1 ? length : 0;
  const third = count > 2 ? 2 * length : 0;
  for (let unit = 0, k = 0; unit < hidden; unit++) {
    for (let pixel = 0; pixel < visible; pixel++, k++) {
      let signed = bytes[k];
      if (second) signed |= bytes[second + k] << 8;
      if (third) signed |= bytes[third + k] << 16;
      weight[pixel * hidden + unit] = ((signed >>> 1) ^ -(signed & 1)) * step;
    }
  }
  return weight;
}
