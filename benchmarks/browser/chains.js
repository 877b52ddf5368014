/**
 * Nine chains answered together, beside nine answered one by one, in turns in one page, over what the chains are really fed:
 * thirty steps out of noise. `window.chains()` gives medians in microseconds.
 */

import { makeNoises } from "draw/noise";
import { Chains, drawsFrom } from "network/chain";
import { createKernel } from "network/kernel";
import { median, readWeights, VISIBLE } from "./inputs.js";

const COUNT = 9;
const STEPS = 30;
const ROUNDS = 101;
const REPEATS = 4; // of each turn: the clock has steps
const FOLDER = "../../site_template/kernel/";
const FILES = { simd: `${FOLDER}simd.wasm`, relaxed: `${FOLDER}relaxed.wasm` };
const DRAW = /** @type {const} */ ({ masking: "uniform", "salt-and-pepper": "uniform", gaussian: "normal" });
const MODELS = /** @type {const} */ (["masking-80", "salt-and-pepper-50", "gaussian-050"]);

/**
 * @param {"wasm-relaxed" | "wasm-simd" | "plain"} engine
 * @param {(typeof MODELS)[number]} name
 */
async function measure(engine, name) {
  const kernel = await createKernel(FILES, engine);
  const weights = await readWeights(name);
  const handle = kernel.load(weights);
  const states = await kernel.states(handle, COUNT);
  const kind = /** @type {keyof typeof DRAW} */ (weights.metadata.noise);
  const words = { name: "", short: "", level: "" };
  const facts = { kind, draw: DRAW[kind], count: VISIBLE, minimum: 0, maximum: 1, slider: 1, words };
  const chains = new Chains(states, makeNoises([facts])[kind], Number(weights.metadata.level), drawsFrom(1, 1));
  chains.beginFromNoise();
  for (let step = 0; step < STEPS; step++) chains.step(true, true);
  const fed = states.fed.map((pixels) => pixels.slice());
  const put = () => {
    for (const [k, pixels] of fed.entries()) states.fed[k].set(pixels);
  };
  const together = () => {
    put();
    states.encode();
    states.decode();
  };
  /** @type {Record<string, () => void>} */
  const turns = {
    together,
    "one by one": () => {
      for (const pixels of fed) {
        kernel.encode(handle, pixels);
        kernel.decode(handle);
      }
    },
    "together, half held": () => {
      states.held.fill(1, 0, VISIBLE / 2);
      together();
      states.held.fill(0);
    },
    "a whole step": () => chains.step(true, true),
  };
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(turns).map((turn) => [turn, []]));
  for (let round = -10; round < ROUNDS; round++) {
    for (const [turn, run] of Object.entries(turns)) {
      run();
      const start = performance.now();
      for (let k = 0; k < REPEATS; k++) run();
      if (round >= 0) times[turn].push((1000 * (performance.now() - start)) / REPEATS);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([turn, all]) => [turn, median(all)]));
}

export async function chains() {
  /** @type {Record<string, Record<string, Record<string, number>>>} */
  const measured = {};
  for (const engine of /** @type {const} */ (["wasm-relaxed", "wasm-simd", "plain"])) {
    measured[engine] = {};
    for (const name of MODELS) measured[engine][name] = await measure(engine, name);
  }
  return measured;
}
