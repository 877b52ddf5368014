/**
 * Nine chains of one model in one picture, and what is done with them: a step, many steps, another beginning. Ink that is
 * held has the colour of ink, what the model draws another. Nothing is computed while nobody can see it.
 */

import { holdDrawing } from "draw/held";
import { Chains, drawsFrom } from "network/chain";
import { complain, find, write } from "page/dom";
import { failure } from "page/loading";
import { Picture } from "page/picture";
import { createRamps, fillRamps, paintChain } from "page/ramps";

/** @import { Held } from "draw/held" */
/** @import { Model } from "network/model" */
/** @import { Frame, View } from "page/frame" */
/** @import { Host } from "page/host" */

/** Chains along one edge of the picture, and pixels between them. */
const ACROSS = 3;
const GAP = 1;
/** Steps a second where it runs, the step at which it stops by itself, and steps taken at once by a button. */
const RATE = 10;
const LAST = 200;
const MANY = 10;
const STREAM = 1001;
const SEEDS = 2 ** 32;

/** @implements {View} */
export class ChainsView {
  visible = false;
  #host;
  #wanted;
  #side;
  #picture;
  #ramps = createRamps();
  #start;
  #missing;
  #held;
  /** @type {Held} */
  #what = "nothing";
  #fromNoise = false;
  #seed = 1;
  /** At the beginning, of a chain, in pixels full of it. */
  #ink = 0;
  #model = "";
  /** What was pressed meanwhile waits for it. */
  #opening = Promise.resolve();
  /** @type {Chains | null} */
  #chains = null;
  #timer = 0;
  /** It was told to go on: another beginning goes on, too. */
  #going = false;
  #seen = false;
  #run = find("feedback-run", HTMLButtonElement);
  #switches = {
    noisy: find("noisy", HTMLInputElement),
    sampled: find("sampled", HTMLInputElement),
    clamped: find("clamped", HTMLInputElement),
    mean: find("mean", HTMLInputElement),
  };

  /**
   * @param {Host} host
   * @param {() => string} wanted the model whose chains they shall be
   */
  constructor(host, wanted) {
    const { side } = host.frame;
    this.#host = host;
    this.#wanted = wanted;
    this.#side = side;
    this.#start = new Float32Array(side * side).fill(-1);
    this.#missing = new Float32Array(side * side);
    this.#held = new Float32Array(side * side);
    const canvas = find("feedback-picture", HTMLCanvasElement);
    this.#picture = new Picture(canvas, ACROSS * (side + GAP) - GAP);
    find("feedback-1", HTMLElement).addEventListener("click", () => this.#take(1));
    find("feedback-10", HTMLElement).addEventListener("click", () => this.#take(MANY));
    find("feedback-restart", HTMLElement).addEventListener("click", () => this.restart(false));
    find("feedback-empty", HTMLElement).addEventListener("click", () => this.restart(true));
    this.#run.addEventListener("click", () => (this.#timer ? this.stop() : this.run()));
    this.#switches.clamped.addEventListener("change", () => this.restart(this.#fromNoise));
    this.#switches.mean.addEventListener("change", () => this.paint());
    new IntersectionObserver(([{ isIntersecting }]) => (this.#seen = isIntersecting)).observe(canvas);
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const showMotion = () => {
      this.#run.hidden = still.matches;
      if (still.matches) this.stop();
    };
    still.addEventListener("change", showMotion);
    showMotion();
  }

  /** Another drawing begins anew. @param {Frame} frame */
  show({ ink, missing }) {
    let same = true;
    for (let k = 0; k < ink.length; k++) {
      const shown = missing[k] === 1 ? 0 : ink[k];
      same &&= shown === this.#start[k] && missing[k] === this.#missing[k];
      this.#start[k] = shown;
      this.#missing[k] = missing[k];
    }
    if (same) return;
    this.#what = holdDrawing(this.#start, missing, this.#side, this.#held);
    this.restart(false);
  }

  /**
   * Begins with other draws.
   * @param {boolean} fromNoise in place of the drawing
   */
  restart(fromNoise) {
    this.#fromNoise = fromNoise || this.#what === "nothing";
    this.#seed = (this.#seed + 1) % SEEDS;
    this.#begin();
    if (this.#going) this.run();
    this.paint();
  }

  #begin() {
    const chains = this.#chains;
    if (!chains) return;
    chains.reseed(drawsFrom(this.#seed, STREAM));
    if (this.#fromNoise) chains.beginFromNoise();
    else chains.begin(this.#start, this.#switches.clamped.checked ? this.#held : null);
    this.#ink = chains.ink();
  }

  /** Takes the chains of the model that is wanted now; they begin anew. */
  prepare() {
    const name = this.#wanted();
    if (name !== this.#model) this.#opening = this.#load(name);
    return this.#opening;
  }

  /** @param {string} name */
  async #load(name) {
    this.#model = name;
    try {
      const model = await this.#host.models.load(name, { precision: "light", first: true });
      if (name === this.#wanted()) await this.#open(model);
    } catch (error) {
      this.#model = "";
      complain(failure(name, error, this.#host.say));
    }
  }

  /** @param {Model} model */
  async #open({ kernel, handle, entry }) {
    const states = await kernel.states(handle, ACROSS * ACROSS);
    this.#chains?.close();
    this.#chains = new Chains(states, this.#host.site.noises[entry.noise], entry.level, drawsFrom(this.#seed, STREAM));
    this.#begin();
    this.paint();
  }

  /** Goes on by itself, until it is stopped or has gone far. */
  run() {
    if (this.#run.hidden) return;
    this.#going = true;
    if (this.#timer) return;
    this.#timer = window.setInterval(() => {
      if (this.#seen && !document.hidden) this.step(1);
    }, 1000 / RATE);
    write(this.#run, this.#host.say("feedback-stop"));
  }

  stop() {
    this.#going = false;
    this.#rest();
  }

  #rest() {
    clearInterval(this.#timer);
    this.#timer = 0;
    write(this.#run, this.#host.say("feedback-run"));
  }

  /** @param {number} count */
  async #take(count) {
    this.stop();
    await this.#opening;
    this.step(count);
    this.#host.announce(this.#describe());
  }

  /** @param {number} count */
  step(count) {
    const { noisy, sampled } = this.#switches;
    const chains = this.#chains;
    if (!chains) return;
    for (let k = 0; k < count && chains.steps < LAST; k++) chains.step(noisy.checked, sampled.checked);
    if (chains.steps >= LAST && this.#timer) {
      this.#rest();
      this.#host.announce(this.#describe());
    }
    this.paint();
  }

  #describe() {
    const chains = this.#chains;
    if (!chains) return this.#host.say("chains-waiting");
    const held = this.#fromNoise || !this.#switches.clamped.checked ? "nothing" : this.#what;
    return this.#host.say("chains-told", {
      step: chains.steps,
      held: this.#host.say(`chains-held-${held}`),
      first: this.#ink.toFixed(0),
      last: chains.ink().toFixed(0),
    });
  }

  /** The colours are others. */
  recolour() {
    fillRamps(this.#ramps);
    this.paint();
  }

  paint() {
    const { width } = this.#picture.canvas;
    const chains = this.#chains;
    if (!chains) return;
    const { held } = chains;
    const shown = this.#switches.mean.checked ? chains.means : chains.pixels;
    for (let k = 0; k < shown.length; k++) {
      const corner = (this.#side + GAP) * (Math.floor(k / ACROSS) * width + (k % ACROSS));
      paintChain(shown[k], held, this.#ramps, this.#picture.colours, corner, width, this.#side);
    }
    this.#picture.show();
    write(find("feedback-text", HTMLElement), this.#describe());
  }
}
