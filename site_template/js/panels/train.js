/**
 * The panel in which networks are trained: one, or two or three side by side, from the same initial weight and with the same
 * images, each under the noise that the visitor gives it, also while it runs.
 */

import { Course } from "page/course";
import { find, write } from "page/dom";
import { isDue, sortByChange } from "page/learning";
import { describe } from "page/words";
import { TrainCurve } from "panels/train_curve";
import { openData } from "panels/train_data";
import { makeFacts } from "panels/train_facts";
import { describeFault } from "panels/train_faults";
import { TrainLane } from "panels/train_lane";
import { TrainOwn } from "panels/train_own";
import { TrainSettings } from "panels/train_settings";
import { renderTries } from "panels/train_tries";

/** @import { Recipe } from "learn/recipe" */
/** @import { Snapshot } from "learn/training" */
/** @import { Kernel } from "network/engine" */
/** @import { Frame, View } from "page/frame" */
/** @import { Page, Panel } from "panels/panels" */
/** @import { Source } from "panels/train_data" */
/** @import { Racer } from "panels/train_settings" */

/** Images between two measures of the loss on those that are not learned. */
const EVERY = 2000;
/** Milliseconds between pictures where motion disturbs, numbers, orders of the filters, and words to those who listen. */
const CALM = 1000;
const NUMBERS = 1000;
const ORDER = 2000;
const WORDS = 15_000;

/** @param {Page} page @returns {Panel} */
export function createTrain(page) {
  const train = new Train(page);
  page.frame.add(train);
  return train;
}

/**
 * @typedef {object} Run
 * @property {Recipe} recipe
 * @property {Racer[]} racers as they are now
 * @property {number[]} rows of the settings, in which they are
 * @property {{images: number, noise: string, level: number}[][]} noises of each racer all that it learned, from when on
 * @property {Source} source
 */

/** @implements {View} */
class Train {
  visible = false;
  #page;
  #settings;
  #course;
  #text = find("train-text", HTMLElement);
  #lanesBox = find("train-lanes", HTMLElement);
  #play = find("train-play", HTMLButtonElement);
  #given;
  /** @type {TrainLane[]} */
  #lanes = [];
  /** @type {TrainCurve | null} */
  #curve = null;
  /** @type {Kernel | null} */
  #kernel = null;
  /** What is under way. @type {Run | null} */
  #run = null;
  /** What is shown: that, or what was under way before. @type {Run | null} */
  #last = null;
  #own;
  /** That each has seen, when it was last shown. */
  #images = 0;
  #order = new Int32Array(0);
  #seen = 0;
  /** When each was last done. */
  #done = { pictures: 0, numbers: 0, order: 0, words: 0 };
  #starting = false;

