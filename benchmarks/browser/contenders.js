/**
 * Every contender has one interface: made with the weights of some models, it answers pixels with one model's output.
 *
 * @import { Weights } from "network/weights"
 * @typedef {(model: number, pixels: Float32Array) => ArrayLike<number> | Promise<ArrayLike<number>>} Step
 * @typedef {{before: () => void | Promise<unknown>, step: Step}} Contender
 */

import { createKernel } from "network/kernel";
import { HIDDEN, VISIBLE } from "./inputs.js";
import { onnxModel } from "./onnx.js";

const PACKAGES = new URL("node_modules/", location.href).href;

/** @param {string} path of a package's file */
export function loadScript(path) {
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    Object.assign(script, { src: PACKAGES + path, onload: done, onerror: fail });
    document.head.append(script);
  });
}

/** @type {Record<string, (models: Weights[]) => Promise<Contender>>} in the order of the table */
export const CONTENDERS = {
  "numeric.js": numericJs,
  "tensorflow.js cpu": (models) => tensorflow("cpu", models),
  "tensorflow.js wasm": (models) => tensorflow("wasm", models),
  "onnxruntime-web wasm": onnxruntime,
  "plain typed arrays": plainArrays,
  "ours, plain": (models) => ours("plain", models),
  "ours, SIMD": (models) => ours("wasm-simd", models),
  "ours, relaxed SIMD": (models) => ours("wasm-relaxed", models),
};

/**
 * @param {"plain" | "wasm-simd" | "wasm-relaxed"} engine
 * @param {Weights[]} models
 * @returns {Promise<Contender>}
 */
async function ours(engine, models) {
  const folder = "../../site_template/kernel/";
  const kernel = await createKernel({ simd: `${folder}simd.wasm`, relaxed: `${folder}relaxed.wasm` }, engine);
  const handles = models.map((weights) => kernel.load(weights));
  return {
    before: () => {},
    step: (model, pixels) => {
      kernel.update(handles[model], pixels);
      kernel.decode(handles[model]);
      return kernel.reconstruction(handles[model]);
    },
  };
}

/**
 * Rows added, rows dotted: what one writes first.
 * @param {Weights[]} models
 * @returns {Promise<Contender>}
 */
async function plainArrays(models) {
  const code = new Float32Array(HIDDEN);
  const answer = new Float32Array(VISIBLE);
  return {
    before: () => {},
    step: (model, pixels) => {
      const { weight, hiddenBias, visibleBias } = models[model];
      code.set(hiddenBias);
      for (let k = 0; k < VISIBLE; k++) {
        const pixel = pixels[k];
        if (pixel === 0) continue;
        for (let unit = 0; unit < HIDDEN; unit++) code[unit] += pixel * weight[k * HIDDEN + unit];
      }
      for (let unit = 0; unit < HIDDEN; unit++) code[unit] = 1 / (1 + Math.exp(-code[unit]));
      for (let k = 0; k < VISIBLE; k++) {
        let sum = visibleBias[k];
        for (let unit = 0; unit < HIDDEN; unit++) sum += code[unit] * weight[k * HIDDEN + unit];
        answer[k] = 1 / (1 + Math.exp(-sum));
      }
      return answer;
    },
  };
}

/**
 * Nested arrays and numeric's products of a vector and a matrix, as the page of 2015 had them.
 * @param {Weights[]} models
 * @returns {Promise<Contender>}
 */
async function numericJs(models) {
  await loadScript("numeric/numeric-1.2.6.min.js");
  await loadScript("d3/d3.min.js");
  const { numeric } = window;
  const sigmoid = (/** @type {number[]} */ values) => values.map((value) => 1 / (1 + Math.exp(-value)));
  const nested = models.map(({ weight, hiddenBias, visibleBias }) => {
    const rows = Array.from({ length: VISIBLE }, (_, k) => Array.from(weight.subarray(k * HIDDEN, (k + 1) * HIDDEN)));
    const transposed = numeric.transpose(rows);
    return { rows, transposed, hiddenBias: Array.from(hiddenBias), visibleBias: Array.from(visibleBias) };
  });
  const drawn = Array(VISIBLE).fill(0);
  return {
    before: () => {},
    step: (model, pixels) => {
      const { rows, transposed, hiddenBias, visibleBias } = nested[model];
      for (let k = 0; k < VISIBLE; k++) drawn[k] = pixels[k];
      const code = sigmoid(numeric.add(numeric.dot(drawn, rows), hiddenBias));
      return sigmoid(numeric.add(numeric.dot(code, transposed), visibleBias));
    },
  };
}

/**
 * The decoder has a transposed copy: fused.matMul with transposeB and sigmoid gives wrong values in 4.22's wasm.
 * @param {"cpu" | "wasm"} backend
 * @param {Weights[]} models
 * @returns {Promise<Contender>}
 */
async function tensorflow(backend, models) {
  const tf = await loadTensorflow(backend);
  const tensors = models.map(({ weight, hiddenBias, visibleBias }) => {
    const encoder = tf.tensor2d(weight, [VISIBLE, HIDDEN]);
    return {
      encoder,
      decoder: tf.transpose(encoder),
      hidden: tf.tensor1d(hiddenBias),
      visible: tf.tensor1d(visibleBias),
    };
  });
  return {
    before: () => tf.setBackend(backend),
    step: (model, pixels) => {
      const { encoder, decoder, hidden, visible } = tensors[model];
      const answer = tf.tidy(() => {
        const a = tf.tensor2d(pixels, [1, VISIBLE]);
        const code = tf.fused.matMul({ a, b: encoder, bias: hidden, activation: "sigmoid" });
        return tf.fused.matMul({ a: code, b: decoder, bias: visible, activation: "sigmoid" });
      });
      const values = answer.dataSync();
      answer.dispose();
      return values;
    },
  };
}

/**
 * With one thread.
 * @param {"cpu" | "wasm"} backend
 */
export async function loadTensorflow(backend) {
  if (!window.tf) await loadScript("@tensorflow/tfjs-core/dist/tf-core.min.js");
  await loadScript(`@tensorflow/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  const { tf } = window;
  if (backend === "wasm") {
    tf.wasm.setWasmPaths(`${PACKAGES}@tensorflow/tfjs-backend-wasm/dist/`);
    tf.wasm.setThreadsCount(1);
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  }
  await tf.setBackend(backend);
  return tf;
}

/**
 * @param {Weights[]} models
 * @returns {Promise<Contender>}
 */
async function onnxruntime(models) {
  await loadScript("onnxruntime-web/dist/ort.wasm.min.js");
  const { ort } = window;
  ort.env.wasm.wasmPaths = `${PACKAGES}onnxruntime-web/dist/`;
  ort.env.wasm.numThreads = 1;
  const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
  /** @type {OnnxSession[]} */
  const sessions = [];
  for (const weights of models) sessions.push(await ort.InferenceSession.create(onnxModel(weights), options));
  const input = new Float32Array(VISIBLE);
  const feeds = { x: new ort.Tensor("float32", input, [1, VISIBLE]) };
  return {
    before: () => {},
    step: async (model, pixels) => {
      input.set(pixels);
      return (await sessions[model].run(feeds)).y.data;
    },
  };
}
