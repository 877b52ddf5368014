/**
 * Many states of one model, answered together: one pass over its weights in WebAssembly, see `States` in kernel/kernel.c. It
 * comes when the first chain is begun.
 */

/** @import { States } from "network/engine" */

/**
 * The kernel's exports for states; a record is an address, whose words are those of `struct States`.
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {(model: number, count: number) => number} states_bytes bytes that so many states take
 * @property {(states: number, model: number, count: number) => void} states_place
 * @property {(states: number) => void} encode_states
 * @property {(states: number) => void} decode_states
 */

/**
 * What the kernel lends of a model.
 * @typedef {object} Lent
 * @property {Exports} exports
 * @property {number} address of the model
 * @property {number} visible
 * @property {number} hidden
 * @property {(bytes: number) => {address: number, bytes: number}} take room in the memory
 * @property {(place: {address: number, bytes: number}) => void} give it back
 */

/** Words of `struct States` that are addresses. */
const WORD = Object.freeze({ fed: 2, code: 3, reconstruction: 4, held: 5 });

/** @implements {States} */
export class WasmStates {
  #lent;
  #place;
  /** @type {Float32Array[]} */
  #fed = [];
  /** @type {Float32Array[]} */
  #code = [];
  /** @type {Float32Array[]} */
  #reconstruction = [];
  #held = new Float32Array(0);

  /**
   * @param {Lent} lent
   * @param {number} count
   */
  constructor(lent, count) {
    this.count = count;
    this.#lent = lent;
    this.#place = lent.take(lent.exports.states_bytes(lent.address, count));
    lent.exports.states_place(this.#place.address, lent.address, count);
    this.#view();
  }

  get fed() {
    this.#renew();
    return this.#fed;
  }

  get code() {
    this.#renew();
    return this.#code;
  }

  get reconstruction() {
    this.#renew();
    return this.#reconstruction;
  }

  get held() {
    this.#renew();
    return this.#held;
  }

  encode() {
    this.#lent.exports.encode_states(this.#place.address);
  }

  decode() {
    this.#lent.exports.decode_states(this.#place.address);
  }

  close() {
    this.#lent.give(this.#place);
  }

  /** Memory that grows leaves every view of it without a length. */
  #renew() {
    if (this.#held.length === 0) this.#view();
  }

  #view() {
    const { exports, visible, hidden } = this.#lent;
    const { buffer } = exports.memory;
    const words = new Uint32Array(buffer, this.#place.address, 6);
    /** @type {(word: number, length: number, unit: number) => Float32Array[]} */
    const each = (word, length, unit) => {
      const stride = 4 * unit * Math.ceil(length / unit);
      return Array.from({ length: this.count }, (_, k) => new Float32Array(buffer, words[word] + stride * k, length));
    };
    this.#fed = each(WORD.fed, visible, 8);
    this.#code = each(WORD.code, hidden, 4);
    this.#reconstruction = each(WORD.reconstruction, visible, 8);
    this.#held = new Float32Array(buffer, words[WORD.held], visible);
  }
}
