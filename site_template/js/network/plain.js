/**
 * The kernel in plain JavaScript, for browsers without WebAssembly SIMD. Same interface, same numbers to 1e-6.
 *
 * W·x + b is kept in float64, and an update adds only the rows of the pixels that changed. Decode takes the dot products
 * of four rows at a time, so that the additions of one do not wait for those of another.
 */

/** @import { Engine, Kernel } from "network/engine" */
/** @import { Weights } from "network/weights" */

/** Updates after which W·x + b is summed anew. */
const REFRESH = 1000;

/**
 * @typedef {object} Model
 * @property {Weights} weights
 * @property {Float64Array} sum W·x + b of the kept pixels
 * @property {Float32Array} kept
 * @property {Float32Array} code
 * @property {Float32Array} gates 1 for each unit that is on, else 0
 * @property {Float32Array} reconstruction
 * @property {number} updates since the last exact sum
 */

/** @implements {Kernel} */
export class PlainKernel {
  /** @type {Engine} */
  engine = "plain";
  /** @type {(Model | undefined)[]} by handle */
  #models = [];

  /** @param {Weights} weights */
  load(weights) {
    const { visible, hidden } = weights;
    const handle =
      this.#models.push({
        weights,
        sum: new Float64Array(hidden),
        kept: new Float32Array(visible),
        code: new Float32Array(hidden),
        gates: new Float32Array(hidden).fill(1),
        reconstruction: new Float32Array(visible),
        updates: 0,
      }) - 1;
    this.encode(handle, new Float32Array(visible));
    return handle;
  }

  /**
   * @param {number} handle
   * @param {Weights} weights
   */
  replace(handle, weights) {
    const model = this.#model(handle);
    const { visible, hidden } = model.weights;
    if (weights.visible !== visible || weights.hidden !== hidden) {
      throw new RangeError(
        `kernel: expected weights [${visible}, ${hidden}], got [${weights.visible}, ${weights.hidden}]`,
      );
    }
    model.weights = weights;
    this.encode(handle, model.kept.slice());
  }

  /** @param {number} handle */
  unload(handle) {
    this.#model(handle);
    this.#models[handle] = undefined;
  }

  /**
   * @param {number} handle
   * @param {Float32Array} pixels
   */
  encode(handle, pixels) {
    const model = this.#fed(handle, pixels);
    model.updates = 0;
    model.kept.fill(0);
    model.sum.set(model.weights.hiddenBias);
    follow(model, pixels);
    activate(model);
  }

  /**
   * @param {number} handle
   * @param {Float32Array} pixels
   */
  update(handle, pixels) {
    const model = this.#fed(handle, pixels);
    model.updates += 1;
    if (model.updates >= REFRESH) {
      this.encode(handle, pixels);
      return;
    }
    follow(model, pixels);
    activate(model);
  }

  /** @param {number} handle */
  decode(handle) {
    const { weights, code, reconstruction } = this.#model(handle);
    const { weight, visibleBias, visible, hidden } = weights;
    const last = visible - 1;
    for (let row = 0; row < visible; row += 4) {
      // Past the end the last row is taken again: what is written twice is the same.
      const row1 = Math.min(row + 1, last);
      const row2 = Math.min(row + 2, last);
      const row3 = Math.min(row + 3, last);
      const at0 = row * hidden;
      const at1 = row1 * hidden;
      const at2 = row2 * hidden;
      const at3 = row3 * hidden;
      let sum0 = visibleBias[row];
      let sum1 = visibleBias[row1];
      let sum2 = visibleBias[row2];
      let sum3 = visibleBias[row3];
      for (let unit = 0; unit < hidden; unit++) {
        const value = code[unit];
        sum0 += value * weight[at0 + unit];
        sum1 += value * weight[at1 + unit];
        sum2 += value * weight[at2 + unit];
        sum3 += value * weight[at3 + unit];
      }
      reconstruction[row] = sigmoid(sum0);
      reconstruction[row1] = sigmoid(sum1);
      reconstruction[row2] = sigmoid(sum2);
      reconstruction[row3] = sigmoid(sum3);
    }
  }

  /** @param {number} handle */
  code(handle) {
    return this.#model(handle).code;
  }

  /** @param {number} handle */
  reconstruction(handle) {
    return this.#model(handle).reconstruction;
  }

  /**
   * @param {number} handle
   * @param {number} unit
   * @param {boolean} on
   */
  setUnit(handle, unit, on) {
    const model = this.#model(handle);
    model.gates[unit] = on ? 1 : 0;
    activate(model);
  }

  /**
   * @param {number} handle
   * @param {number} count
   */
  async states(handle, count) {
    const { PlainStates } = await import("network/plain_states");
    return new PlainStates(this.#model(handle), count);
  }

  /** @param {number} handle */
  #model(handle) {
    const model = this.#models[handle];
    if (!model) throw new RangeError(`kernel: expected the handle of a loaded model, got ${handle}`);
    return model;
  }

  /**
   * @param {number} handle
   * @param {Float32Array} pixels
   */
  #fed(handle, pixels) {
    const model = this.#model(handle);
    if (pixels.length !== model.kept.length) {
      throw new RangeError(`kernel: expected ${model.kept.length} pixels, got ${pixels.length}`);
    }
    return model;
  }
}

/**
 * Bring the sum from the kept pixels to these.
 * @param {Model} model
 * @param {Float32Array} pixels
 */
function follow({ weights, sum, kept }, pixels) {
  const { weight, visible, hidden } = weights;
  for (let row = 0; row < visible; row++) {
    const change = pixels[row] - kept[row];
    if (change === 0) continue;
    kept[row] = pixels[row];
    const at = row * hidden;
    for (let unit = 0; unit < hidden; unit++) sum[unit] += change * weight[at + unit];
  }
}

/** @param {Model} model */
function activate({ sum, code, gates }) {
  for (let unit = 0; unit < sum.length; unit++) code[unit] = gates[unit] * sigmoid(sum[unit]);
}

/** @param {number} sum */
function sigmoid(sum) {
  return 1 / (1 + Math.exp(-sum));
}
