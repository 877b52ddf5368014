/**
 * A reader: what tells the classes of images apart by their codes, or by their bare pixels. train/learn/readers.py has the
 * method, export/weights/reader_file.py the file.
 *
 *     share of a class = softmax(features · weight + bias)
 */

import { fetchFile } from "network/fetch";
import { brief, openTensors } from "network/tensors";

/** @import { ReaderEntry } from "network/model" */

const NAMES = ["bias", "weight"];
const FLOATS = { "": ["F32"] };
const FORMAT = "dae-reader/1";

/**
 * @param {ReaderEntry} entry
 * @param {string} root of the site
 * @param {AbortSignal} [signal]
 * @returns {Promise<Reader>} rejects with a `WeightsError` where the file does not come, or is not what it should be
 */
export async function fetchReader(entry, root, signal = new AbortController().signal) {
  return parseReader(await fetchFile(entry, root + entry.file, () => {}, signal), entry.file, entry.threshold);
}

/**
 * @param {ArrayBuffer} bytes
 * @param {string} file its name, for messages
 * @param {number} threshold
 * @returns {Reader}
 */
export function parseReader(bytes, file, threshold) {
  const { tensors, metadata, check, values } = openTensors(bytes, file, NAMES, FLOATS);
  const [bias, weight] = tensors;
  const [features, classes] = weight.shape;
  check(metadata.format === FORMAT, "format", FORMAT, brief(metadata.format));
  check(weight.shape.length === 2 && features * classes > 0, "weight", "two dimensions", brief(weight.shape));
  check(brief(bias.shape) === brief([classes]), "bias", brief([classes]), brief(bias.shape));
  return new Reader(values(weight), values(bias), threshold);
}

export class Reader {
  /** The share of belief that each class has. */
  shares;
  /** The class with the largest, and whether that is sure enough; a share below the threshold is "none of these". */
  best = 0;
  sure = false;
  #weight;
  #bias;
  #threshold;

  /**
   * @param {Float32Array} weight [features][classes], a row for each feature
   * @param {Float32Array} bias
   * @param {number} threshold
   */
  constructor(weight, bias, threshold) {
    this.#weight = weight;
    this.#bias = bias;
    this.#threshold = threshold;
    this.shares = new Float64Array(bias.length);
  }

  /**
   * Allocates nothing.
   * @param {Float32Array} features a code, or pixels
   */
  read(features) {
    const shares = this.shares;
    const classes = shares.length;
    const weight = this.#weight;
    shares.set(this.#bias);
    for (let feature = 0, k = 0; feature < features.length; feature++) {
      const value = features[feature];
      for (let one = 0; one < classes; one++, k++) shares[one] += value * weight[k];
    }
    let best = 0;
    for (let one = 1; one < classes; one++) if (shares[one] > shares[best]) best = one;
    const largest = shares[best];
    let sum = 0;
    for (let one = 0; one < classes; one++) sum += shares[one] = Math.exp(shares[one] - largest);
    for (let one = 0; one < classes; one++) shares[one] /= sum;
    this.best = best;
    this.sure = shares[best] >= this.#threshold;
  }
}
