/**
 * The page's side of the worker that trains. Nothing of it is loaded before `start`.
 *
 * Comes in: plans, and what the visitor does. Goes out, to a listener: snapshots, at most ten a second, each valid until the
 * next one comes, for its buffer goes back then; the end; and what went wrong.
 */

import { snapshotViews } from "learn/messages";
import { fastest, fetchKernel } from "network/kernel";

/** @import { Code, Details, FromWorker, Plan, Progress, Told, ToWorker } from "learn/messages" */
/** @import { Weights } from "network/weights" */

/** @typedef {{worker: string, simd: string, relaxed: string}} Files URLs */
/** @typedef {Progress & {weights: Weights, changes: Float32Array}} Racer `changes`: how far each filter moved from the start */
/** @typedef {Omit<Told, "racers"> & {racers: Racer[]}} Snapshot */

/**
 * @typedef {object} Listener
 * @property {(snapshot: Snapshot) => void} snapshot
 * @property {() => void} ended all steps of the recipe are done
 * @property {(error: TrainingError) => void} failed it rests; after "worker" it has to be started anew
 */

/** Training cannot go on. */
export class TrainingError extends Error {
  /**
   * @param {Code} code
   * @param {Details} details of "loss": racer, step, rate; of "worker": reason
   */
  constructor(code, details) {
    super(
      `training: ${code}: ${Object.entries(details)
        .map(([key, value]) => `${key} ${value}`)
        .join(", ")}`,
    );
    this.name = "TrainingError";
    this.code = code;
    this.details = details;
  }
}

export class Training {
  /** It goes on, as far as the page knows. */
  playing = false;
  #files;
  #listener;
  /** @type {Worker | null} */
  #worker = null;
  /** The buffer of the last snapshot. @type {ArrayBuffer | null} */
  #held = null;
  #starts = 0;

  /**
   * @param {Files} files
   * @param {Listener} listener
   */
  constructor(files, listener) {
    this.#files = files;
    this.#listener = listener;
  }

  /**
   * Ends what ran before, and makes all ready; a snapshot of the beginning comes, then it waits for `play` or `step`.
   * @param {Plan} plan
   * @param {"wasm-relaxed" | "wasm-simd" | "plain"} [engine] that one, and no other
   * @returns {Promise<void>} rejects with a KernelError where the kernel does not come
   */
  async start(plan, engine = fastest()) {
    this.stop();
    const start = this.#starts;
    const { worker: url, simd, relaxed } = this.#files;
    const bytes = engine === "plain" ? null : await fetchKernel(engine === "wasm-simd" ? simd : relaxed);
    if (start !== this.#starts) return; // stopped, or started anew, meanwhile
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }) => this.#hear(data, plan);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail("worker", { reason: event.message ?? "it could not be loaded" });
    };
    this.#worker = worker;
    const noises = plan.noises.map(({ kind, draw, count }) => ({ kind, draw, count }));
    this.#say({ type: "start", plan: { ...plan, noises }, engine, bytes });
  }

  play() {
    this.playing = this.#worker !== null;
    this.#say({ type: "play" });
  }

  pause() {
    this.playing = false;
    this.#say({ type: "pause" });
  }

  /** One step of every network. */
  step() {
    this.#say({ type: "step" });
  }

  /** Ends the worker; a snapshot that was given stays valid. */
  stop() {
    this.#starts += 1;
    this.#worker?.terminate();
    this.#worker = null;
    this.#held = null;
    this.playing = false;
  }

  /**
   * From the next step on.
   * @param {number} racer
   * @param {string} noise its kind
   * @param {number} level
   */
  setNoise(racer, noise, level) {
    this.#say({ type: "noise", racer, noise, level });
  }

  /**
   * From the next step on; warm-up and schedule stay.
   * @param {number} learningRate
   */
  setRate(learningRate) {
    this.#say({ type: "rate", learningRate });
  }

  /**
   * @param {ToWorker} message
   * @param {ArrayBuffer[]} [transfer]
   */
  #say(message, transfer = []) {
    this.#worker?.postMessage(message, transfer);
  }

  /**
   * @param {FromWorker} message
   * @param {Plan} plan
   */
  #hear(message, plan) {
    if (message.type === "snapshot") this.#show(message.told, message.buffer, plan);
    if (message.type === "failed") this.#fail(message.code, message.details);
    if (message.type === "ended") {
      this.playing = false;
      this.#listener.ended();
    }
  }

  /**
   * @param {Told} told
   * @param {ArrayBuffer} buffer
   * @param {Plan} plan
   */
  #show(told, buffer, { visible, recipe }) {
    const racers = told.racers.map((progress, racer) => {
      const { changes, ...params } = snapshotViews(buffer, racer, visible, recipe.hidden);
      /** @type {Weights} */
      const weights = { ...params, precision: "float32", metadata: {} };
      return { ...progress, weights, changes };
    });
    this.#listener.snapshot({ ...told, racers });
    if (this.#held) this.#say({ type: "buffer", buffer: this.#held }, [this.#held]);
    this.#held = buffer;
  }

  /**
   * @param {Code} code
   * @param {Details} details
   */
  #fail(code, details) {
    if (code === "worker") this.stop();
    this.playing = false;
    this.#listener.failed(new TrainingError(code, details));
  }
}
