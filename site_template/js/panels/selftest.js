/** `?selftest`: the exported golden vectors through every model, beside what JAX made of them. */

import { ENGINES } from "network/engine";
import { createKernel } from "network/kernel";
import { fetchWeights } from "network/weights";
import { find, modelLabel } from "page/dom";
import { explain } from "page/loading";
import { fetchLater } from "page/site";

/** @import { Kernel } from "network/engine" */
/** @import { ModelEntry } from "network/model" */
/** @import { File, Say, Site } from "page/site" */

/**
 * @typedef {object} Outcome of one model
 * @property {number} error the largest difference to JAX over all inputs and pixels
 * @property {number} allowed the most that is for any input: the build says it for each (export/weights/tolerance.py)
 * @property {boolean} passed
 */

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
  let tolerance = 0;
  let worst = 0;
  let failures = 0;
  const engine = ENGINES.find((one) => one === asked);
  const urls = { simd: site.root + site.kernel.simd.file, relaxed: site.root + site.kernel.relaxed.file };
  try {
    const kernel = await createKernel(urls, engine);
    const tensor = await fetchTensors(site.root, site.golden);
    const pixels = tensor("pixels");
    for (const entry of site.models) {
      const expected = tensor(`reconstruction/${entry.name}`);
      const allowed = tensor(`tolerance/${entry.name}`);
      const outcome = await compare(site, kernel, entry, { pixels, expected, allowed }).catch((reason) =>
        explain(reason, say),
      );
      const passed = typeof outcome === "object" && outcome.passed;
      if (!passed) failures += 1;
      if (typeof outcome === "object") {
        worst = Math.max(worst, outcome.error);
        tolerance = Math.max(tolerance, outcome.allowed);
      }
      addRow(rows, [
        modelLabel(entry.name),
        typeof outcome === "object" ? outcome.error.toExponential(1) : outcome,
        passed ? "✓" : "✗",
      ]);
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
 * @param {{pixels: Float32Array, expected: Float32Array, allowed: Float32Array}} golden all inputs, JAX's answers to
 *   them, and the largest difference of a pixel that is allowed for each input
 * @returns {Promise<Outcome>}
 */
async function compare(site, kernel, entry, { pixels, expected, allowed }) {
  const weights = await fetchWeights(entry, site.root + entry.file, () => {}, new AbortController().signal);
  const handle = kernel.load(weights);
  let worst = 0;
  let passed = true;
  for (let start = 0; start < pixels.length; start += weights.visible) {
    kernel.encode(handle, pixels.subarray(start, start + weights.visible));
    kernel.decode(handle);
    const got = kernel.reconstruction(handle);
    const most = allowed[start / weights.visible];
    // A number that is none must fail, so that the comparisons are turned round.
    for (let k = 0; k < got.length; k++) {
      const error = Math.abs(got[k] - expected[start + k]);
      if (!(error <= worst)) worst = error;
      if (!(error <= most)) passed = false;
    }
  }
  kernel.unload(handle);
  return { error: worst, allowed: allowed.reduce((one, other) => Math.max(one, other)), passed };
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
  if (bytes.byteLength !== entry.bytes)
    throw new Error(`${entry.file}: expected ${entry.bytes} bytes, got ${bytes.byteLength}`);
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
