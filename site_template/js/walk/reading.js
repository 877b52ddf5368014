/**
 * Chapter 4, what it is good for: readers of the codes, and one of bare pixels, read the drawing as the pen moves. Readers
 * come when the chapter is nearly in view.
 */

import { fetchReader } from "network/reader";
import { complain, find, within, write } from "page/dom";
import { explain } from "page/loading";
import { fetchLater, fetchModels } from "page/site";
import { connectMisread } from "walk/misread";
import { connectTeaching } from "walk/teaching";

/** @import { ReaderEntry } from "network/model" */
/** @import { Reader } from "network/reader" */
/** @import { Frame, View } from "page/frame" */
/** @import { WalkPage } from "walk/chapters" */

/**
 * @typedef {object} Line
 * @property {string} name of the model, "" for bare pixels
 * @property {string} label in the visitor's language
 * @property {HTMLElement} word
 * @property {SVGRectElement[]} rects one for each class
 * @property {SVGTransform[]} scales of them: what is set in a frame is a number, no text
 * @property {number} marked the class that stands out, -1 for none
 * @property {Reader | null} reader
 */

/** @param {WalkPage} page */
export async function connectReading(page) {
  const box = find("readings", HTMLElement);
  connectMisread();
  await Promise.all([fetchLater(page.site), fetchModels(page.site)]);
  connectTeaching(page);
  const view = new ReadingView(page, box);
  page.frame.add(view);
  page.tellers.push(() => view.sentence());
  // Several may come at once, when it was moved out of view and back: the last one counts.
  new IntersectionObserver((entries) => view.see(entries[entries.length - 1].isIntersecting)).observe(box);
}

/** @implements {View} */
class ReadingView {
  visible = false;
  #page;
  #lines;
  #loading = false;

  /**
   * @param {WalkPage} page
   * @param {HTMLElement} box
   */
  constructor(page, box) {
    this.#page = page;
    this.#lines = [...box.querySelectorAll("figure")].map(makeLine);
  }

  /** @param {boolean} visible what did not come is asked for again whenever it comes into view */
  see(visible) {
    this.visible = visible;
    if (!visible) return;
    void this.#load();
    this.#page.frame.refresh();
  }

  async #load() {
    if (this.#loading) return;
    this.#loading = true;
    const { site, frame, say } = this.#page;
    for (const line of this.#lines) {
      if (line.reader) continue;
      try {
        line.reader = await fetchReader(this.#entry(line.name), site.root);
        frame.refresh();
      } catch (error) {
        complain(explain(error, say));
        write(line.word, say("answer-failed"));
      }
    }
    this.#loading = false;
  }

  /**
   * @param {string} name
   * @returns {ReaderEntry}
   */
  #entry(name) {
    const { site } = this.#page;
    const entry = name ? site.models.find((one) => one.name === name)?.reader : site.reader;
    if (!entry) throw new RangeError(`reader: expected one of the site's, got ${name}`);
    return entry;
  }

  /** @param {Frame} frame */
  show(frame) {
    for (const line of this.#lines) {
      const features = this.#features(line.name, frame);
      if (!line.reader || !features) continue;
      if (!frame.blank) line.reader.read(features);
      paint(line, frame.blank);
      if (frame.telling) write(line.word, this.#word(line.reader, frame.blank));
    }
  }

  /**
   * @param {string} name
   * @param {Frame} frame
   * @returns {Float32Array | null} what its reader reads: the answers, which come before in every frame, made the codes
   */
  #features(name, frame) {
    if (!name) return frame.fed;
    const model = this.#page.models.get(name);
    return model ? model.kernel.code(model.handle) : null;
  }

  /**
   * @param {Reader} reader
   * @param {boolean} blank
   */
  #word({ sure, best, shares }, blank) {
    const { say } = this.#page;
    if (blank) return say("word-blank");
    return sure ? say("reading-named", { label: best, percent: (100 * shares[best]).toFixed(0) }) : say("reading-none");
  }

  /** @returns {string} what each reads, while that can be seen */
  sentence() {
    if (!this.visible) return "";
    const { say } = this.#page;
    const told = this.#lines.map(({ label, word }) =>
      say("reading-told", { reader: label, word: word.textContent ?? "" }),
    );
    return told.join(" ");
  }
}

/**
 * Allocates nothing.
 * @param {Line} line
 * @param {boolean} blank
 */
function paint(line, blank) {
  const { reader, rects, scales } = line;
  if (!reader) return;
  for (let one = 0; one < scales.length; one++) scales[one].setScale(1, blank ? 0 : reader.shares[one]);
  const marked = reader.sure && !blank ? reader.best : -1;
  if (marked === line.marked) return;
  line.marked = marked;
  for (let one = 0; one < rects.length; one++) rects[one].classList.toggle("sure", one === marked);
}

/**
 * @param {HTMLElement} box
 * @returns {Line}
 */
function makeLine(box) {
  const rects = [...box.querySelectorAll("rect")];
  return {
    name: box.dataset.reader ?? "",
    label: within(box, ".reading-name", HTMLElement).textContent ?? "",
    word: within(box, ".reading-word", HTMLElement),
    rects,
    scales: rects.map(({ transform }) => transform.baseVal.getItem(0)),
    marked: rects.findIndex((rect) => rect.classList.contains("sure")),
    reader: null,
  };
}
