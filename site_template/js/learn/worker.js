/**
 * The worker that trains, so that the page never waits for it. The build joins this and all that it imports into
 * one file, because a worker has no import map.
 *
 * It trains for a moment, looks whether the page has said something, and goes on. At most ten times a second it sends a
 * snapshot, in one of two buffers, and only where the page has given one back.
 */

import { Course } from "learn/course";
import { createTrainingKernel } from "learn/kernel";
import { snapshotBytes } from "learn/messages";

/** @import { Code, Details, FromWorker, Plan, ToWorker } from "learn/messages" */
/** @import { Engine } from "network/engine" */

/** Milliseconds of training between looks at what the page says. */
const MOMENT = 8;
/** Milliseconds between snapshots. */
const PAUSE = 100;

/**
 * The worker's own side, of which the types for pages know nothing.
 * @typedef {object} Scope
 * @property {(message: FromWorker, transfer?: ArrayBuffer[]) => void} postMessage
 * @property {(type: "message", listener: (event: MessageEvent<ToWorker>) => void) => void} addEventListener
 */
const page = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));

class Runner {
  playing = false;
  #course;
  #engine;
  /** @type {ArrayBuffer[]} */
  #buffers;
  #changed = true;
  #sent = Number.NEGATIVE_INFINITY;
  /** When and at how many images the rate was taken last. */
  #since = 0;
  #seen = 0;
  #next = new MessageChannel();

  /**
   * @param {Course} course
   * @param {Engine} engine
   * @param {number} bytes of a snapshot
   */
  constructor(course, engine, bytes) {
    this.#course = course;
    this.#engine = engine;
    this.#buffers = [new ArrayBuffer(bytes), new ArrayBuffer(bytes)];
    this.#next.port1.onmessage = () => guard(() => this.#turn());
    this.#send();
  }

  /** @param {ToWorker} message */
  hear(message) {
    if (message.type === "play") this.#play();
    if (message.type === "pause") this.#rest();
    if (message.type === "step") this.#step();
    if (message.type === "noise") this.#course.setNoise(message.racer, message.noise, message.level);
    if (message.type === "rate") this.#course.setRate(message.learningRate);
    if (message.type === "buffer") this.#buffers.push(message.buffer);
    if (!this.playing) this.#send();
  }

  #play() {
    if (this.playing || this.#course.ended) return;
    this.playing = true;
    this.#since = performance.now();
    this.#seen = this.#course.imagesSeen;
    this.#next.port2.postMessage(0);
  }

  #rest() {
    this.playing = false;
    this.#changed = true;
  }

  #turn() {
    const end = performance.now() + MOMENT;
    while (this.playing && performance.now() < end) this.#step();
    if (performance.now() - this.#sent >= PAUSE || !this.playing) this.#send();
    if (this.playing) this.#next.port2.postMessage(0);
  }

  #step() {
    if (this.#course.ended) return;
    const racer = this.#course.advance();
    this.#changed = true;
    if (racer >= 0) {
      this.#rest();
      fail("loss", { racer, step: this.#course.step, rate: this.#course.rate });
    } else if (this.#course.ended) {
      this.#rest();
      page.postMessage({ type: "ended" });
    }
  }

  /** What has changed since the last snapshot, if there is a buffer for it; else when there is one. */
  #send() {
    const buffer = this.#changed && this.#buffers.pop();
    if (!buffer) return;
    const course = this.#course;
    const now = performance.now();
    const { step, imagesSeen } = course;
    const imagesPerSecond = this.playing ? (1000 * (imagesSeen - this.#seen)) / (now - this.#since) : 0;
    course.copy(buffer);
    const racers = [...course.takeProgress()];
    const told = { step, imagesSeen, imagesPerSecond, playing: this.playing, engine: this.#engine, racers };
    page.postMessage({ type: "snapshot", told, buffer }, [buffer]);
    this.#changed = false;
    this.#sent = now;
    this.#since = now;
    this.#seen = imagesSeen;
  }
}

/**
 * @param {Code} code
 * @param {Details} details
 */
function fail(code, details) {
  page.postMessage({ type: "failed", code, details });
}

/**
 * Tells the page what goes wrong, and goes no further.
 * @param {() => void | Promise<void>} work
 */
async function guard(work) {
  try {
    await work();
  } catch (error) {
    if (runner) runner.playing = false;
    fail("worker", { reason: String(error) });
  }
}

/** @type {Runner | null} */
let runner = null;

/**
 * @param {Plan} plan
 * @param {Engine} engine
 * @param {ArrayBuffer | null} bytes
 */
async function start(plan, engine, bytes) {
  const kernel = await createTrainingKernel(bytes, engine);
  const { visible, recipe, racers } = plan;
  const course = new Course(plan, kernel);
  runner = new Runner(course, kernel.engine, snapshotBytes(racers.length, visible, recipe.hidden));
}

/** Messages wait for one another: the first one, which starts, takes a while. */
let heard = Promise.resolve();
page.addEventListener("message", ({ data }) => {
  heard = heard.then(() =>
    guard(() => (data.type === "start" ? start(data.plan, data.engine, data.bytes) : runner?.hear(data))),
  );
});
