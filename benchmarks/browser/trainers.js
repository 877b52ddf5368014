/**
 * Every contender trains the same network: 784 pixels, 500 units, tied weights, batches of 100, Adam. Made with a noise, it
 * takes a batch, corrupts it, and learns; it gives the mean loss before the step, in nats an image.
 *
 * @import { Engine } from "network/engine"
 * @typedef {"masking" | "gaussian"} Kind
 * @typedef {{before: () => unknown, step: (images: Uint8Array) => number}} Contender
 */

import { makeNoises } from "draw/noise";
import { initialParams } from "learn/initial";
import { createTrainingKernel } from "learn/kernel";
import { Trainer } from "learn/trainer";
import { loadScript, loadTensorflow } from "./contenders.js";
import { HIDDEN, VISIBLE } from "./inputs.js";

export const BATCH = 100;
export const LEVEL = 0.5;
const RATE = 4e-3;
const [B1, B2, EPSILON] = [0.9, 0.999, 1e-8];
const FOLDER = "../../site_template/kernel/";

/** @type {Record<string, (kind: Kind) => Promise<Contender>>} in the order of the table */
export const TRAINERS = {
  "tensorflow.js cpu": (kind) => tensorflow("cpu", kind),
  "tensorflow.js wasm": (kind) => tensorflow("wasm", kind),
  ConvNetJS: convnet,
  "plain typed arrays": plainArrays,
  "ours, plain": (kind) => ours("plain", kind),
  "ours, SIMD": (kind) => ours("wasm-simd", kind),
  "ours, relaxed SIMD": (kind) => ours("wasm-relaxed", kind),
};

/**
 * @param {Engine} engine
 * @param {Kind} kind
 * @returns {Promise<Contender>}
 */
async function ours(engine, kind) {
  const file = { plain: "", "wasm-simd": "train-simd.wasm", "wasm-relaxed": "train-relaxed.wasm" }[engine];
  const kernel = await createTrainingKernel(file ? await (await fetch(FOLDER + file)).arrayBuffer() : null, engine);
  const noises = makeNoises([
    { kind: "masking", draw: /** @type {const} */ ("uniform"), count: VISIBLE },
    { kind: "gaussian", draw: /** @type {const} */ ("normal"), count: VISIBLE },
  ]);
  const recipe = { hidden: HIDDEN, batch: BATCH, seed: 0, learningRate: RATE, warmup: 0, b1: B1, b2: B2, steps: 1e6 };
  const params = initialParams(VISIBLE, HIDDEN, 0);
  const given = { kernel, noises, params, recipe: { ...recipe, schedule: /** @type {const} */ ("constant") } };
  const trainer = new Trainer({ ...given, noise: kind, level: LEVEL });
  return { before: () => {}, step: (images) => trainer.step(images) };
}

/**
 * Noise as one writes it first.
 * @param {Kind} kind
 * @param {ArrayLike<number>} clean
 * @param {{[index: number]: number}} fed overwritten
 */