  /** @param {Page} page */
  constructor(page) {
    const { site } = page;
    this.#page = page;
    this.#given = renderTries(site.tries, page.frame.side, page.say);
    this.#own = new TrainOwn(page, (sentence) => write(this.#text, sentence));
    this.#settings = new TrainSettings(site, {
      noise: (row, { noise, level }) => {
        const racer = this.#run?.rows.indexOf(row) ?? -1;
        if (!this.#run || racer < 0) return;
        this.#run.racers[racer] = { noise, level };
        this.#run.noises[racer].push({ images: this.#images, noise, level });
        this.#course.setNoise(racer, noise, level);
        this.#curve?.forget();
        this.#name();
      },
      rate: (rate) => this.#course.setRate(rate),
    });
    this.#course = new Course(site, find("train", HTMLElement), {
      snapshot: (snapshot) => this.#take(snapshot),
      ended: () => this.#end(page.say("train-limit", { images: this.#number(this.#settings.limit) })),
      failed: (error) => this.#end(describeFault(error, page.say)),
      changed: () => this.#label(),
    });
    this.#play.addEventListener("click", () => {
      if (this.#course.playing) this.#course.pause();
      else if (this.#run) this.#course.play();
      else void this.#start(true);
    });
    find("train-step", HTMLButtonElement).addEventListener("click", () => {
      if (this.#run) this.#course.step();
      else void this.#start(false);
    });
    find("train-restart", HTMLButtonElement).addEventListener("click", () => void this.#start(true));
    const unseen = find("train-unseen", HTMLInputElement);
    unseen.addEventListener("change", () => {
      this.#course.unseen = unseen.checked;
      this.#course.attend();
    });
  }

  /** @param {boolean} open */
  toggle(open) {
    this.visible = open;
    if (!open && this.#course.playing) this.#course.pause();
  }

  changed() {
    if (this.visible) this.show(this.#page.frame);
  }

  /** @param {boolean} play whether it goes on after one step */
  async #start(play) {
    if (this.#starting) return;
    const { site, say, getKernel, announce, palette, frame } = this.#page;
    const { recipe, racers, rows, limit } = this.#settings.read();
    this.#starting = true;
    write(this.#text, say("train-starting"));
    announce(say("train-starting"));
    try {
      const source = await openData(this.#settings.data, site, recipe.seed, this.#settings.files);
      this.#kernel = await getKernel();
      for (const lane of this.#lanes) lane.end();
      this.#lanes = racers.map(
        (_, racer) =>
          new TrainLane(racer, frame.side, palette, this.#given, say, (what) => void this.#offer(racer, what)),
      );
      this.#lanesBox.replaceChildren(...this.#lanes.map(({ box }) => box));
      this.#curve = new TrainCurve(say, racers.length, limit);
      this.#order = new Int32Array(recipe.hidden);
      this.#done = { pictures: 0, numbers: 0, order: 0, words: performance.now() };
      this.#seen = 0;
      const noises = racers.map((racer) => [{ images: 0, ...racer }]);
      this.#run = { recipe, racers, rows, noises, source };
      this.#last = this.#run;
      find("train-shown", HTMLElement).hidden = false;
      this.#name();
      await this.#course.start({
        visible: frame.side ** 2,
        recipe,
        racers,
        params: null,
        noises: Object.values(site.noises),
        data: source.data,
        heldOut: { images: source.heldOut, every: EVERY },
      });
      if (!play && this.#run) this.#course.step();
    } catch (error) {
      this.#end(describeFault(error, say));
    } finally {
      this.#starting = false;
    }
  }

  /** @param {Snapshot} snapshot */
  #take({ racers, imagesSeen }) {
    const now = performance.now();
    const calm = this.#course.playing && matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.#kernel || !this.#curve || !this.#run || (calm && now - this.#done.pictures < CALM)) return;
    this.#done.pictures = now;
    this.#images = imagesSeen;
    if (isDue(this.#done, "order", ORDER, now))
      sortByChange(
        racers.map(({ changes }) => changes),
        this.#order,
      );
    const falls = this.#curve.add(racers);
    const since = now - this.#done.numbers;
    const telling = isDue(this.#done, "numbers", NUMBERS, now) || !this.#course.playing;
    for (const [at, { weights, heldOutLoss }] of racers.entries()) {
      this.#lanes[at].take(this.#kernel, weights, this.#order);
      if (telling) this.#lanes[at].count(heldOutLoss);
    }
    this.show(this.#page.frame);
    if (telling) {
      const rate = this.#course.playing ? (1000 * (imagesSeen - this.#seen)) / since : 0;
      this.#seen = imagesSeen;
      this.#tell(imagesSeen, rate, now);
    }
    if (!falls && this.#course.playing) this.#end(this.#page.say("train-level", { images: this.#number(imagesSeen) }));
  }

  /**
   * @param {number} images
   * @param {number} rate
   * @param {number} now
   */
  #tell(images, rate, now) {
    const { say } = this.#page;
    const limit = this.#number(this.#settings.limit);
    this.#curve?.show();
    write(this.#text, say("train-seen", { images: this.#number(images), limit, rate: this.#number(rate) }));
    if (this.#course.playing && isDue(this.#done, "words", WORDS, now)) this.#speak();
  }

  /** @param {Frame} frame */
  show(frame) {
    for (const lane of this.#lanes) lane.show(frame);
  }

  #name() {
    const { noises } = this.#page.site;
    for (const [at, { noise, level }] of (this.#run?.racers ?? []).entries()) {
      const { words, draw } = noises[noise];
      this.#lanes[at].name(draw ? `${words.name}, ${describe(noises[noise], level)}` : words.name);
    }
  }

  #label() {
    const { say } = this.#page;
    write(this.#play, say(this.#course.playing ? "learn-pause" : this.#run ? "learn-go-on" : "train-play"));
  }

  /** @param {string} sentence why it is over */
  #end(sentence) {
    this.#course.stop();
    this.#run = null;
    write(this.#text, sentence);
    this.#label();
    this.#speak();
  }

  #speak() {
    this.#page.announce([this.#text.textContent, ...this.#lanes.map((lane) => lane.sentence())].join(" "));
  }

  /**
   * A network is kept beside the site's models, or saved, as it is now.
   * @param {number} racer
   * @param {"keep" | "save"} what
   */
  async #offer(racer, what) {
    const { weights } = this.#lanes[racer];
    const run = this.#last;
    if (!weights || !run) return;
    // A copy of this moment: the buffer is another's soon.
    const { weight, hiddenBias, visibleBias } = weights;
    const now = {
      ...weights,
      weight: weight.slice(),
      hiddenBias: hiddenBias.slice(),
      visibleBias: visibleBias.slice(),
    };
    const { recipe, racers, noises, source } = run;
    const facts = await makeFacts(recipe, racers[racer], noises[racer], source.dataset, this.#images);
    if (what === "keep") await this.#own.keep(now, facts);
    else this.#own.save(now, facts);
  }

  /** @param {number} value */
  #number(value) {
    return Math.round(value).toLocaleString(this.#page.site.locale);
  }
}
