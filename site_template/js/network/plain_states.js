/** Many states of one model in plain JavaScript: each row of its weights serves all of them before the next is read. */

/** @import { States } from "network/engine" */
/** @import { Weights } from "network/weights" */

/** @implements {States} */
export class PlainStates {
  #model;

  /**
   * @param {{weights: Weights, gates: Float32Array}} model whose weights may be replaced by others of the same shape
   * @param {number} count
   */
  constructor(model, count) {
    const { visible, hidden } = model.weights;
    /** @type {(length: number) => Float32Array[]} */
    const each = (length) => Array.from({ length: count }, () => new Float32Array(length));
    this.count = count;
    this.#model = model;
    this.fed = each(visible);
    this.code = each(hidden);
    this.reconstruction = each(visible);
    this.held = new Float32Array(visible);
    /** In float64, as those of a single state. */
    this.#sums = Array.from({ length: count }, () => new Float64Array(hidden));
  }
  #sums;

  encode() {
    const { fed, code } = this;
    const { gates, weights } = this.#model;
    const { weight, hiddenBias, visible, hidden } = weights;
    for (const sum of this.#sums) sum.set(hiddenBias);
    for (let row = 0; row < visible; row++) {
      const at = row * hidden;
      for (let k = 0; k < this.count; k++) {
        const pixel = fed[k][row];
        if (pixel === 0) continue;
        const sum = this.#sums[k];
        for (let unit = 0; unit < hidden; unit++) sum[unit] += pixel * weight[at + unit];
      }
    }
    for (let k = 0; k < this.count; k++) {
      const sum = this.#sums[k];
      for (let unit = 0; unit < hidden; unit++) code[k][unit] = gates[unit] * sigmoid(sum[unit]);
    }
  }

  decode() {
    const { code, reconstruction, held } = this;
    const { weight, visibleBias, visible, hidden } = this.#model.weights;
    const last = visible - 1;
    for (let row = 0; row < visible; row += 4) {
      // Four rows at a time, as PlainKernel takes them; past the end the last one is taken again.
      const row1 = Math.min(row + 1, last);
      const row2 = Math.min(row + 2, last);
      const row3 = Math.min(row + 3, last);
      if (held[row] !== 0 && held[row1] !== 0 && held[row2] !== 0 && held[row3] !== 0) continue;
      const at = row * hidden;
      const at1 = row1 * hidden;
      const at2 = row2 * hidden;
      const at3 = row3 * hidden;
      for (let k = 0; k < this.count; k++) {
        const values = code[k];
        let sum = visibleBias[row];
        let sum1 = visibleBias[row1];
        let sum2 = visibleBias[row2];
        let sum3 = visibleBias[row3];
        for (let unit = 0; unit < hidden; unit++) {
          const value = values[unit];
          sum += value * weight[at + unit];
          sum1 += value * weight[at1 + unit];
          sum2 += value * weight[at2 + unit];
          sum3 += value * weight[at3 + unit];
        }
        const answer = reconstruction[k];
        answer[row] = sigmoid(sum);
        answer[row1] = sigmoid(sum1);
        answer[row2] = sigmoid(sum2);
        answer[row3] = sigmoid(sum3);
      }
    }
  }

  close() {}
}

/** @param {number} sum */
function sigmoid(sum) {
  return 1 / (1 + Math.exp(-sum));
}