function corrupt(kind, clean, fed) {
  for (let k = 0; k < clean.length; k++) {
    if (kind === "masking") fed[k] = Math.random() < LEVEL ? 0 : clean[k];
    else
      fed[k] = clean[k] + Math.sqrt(-2 * LEVEL * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  }
}

/**
 * @param {Uint8Array} images
 * @param {Float32Array} clean overwritten
 */
function scale(images, clean) {
  for (let k = 0; k < images.length; k++) clean[k] = images[k] / 255;
}

/**
 * The gradient by hand, of tensors: there is less to do than for the library's own gradients.
 * @param {"cpu" | "wasm"} backend
 * @param {Kind} kind
 * @returns {Promise<Contender>}
 */
async function tensorflow(backend, kind) {
  const tf = await loadTensorflow(backend);
  const { weight } = initialParams(VISIBLE, HIDDEN, 0);
  const shapes = [
    [VISIBLE, HIDDEN],
    [1, HIDDEN],
    [1, VISIBLE],
  ];
  const zeros = () => shapes.map((shape) => tf.zeros(shape));
  let params = [tf.tensor2d(weight, [VISIBLE, HIDDEN]), ...zeros().slice(1)];
  let means = zeros();
  let squares = zeros();
  let steps = 0;
  const clean = new Float32Array(BATCH * VISIBLE);
  const fed = new Float32Array(BATCH * VISIBLE);
  return {
    before: () => tf.setBackend(backend),
    step: (images) => {
      scale(images, clean);
      corrupt(kind, clean, fed);
      steps += 1;
      const [sum, ...next] = tf.tidy(() => {
        const [w, hidden, visible] = params;
        const x = tf.tensor2d(fed, [BATCH, VISIBLE]);
        const target = tf.tensor2d(clean, [BATCH, VISIBLE]);
        const code = tf.sigmoid(tf.add(tf.matMul(x, w), hidden));
        const logits = tf.add(tf.matMul(code, w, false, true), visible);
        const rest = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
        const loss = tf.sum(tf.add(tf.sub(tf.maximum(logits, 0), tf.mul(logits, target)), rest));
        const error = tf.div(tf.sub(tf.sigmoid(logits), target), BATCH);
        const back = tf.mul(tf.matMul(error, w), tf.sub(code, tf.square(code)));
        const slopes = [
          tf.add(tf.matMul(x, back, true, false), tf.matMul(error, code, true, false)),
          tf.sum(back, 0, true),
          tf.sum(error, 0, true),
        ];
        const mean = means.map((one, k) => tf.add(tf.mul(one, B1), tf.mul(slopes[k], 1 - B1)));
        const square = squares.map((one, k) => tf.add(tf.mul(one, B2), tf.mul(tf.square(slopes[k]), 1 - B2)));
        const root = Math.sqrt(1 - B2 ** steps);
        const rate = (RATE * root) / (1 - B1 ** steps);
        const moved = params.map((one, k) =>
          tf.sub(one, tf.div(tf.mul(mean[k], rate), tf.add(tf.sqrt(square[k]), EPSILON * root))),
        );
        return [loss, ...moved, ...mean, ...square];
      });
      for (const old of [...params, ...means, ...squares]) old.dispose();
      [params, means, squares] = [next.slice(0, 3), next.slice(3, 6), next.slice(6)];
      const value = sum.dataSync()[0] / BATCH;
      sum.dispose();
      return value;
    },
  };
}

/**
 * A library of 2014: it has no tied weights, no cross-entropy of pixels and no Adam. So its weights are two, its loss is the
 * squared error, and its optimiser the nearest it has.
 * @param {Kind} kind
 * @returns {Promise<Contender>}
 */
async function convnet(kind) {
  if (!window.convnetjs) await loadScript("convnetjs/build/convnet-min.js");
  const { convnetjs } = window;
  const net = new convnetjs.Net();
  net.makeLayers([
    { type: "input", out_sx: 1, out_sy: 1, out_depth: VISIBLE },
    { type: "fc", num_neurons: HIDDEN, activation: "sigmoid" },
    { type: "regression", num_neurons: VISIBLE },
  ]);
  const trainer = new convnetjs.Trainer(net, { method: "adadelta", batch_size: BATCH });
  const input = new convnetjs.Vol(1, 1, VISIBLE, 0);
  const target = new Float64Array(VISIBLE); // it takes no others
  return {
    before: () => {},
    step: (images) => {
      let loss = 0;
      for (let image = 0; image < BATCH; image++) {
        for (let k = 0; k < VISIBLE; k++) target[k] = images[image * VISIBLE + k] / 255;
        corrupt(kind, target, input.w);
        loss += trainer.train(input, target).loss;
      }
      return loss / BATCH;
    },
  };
}

/**
 * Loops over typed arrays: what one writes first.
 * @param {Kind} kind
 * @returns {Promise<Contender>}
 */
async function plainArrays(kind) {
  const { weight } = initialParams(VISIBLE, HIDDEN, 0);
  const lengths = [VISIBLE * HIDDEN, HIDDEN, VISIBLE];
  const make = () => lengths.map((length) => new Float32Array(length));
  const [params, slopes, means, squares] = [make(), make(), make(), make()];
  params[0].set(weight);
  const clean = new Float32Array(BATCH * VISIBLE);
  const [fed, error] = [new Float32Array(VISIBLE), new Float32Array(VISIBLE)];
  const [code, back] = [new Float32Array(HIDDEN), new Float32Array(HIDDEN)];
  let steps = 0;

  /** @param {Float32Array} target @returns {number} the loss of one image, whose gradient is added */
  const learn = (target) => {
    const [w, hidden, visible] = params;
    let loss = 0;
    code.set(hidden);
    for (let k = 0; k < VISIBLE; k++) {
      for (let unit = 0; unit < HIDDEN; unit++) code[unit] += fed[k] * w[k * HIDDEN + unit];
    }
    for (let unit = 0; unit < HIDDEN; unit++) code[unit] = 1 / (1 + Math.exp(-code[unit]));
    back.fill(0);
    for (let k = 0; k < VISIBLE; k++) {
      let logit = visible[k];
      for (let unit = 0; unit < HIDDEN; unit++) logit += code[unit] * w[k * HIDDEN + unit];
      loss += Math.max(logit, 0) - logit * target[k] + Math.log1p(Math.exp(-Math.abs(logit)));
      error[k] = (1 / (1 + Math.exp(-logit)) - target[k]) / BATCH;
      for (let unit = 0; unit < HIDDEN; unit++) back[unit] += error[k] * w[k * HIDDEN + unit];
    }
    for (let unit = 0; unit < HIDDEN; unit++) {
      back[unit] *= code[unit] * (1 - code[unit]);
      slopes[1][unit] += back[unit];
    }
    for (let k = 0; k < VISIBLE; k++) {
      slopes[2][k] += error[k];
      for (let unit = 0; unit < HIDDEN; unit++) {
        slopes[0][k * HIDDEN + unit] += fed[k] * back[unit] + error[k] * code[unit];
      }
    }
    return loss;
  };

  return {
    before: () => {},
    step: (images) => {
      scale(images, clean);
      let loss = 0;
      for (let image = 0; image < BATCH; image++) {
        const target = clean.subarray(image * VISIBLE, (image + 1) * VISIBLE);
        corrupt(kind, target, fed);
        loss += learn(target);
      }
      steps += 1;
      const root = Math.sqrt(1 - B2 ** steps);
      const rate = (RATE * root) / (1 - B1 ** steps);
      params.forEach((values, at) => {
        const [slope, mean, square] = [slopes[at], means[at], squares[at]];
        for (let k = 0; k < values.length; k++) {
          mean[k] = B1 * mean[k] + (1 - B1) * slope[k];
          square[k] = B2 * square[k] + (1 - B2) * slope[k] * slope[k];
          values[k] -= (rate * mean[k]) / (Math.sqrt(square[k]) + EPSILON * root);
        }
        slope.fill(0);
      });
      return loss / BATCH;
    },
  };
}
