/**
 * The model as an ONNX file: Gemm, Sigmoid, Gemm with the same weight transposed, Sigmoid (opset 13, IR 8). Written field
 * by field as https://github.com/onnx/onnx/blob/main/onnx/onnx.proto numbers them, so that no other package is needed.
 */

/** @import { Weights } from "network/weights" */

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/**
 * @param {number} field
 * @param {number} value
 */
const whole = (field, value) => new Uint8Array([...varint(8 * field), ...varint(value)]);

/**
 * @param {number} field
 * @param {string | Uint8Array | Uint8Array[]} content
 */
function block(field, content) {
  const parts = typeof content === "string" ? [new TextEncoder().encode(content)] : [content].flat();
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [...varint(8 * field + 2), ...varint(length)];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * @param {string} name
 * @param {number[]} shape
 * @param {Float32Array} values
 */
function tensor(name, shape, values) {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return block(5, [...shape.map((count) => whole(1, count)), whole(2, 1), block(8, name), block(9, raw)]);
}

/**
 * @param {string} operation
 * @param {string[]} inputs
 * @param {string} output
 * @param {Uint8Array[]} attributes
 */
function node(operation, inputs, output, attributes = []) {
  return block(1, [...inputs.map((name) => block(1, name)), block(2, output), block(4, operation), ...attributes]);
}

/**
 * @param {number} field
 * @param {string} name
 * @param {number} length
 */
function value(field, name, length) {
  const shape = block(
    2,
    [1, length].map((count) => block(1, whole(1, count))),
  );
  return block(field, [block(1, name), block(2, block(1, [whole(1, 1), shape]))]);
}

/**
 * @param {Weights} weights
 * @returns {Uint8Array}
 */
export function onnxModel({ weight, hiddenBias, visibleBias, visible, hidden }) {
  const transposed = block(5, [block(1, "transB"), whole(3, 1), whole(20, 2)]);
  const graph = block(7, [
    node("Gemm", ["x", "W", "b"], "h"),
    node("Sigmoid", ["h"], "c"),
    node("Gemm", ["c", "W", "v"], "l", [transposed]),
    node("Sigmoid", ["l"], "y"),
    block(2, "dae"),
    tensor("W", [visible, hidden], weight),
    tensor("b", [hidden], hiddenBias),
    tensor("v", [visible], visibleBias),
    value(11, "x", visible),
    value(12, "y", visible),
  ]);
  const model = block(1, [whole(1, 8), graph, block(8, whole(2, 13))]);
  return model.subarray(model.length - (whole(1, 8).length + graph.length + block(8, whole(2, 13)).length));
}
