/**
 * A reader of signs that it was shown a few times each: ridge regression of a row that says which sign it is (1 for that one,
 * 0 for the others) on a code, in closed form (Hoerl and Kennard 1970). Examples are fewer than the numbers of a code, so
 * there is one equation for each example (the dual form of Saunders, Gammerman and Vovk 1998):
 *
 *     (K + λ I) a = y − mean y,   K = products of the codes, less their mean
 *     score of a code z = mean y + Σ aₖ (z · zₖ − mean over j of zⱼ · zₖ)
 *
 * The equations make Σ aₖ = 0, for the rows of K sum to 0: the mean code needs no other place in the score.
 */

/** λ, in shares of the mean of K's diagonal. What is read hardly depends on it, from .003 to 1. */
const RIDGE = 0.1;

/**
 * An example's code, and which sign it is, from 0.
 * @typedef {{code: Float32Array, sign: number}} Shown
 */

export class FewReader {
  /** The sign with the largest score. */
  best = 0;
  #weight;
  #bias;

  /**
   * @param {readonly Shown[]} shown at least one of each sign
   * @param {number} count of signs
   */
  constructor(shown, count) {
    const features = shown[0].code.length;
    const fitted = fit(products(shown), shown, [...shown.keys()], count);
    this.scores = new Float64Array(count);
    this.#bias = fitted.bias;
    // The sum over the examples, made once: a drawing is read in one pass over the result.
    this.#weight = new Float64Array(count * features);
    for (let sign = 0; sign < count; sign++) {
      for (const [k, { code }] of shown.entries()) {
        const part = fitted.parts[sign][k];
        for (let feature = 0; feature < features; feature++)
          this.#weight[sign * features + feature] += part * code[feature];
      }
    }
  }

  /**
   * Allocates nothing.
   * @param {Float32Array} code
   */
  read(code) {
    const { scores } = this;
    this.best = 0;
    for (let sign = 0, k = 0; sign < scores.length; sign++) {
      let score = this.#bias[sign];
      for (let feature = 0; feature < code.length; feature++, k++) score += code[feature] * this.#weight[k];
      scores[sign] = score;
      if (score > scores[this.best]) this.best = sign;
    }
  }
}

/**
 * How many examples are named rightly by readers that were shown only `each` others of every sign. Which ones they are shown
 * goes round, so that every example is, and equally often where all signs have as many.
 * @param {readonly Shown[]} shown
 * @param {number} count of signs
 * @param {number} each fewer than there are of the sign with the fewest
 * @returns {{right: number, asked: number}}
 */
export function countRight(shown, count, each) {
  const gram = products(shown);
  const groups = Array.from({ length: count }, () => /** @type {number[]} */ ([]));
  for (const [k, { sign }] of shown.entries()) groups[sign].push(k);
  const result = { right: 0, asked: 0 };
  for (let first = 0; first < Math.max(...groups.map(({ length }) => length)); first++) {
    const learned = groups.flatMap((group) =>
      Array.from({ length: each }, (_, k) => group[(first + k) % group.length]),
    );
    const { parts, bias } = fit(gram, shown, learned, count);
    for (const [other, { sign }] of shown.entries()) {
      if (learned.includes(other)) continue;
      const scores = bias.map((score, one) =>
        learned.reduce((sum, k, at) => sum + parts[one][at] * gram[other][k], score),
      );
      result.asked += 1;
      if (scores.indexOf(Math.max(...scores)) === sign) result.right += 1;
    }
  }
  return result;
}

/**
 * @param {Float64Array[]} gram products of all codes
 * @param {readonly Shown[]} shown
 * @param {readonly number[]} learned those of them that are learned from
 * @param {number} count of signs
 * @returns {{parts: Float64Array[], bias: number[]}} for each sign the a of the header, and its score less their products
 */
function fit(gram, shown, learned, count) {
  const equations = learned.length;
  const means = learned.map((k) => learned.reduce((sum, j) => sum + gram[j][k], 0) / equations);
  const mean = means.reduce((sum, value) => sum + value, 0) / equations;
  const kernel = learned.map((j, row) =>
    Float64Array.from(learned, (k, column) => gram[j][k] - means[row] - means[column] + mean),
  );
  const trace = kernel.reduce((sum, row, k) => sum + row[k], 0);
  // Examples that are all alike teach nothing, and still have an answer.
  for (let k = 0; k < equations; k++) kernel[k][k] += (RIDGE * trace) / equations || 1;
  decompose(kernel);
  /** @type {Float64Array[]} */
  const parts = [];
  /** @type {number[]} */
  const bias = [];
  for (let sign = 0; sign < count; sign++) {
    const right = Float64Array.from(learned, (k) => (shown[k].sign === sign ? 1 : 0));
    const share = right.reduce((sum, value) => sum + value, 0) / equations;
    for (let k = 0; k < equations; k++) right[k] -= share;
    parts.push(solve(kernel, right));
    bias.push(means.reduce((score, value, k) => score - parts[sign][k] * value, share));
  }
  return { parts, bias };
}

/** @param {readonly Shown[]} shown @returns {Float64Array[]} the products of every two codes */
function products(shown) {
  return shown.map(({ code }) =>
    Float64Array.from(shown, ({ code: other }) => {
      let sum = 0;
      for (let feature = 0; feature < code.length; feature++) sum += code[feature] * other[feature];
      return sum;
    }),
  );
}

/**
 * Cholesky's factor, in place below the diagonal and on it.
 * @param {Float64Array[]} matrix symmetric and positive
 */
function decompose(matrix) {
  for (let row = 0; row < matrix.length; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row][column];
      for (let k = 0; k < column; k++) sum -= matrix[row][k] * matrix[column][k];
      matrix[row][column] = row === column ? Math.sqrt(sum) : sum / matrix[column][column];
    }
  }
}

/**
 * @param {Float64Array[]} factor of a matrix
 * @param {Float64Array} solution comes in as the right side; overwritten
 * @returns {Float64Array} it
 */
function solve(factor, solution) {
  const equations = solution.length;
  for (let row = 0; row < equations; row++) {
    for (let k = 0; k < row; k++) solution[row] -= factor[row][k] * solution[k];
    solution[row] /= factor[row][row];
  }
  for (let row = equations - 1; row >= 0; row--) {
    for (let k = row + 1; k < equations; k++) solution[row] -= factor[k][row] * solution[k];
    solution[row] /= factor[row][row];
  }
  return solution;
}
