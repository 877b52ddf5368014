/** `?selftest`: the exported golden vectors through every model, beside what JAX made of them. */

import { find, modelLabel } from "dom";
import { createKernel } from "kernel";
import { explain } from "loading";
import { fetchLater } from "site";
import { fetchWeights } from "weights";

/** @import { Engine, Kernel } from "kernel" */
/** @import { File, ModelEntry, Say, Site } from "site" */

/** Largest difference that is allowed, by the type of the site's weights. */
const TOLERANCE = /** @type {Record<string, number>} */ ({ F32: 1e-5, F16: 2e-3 });
const ENGINES = ["wasm-relaxed", "wasm-simd", "plain"];

/**
 * Runs the test and shows a row for each model. `?selftest=plain` (or another engine) tests that engine.
 * @param {Site} site
 * @param {Say} say
 * @param {string} asked
 */
export async function runSelfTest(site, say, asked) {
  const section = find("selftest", HTMLElement);
  const rows = find("selftest-rows", HTMLTableElement);
  const summary = find("selftest-summary", HTMLElement);
  section.hidden = false;
  await fetchLater(site);
  summary.textContent = say("selftest-running");
  const tolerance = TOLERANCE[site.dtype];
  let worst = 0;
  let failures = 0;
  const engine = ENGINES.includes(asked) ? /** @type {Engine} */ (asked) : undefined;
  const urls = { simd: site.root + site.kernel.simd.file, relaxed: site.root + site.kernel.relaxed.file };
  try {
    const kernel = await createKernel(urls, engine);
    const tensor = await fetchTensors(site.root, site.golden);
    const pixels = tensor("pixels");
    for (const entry of site.models) {
      const expected = tensor(`reconstruction/${entry.name}`);
      const error = await worstError(site, kernel, entry, pixels, expected).catch((reason) => explain(reason, say));
      const passed = typeof error === "number" && error <= tolerance;
      if (!passed) failures += 1;
      if (typeof error === "number") worst = Math.max(worst, error);
      addRow(rows, [modelLabel(entry.name), typeof error === "number" ? error.toExponential(1) : error, passed ? "✓" : "✗"]);
    }
    const used = say(`engine-${kernel.engine}`);
    const values = { worst: worst.toExponential(1), tolerance: tolerance.toExponential(0), engine: used };
    summary.textContent = say(failures === 0 ? "selftest-passed" : "selftest-failed", values);
  } catch (error) {
    failures += 1;
    summary.textContent = explain(error, say);
  }
  section.dataset.result = failures === 0 ? "passed" : "failed";
  section.dataset.worst = String(worst);
}

/**
 * @param {Site} site
 * @param {Kernel} kernel
 * @param {ModelEntry} entry
 * @param {Float32Array} pixels of all golden inputs
 * @param {Float32Array} expected of them, by JAX
 * @returns {Promise<number>} the largest difference to JAX over all inputs and pixels
 */
async function worstError(site, kernel, entry, pixels, expected) {
  const weights = await fetchWeights(entry, site.root + entry.file, () => {}, new AbortController().signal);
  const handle = kernel.load(weights);
  let worst = 0;
  for (let start = 0; start < pixels.length; start += weights.visible) {
    kernel.encode(handle, pixels.subarray(start, start + weights.visible));
    kernel.decode(handle);
    const got = kernel.reconstruction(handle);
    // A number that is none must fail, so that the comparison is turned round.
    for (let k = 0; k < got.length; k++) {
      const error = Math.abs(got[k] - expected[start + k]);
      if (!(error <= worst)) worst = error;
    }
  }
  kernel.unload(handle);
  return worst;
}

/**
 * The float32 tensors of a safetensors file of ours, by name.
 * @param {string} root
 * @param {File} entry
 * @returns {Promise<(name: string) => Float32Array>}
 */
async function fetchTensors(root, entry) {
  const response = await fetch(root + entry.file);
  if (!response.ok) throw new Error(`${entry.file}: ${response.status}`);
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength !== entry.bytes) throw new Error(`${entry.file}: expected ${entry.bytes} bytes, got ${bytes.byteLength}`);
  const length = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  return (name) => {
    const [start, end] = header[name].data_offsets;
    return new Float32Array(bytes.slice(8 + length + start, 8 + length + end));
  };
}

/**
 * @param {HTMLTableElement} rows
 * @param {string[]} texts
 */
function addRow(rows, texts) {
  const row = rows.insertRow();
  for (const text of texts) row.insertCell().textContent = text;
}
