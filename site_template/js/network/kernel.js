/**
 * Encode and decode, as fast as the machine can: the WebAssembly kernel of kernel/kernel.c, or plain.js where there is none.
 *
 * Comes in: weights and pixels. Goes out: codes and reconstructions, as views that stay the same from frame to frame, so
 * that a frame allocates nothing; only `load` may move them. Many models live in one memory, which grows.
 */

import { distrust, fetchAgain } from "network/again";

/** @import { Engine, Kernel } from "network/engine" */
/** @import { Exports as Many } from "network/states" */
/** @import { Weights } from "network/weights" */

/** @typedef {{address: number, bytes: number}} Place */

/**
 * The kernel's exports. A model is the address of its record, whose words are those of `struct Model`.
 * @typedef {object} OfModels
 * @property {WebAssembly.Memory} memory
 * @property {(visible: number, hidden: number) => number} model_bytes bytes that a model takes
 * @property {(model: number, visible: number, hidden: number) => void} place
 * @property {(model: number, row: number) => void} pack
 * @property {(model: number) => void} encode
 * @property {(model: number) => void} update
 * @property {(model: number) => void} decode
 * @property {(model: number) => void} activate
 */

/** @typedef {OfModels & Many} Exports */

/**
 * @typedef {object} Model
 * @property {number} address
 * @property {number} bytes
 * @property {number} visible
 * @property {number} hidden
 * @property {Float32Array} fed
 * @property {Float32Array} code
 * @property {Float32Array} gates
 * @property {Float32Array} reconstruction
 */

/** Words of `struct Model` in kernel.c that are addresses. */
const WORD = Object.freeze({ fed: 3, code: 6, gates: 7, hiddenBias: 8, visibleBias: 9, reconstruction: 10 });
const PAGE = 65536;

/** One instruction of each kind, in a module of its own: i8x16.popcnt, and i8x16.relaxed_swizzle. */
const SIMD = [1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const RELAXED = [1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11];

/** The WebAssembly file could not be had. */
export class KernelError extends Error {
  /**
   * @param {"network" | "status" | "format"} code
   * @param {string} file
   * @param {Record<string, string | number>} details
   */
  constructor(code, file, details) {
    super(`${file}: ${code}: ${Object.values(details).join(", ")}`);
    this.name = "KernelError";
    this.code = code;
    this.file = file;
    this.details = details;
  }
}

/**
 * The fastest kernel that this browser runs. Plain JavaScript serves where WebAssembly or its SIMD is absent or forbidden, or
 * where no files are given; a file that fails to come is an error, not a slower page.
 * @param {{simd: string, relaxed: string} | null} files URLs of the two builds
 * @param {Engine} [force] one engine and no other
 * @returns {Promise<Kernel>}
 */
export async function createKernel(files, force) {
  const engine = force ?? fastest();
  if (!files || engine === "plain") {
    const { PlainKernel } = await import("network/plain");
    return new PlainKernel();
  }
  return new WasmKernel(engine, await instantiate(engine === "wasm-simd" ? files.simd : files.relaxed));
}

/** @returns {Engine} the fastest that the browser has, and that no policy of the host's forbids */
export function fastest() {
  if (runs(RELAXED)) return "wasm-relaxed";
  return runs(SIMD) ? "wasm-simd" : "plain";
}

/** @param {number[]} sections of a module */
function runs(sections) {
  try {
    // What may not be compiled is valid all the same.
    return Boolean(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections])));
  } catch {
    return false;
  }
}

/**
 * @param {string} url
 * @returns {Promise<ArrayBuffer>}
 */
export async function fetchKernel(url) {
  const fail = (/** @type {unknown} */ error) => {
    throw new KernelError("network", url, { reason: String(error) });
  };
  const response = await fetchAgain(url).catch(fail);
  if (!response.ok) throw new KernelError("status", url, { status: response.status });
  return response.arrayBuffer().catch(fail);
}

/**
 * @param {string} url
 * @returns {Promise<Exports>}
 */
async function instantiate(url) {
  const bytes = await fetchKernel(url);
  const { instance } = await WebAssembly.instantiate(bytes).catch((error) => {
    distrust(url);
    throw new KernelError("format", url, { reason: String(error) });
  });
  return /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
}

/** @implements {Kernel} */
class WasmKernel {
  #exports;
  #end; // of the memory that models have taken
  /** @type {(Model | undefined)[]} by handle */
  #models = [];
  /** @type {Place[]} places of unloaded models */
  #free = [];

