/**
 * Two networks learn in the page: the same start, the same digits, which the page draws, and one difference, the noise. Shown
 * are the filters that changed most, the same units of both, and what each network makes of the drawing.
 */

import { mapBack } from "draw/fit";
import { findPieces } from "draw/verdict";
import { Course } from "page/course";
import { find, write } from "page/dom";
import { isDue, sortByChange } from "page/learning";
import { createPalette, fillPalette } from "page/paint";
import { fetchLater } from "page/site";
import { Lane } from "walk/lane";
import { named } from "walk/noise";
import { readChangeColours } from "walk/paint";

/** @import { Grammar } from "draw/digits" */
/** @import { Recipe } from "learn/recipe" */
/** @import { Snapshot } from "learn/training" */
/** @import { Kernel } from "network/engine" */
/** @import { Frame } from "page/frame" */
/** @import { WalkPage } from "walk/chapters" */

/** Here the visitor has nothing to choose. */
const RACERS = Object.freeze([
  { noise: "none", level: 0 },
  { noise: "masking", level: 0.8 },
]);
/** @type {Readonly<Recipe>} */
const COURSE = Object.freeze({
  ...{ hidden: 200, batch: 50, seed: 1, steps: 4000 },
  ...{ learningRate: 8e-3, schedule: "cosine", warmup: 0.05, b1: 0.9, b2: 0.999 },
});
/** Milliseconds between pictures where motion disturbs, numbers, orders of the filters, and words to those who listen. */
const CALM = 1000;
const NUMBERS = 1000;
const ORDER = 2000;
const WORDS = 10_000;

/** The race of a page, once its button was pressed. @type {WeakMap<WalkPage, Promise<Race>>} */
const races = new WeakMap();

/**
 * Begins, pauses or goes on.
 * @param {WalkPage} page
 */
export async function pressRace(page) {
  const race = races.get(page) ?? fetchLater(page.site).then(() => new Race(page));
  races.set(page, race);
  race.catch(() => races.delete(page)); // the next press asks for its words again
  (await race).press();
}

class Race {
  visible = true;
  #page;
  #box = find("race", HTMLElement);
  #button = find("train", HTMLButtonElement);
  #status = document.createElement("p");
  /** @type {Lane[]} */
  #lanes;
  /** @type {Kernel | null} */
  #kernel = null;
  #course;
  #palette = createPalette();
  #colours = readChangeColours();
  #order = new Int32Array(COURSE.hidden);
  #given;
  #pieces;
  /** When each was last done. */
  #done = { pictures: 0, numbers: 0, order: 0, words: 0 };
  /** Images, when numbers were told last. */
  #seen = 0;
  /** It began, and has not ended. */
  #under = false;

  /** @param {WalkPage} page */
  constructor(page) {
    const { site, say, frame } = page;
    this.#page = page;
    this.#given = new Float32Array(frame.side ** 2);
    this.#pieces = new Int32Array(frame.side ** 2);
    this.#lanes = RACERS.map((racer) => new Lane(named(racer, site), frame.side, this.#palette, say));
    const lanes = document.createElement("div");
    lanes.className = "lanes";
    lanes.append(...this.#lanes.map(({ box }) => box));
    this.#status.className = "unit";
    this.#box.replaceChildren(lanes, this.#status);
    this.#course = new Course(site, this.#box.closest("section") ?? this.#box, {
      snapshot: (snapshot) => this.#take(snapshot),
      ended: () => this.#end("learn-done", { images: this.#number(COURSE.steps * COURSE.batch) }),
      failed: (error) => this.#end("learn-failed", { reason: error instanceof Error ? error.message : String(error) }),
      changed: () => this.#label(),
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      fillPalette(this.#palette);
      this.#colours = readChangeColours();
    });
    frame.add(this);
  }

  /** The button was pressed. */
  press() {
    const { say, announce } = this.#page;
    if (!this.#under) {
      void this.#begin();
      return;
    }
    if (this.#course.playing) this.#course.pause();
    else this.#course.play();
    announce(say(this.#course.playing ? "learn-goes-on" : "learn-pauses"));
  }

  async #begin() {
    const { site, say, announce, getKernel } = this.#page;
    this.#under = true;
    this.#box.hidden = false;
    write(this.#status, say("learn-starts"));
    announce(say("learn-starts"));
    this.#seen = 0;
    this.#done.words = performance.now();
    try {
      this.#kernel = await getKernel();
      const response = await fetch(site.root + site.grammar.file);
      if (!response.ok) throw new Error(`${site.grammar.file}: ${response.status}`);
      /** @type {Grammar} */
      const grammar = await response.json();
      await this.#course.start({
        visible: site.shape[0] * site.shape[1],
        recipe: COURSE,
        racers: [...RACERS],
        params: null,
        noises: Object.values(site.noises),
        data: { kind: "drawn", seed: COURSE.seed, grammar },
        heldOut: null,
      });
    } catch (error) {
      this.#end("learn-failed", { reason: String(error) });
    }
  }

  /** @param {Snapshot} snapshot */
  #take({ racers, imagesSeen }) {
    const { say, frame } = this.#page;
    const now = performance.now();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.#kernel || (calm && now - this.#done.pictures < CALM)) return;
    this.#done.pictures = now;
    if (isDue(this.#done, "order", ORDER, now))
      sortByChange(
        racers.map(({ changes }) => changes),
        this.#order,
      );
    const since = now - this.#done.numbers;
    const telling = isDue(this.#done, "numbers", NUMBERS, now);
    for (const [at, { weights }] of racers.entries()) {
      this.#lanes[at].take(this.#kernel, weights, this.#order);
      if (telling) this.#lanes[at].count(weights, frame.side);
    }
    this.show(frame);
    if (!telling) return;
    const rate = this.#number((1000 * (imagesSeen - this.#seen)) / since);
    this.#seen = imagesSeen;
    write(this.#status, say("learn-seen", { images: this.#number(imagesSeen), rate }));
    if (isDue(this.#done, "words", WORDS, now)) this.#tell();
  }

  /** @param {Frame} frame */
  show(frame) {
    const { rules } = this.#page.site.walk;
    mapBack(frame.fed, frame.transform, frame.side, this.#given);
    if (frame.telling) findPieces(frame.fed, rules.piece, this.#pieces);
    for (const lane of this.#lanes) lane.show(frame, this.#given, this.#pieces, rules, this.#colours);
  }

  #label() {
    const key = this.#course.playing ? "learn-pause" : this.#under ? "learn-go-on" : "learn-again";
    write(this.#button, this.#page.say(key));
  }

  /**
   * @param {string} key
   * @param {Record<string, string>} values
   */
  #end(key, values) {
    this.#under = false;
    write(this.#status, this.#page.say(key, values));
    this.#label();
    this.#tell();
  }

  #tell() {
    this.#page.announce([this.#status.textContent, ...this.#lanes.map((lane) => lane.sentence())].join(" "));
  }

  /** @param {number} value */
  #number(value) {
    return Math.round(value).toLocaleString(this.#page.site.locale);
  }
}