  /**
   * @param {Engine} engine
   * @param {Exports} exports
   */
  constructor(engine, exports) {
    this.engine = engine;
    this.#exports = exports;
    this.#end = exports.memory.buffer.byteLength;
  }

  /** @param {Weights} weights */
  load(weights) {
    const { visible, hidden } = weights;
    const place = this.#take(this.#exports.model_bytes(visible, hidden));
    this.#exports.place(place.address, visible, hidden);
    const model = { ...place, visible, hidden, ...this.#views(place.address, visible, hidden) };
    model.gates.fill(1);
    this.#pack(model, weights);
    return this.#models.push(model) - 1;
  }

  /**
   * @param {number} handle
   * @param {Weights} weights
   */
  replace(handle, weights) {
    const model = this.#model(handle);
    if (weights.visible !== model.visible || weights.hidden !== model.hidden) {
      const got = `[${weights.visible}, ${weights.hidden}]`;
      throw new RangeError(`kernel: expected weights [${model.visible}, ${model.hidden}], got ${got}`);
    }
    this.#pack(model, weights);
  }

  /**
   * @param {Model} model
   * @param {Weights} weights
   */
  #pack({ address, code, visible, hidden }, { weight, hiddenBias, visibleBias }) {
    this.#floats(address, WORD.hiddenBias, hidden).set(hiddenBias);
    this.#floats(address, WORD.visibleBias, visible).set(visibleBias);
    // A row goes in by way of the code, which is as long and computed anew afterwards.
    for (let row = 0; row < visible; row++) {
      code.set(weight.subarray(row * hidden, (row + 1) * hidden));
      this.#exports.pack(address, row);
    }
    this.#exports.encode(address);
  }

  /** @param {number} handle */
  unload(handle) {
    const { address, bytes } = this.#model(handle);
    this.#models[handle] = undefined;
    this.#free.push({ address, bytes });
  }

  /**
   * @param {number} handle
   * @param {Float32Array} pixels
   */
  encode(handle, pixels) {
    this.#exports.encode(this.#feed(handle, pixels));
  }

  /**
   * @param {number} handle
   * @param {Float32Array} pixels
   */
  update(handle, pixels) {
    this.#exports.update(this.#feed(handle, pixels));
  }

  /** @param {number} handle */
  decode(handle) {
    this.#exports.decode(this.#model(handle).address);
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
    const { gates, address } = this.#model(handle);
    gates[unit] = on ? 1 : 0;
    this.#exports.activate(address);
  }

  /**
   * @param {number} handle
   * @param {number} count
   */
  async states(handle, count) {
    const { WasmStates } = await import("network/states");
    const take = (/** @type {number} */ bytes) => this.#take(bytes);
    const give = (/** @type {Place} */ place) => void this.#free.push(place);
    return new WasmStates({ ...this.#model(handle), exports: this.#exports, take, give }, count);
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
  #feed(handle, pixels) {
    const model = this.#model(handle);
    if (pixels.length !== model.visible) {
      throw new RangeError(`kernel: expected ${model.visible} pixels, got ${pixels.length}`);
    }
    model.fed.set(pixels);
    return model.address;
  }

  /**
   * A free place of at least so many bytes; when memory grows for it, every view is made anew.
   * @param {number} bytes
   */
  #take(bytes) {
    const index = this.#free.findIndex((place) => place.bytes >= bytes);
    if (index >= 0) return this.#free.splice(index, 1)[0];
    const { memory } = this.#exports;
    const address = this.#end;
    const missing = address + bytes - memory.buffer.byteLength;
    if (missing > 0) {
      memory.grow(Math.ceil(missing / PAGE));
      for (const model of this.#models) {
        if (model) Object.assign(model, this.#views(model.address, model.visible, model.hidden));
      }
    }
    this.#end += bytes;
    return { address, bytes };
  }

  /**
   * @param {number} address
   * @param {number} visible
   * @param {number} hidden
   */
  #views(address, visible, hidden) {
    return {
      fed: this.#floats(address, WORD.fed, visible),
      code: this.#floats(address, WORD.code, hidden),
      gates: this.#floats(address, WORD.gates, hidden),
      reconstruction: this.#floats(address, WORD.reconstruction, visible),
    };
  }

  /**
   * @param {number} address of a model
   * @param {number} word of its record
   * @param {number} length
   */
  #floats(address, word, length) {
    const { buffer } = this.#exports.memory;
    return new Float32Array(buffer, new Uint32Array(buffer, address)[word], length);
  }
}
