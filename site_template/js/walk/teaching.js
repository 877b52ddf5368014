/**
 * Teach it yourself: the visitor draws signs of their own, a few times each, and readers of the four codes and of bare
 * pixels learn them at once. What is taught is a part of the stage, so that Undo, Back and links bring it back; what a link
 * has no room for goes into a file.
 */

import { fitTransform } from "draw/fit";
import { IDENTITY, renderStrokes } from "draw/pixels";
import { shorten } from "draw/shorten";
import { MOST_EXAMPLES, readSigns, SIGNS, writeSigns } from "draw/signs";
import { countRight, FewReader } from "learn/few";
import { buttonOf, find, within, write } from "page/dom";
import { saveFile } from "page/save_file";
import { isShort } from "walk/address";

/** @import { Example } from "draw/signs" */
/** @import { Shown } from "learn/few" */
/** @import { Weights } from "network/weights" */
/** @import { Frame, View } from "page/frame" */
/** @import { WalkPage } from "walk/chapters" */

/**
 * A reader's row of the table.
 * @typedef {object} Row
 * @property {string} name of the model, "" for bare pixels
 * @property {string} label in the visitor's language
 * @property {HTMLElement} word what it reads now
 * @property {HTMLElement[]} cells how many it reads rightly from one example of each sign, from two ...
 * @property {FewReader | null} reader
 * @property {Weights | undefined} weights with which it learned
 * @property {{right: number, asked: number}[]} counts of the cells
 */

/** Characters of an example: some forty points. */
const LONGEST = 160;
const LARGEST_FILE = 100_000;
const FORMAT = "dae-signs/1";

/** @param {WalkPage} page */
export function connectTeaching(page) {
  const { say, announce, drawing, journal, trail } = page;
  const signs = find("signs", HTMLElement);
  const view = new TeachingView(page, signs);
  /** @type {(taught: readonly Example[], sentence: string, strokes?: Example["strokes"]) => void} */
  const set = (taught, sentence, strokes) => {
    const { stage } = journal;
    trail.set({ ...stage, taught, ...(strokes && { strokes, tried: "", covered: false }) });
    announce(sentence);
    write(find("taught-told", HTMLElement), sentence);
  };
  /** @type {(sign: number) => void} */
  const teach = (sign) => {
    const { taught } = journal.stage;
    const count = taught.filter((one) => one.sign === sign).length;
    const letter = letterOf(sign);
    if (drawing.strokes.length === 0) return set(taught, say("teach-empty"));
    if (count === MOST_EXAMPLES) return set(taught, say("teach-full", { sign: letter, count }));
    const strokes = shorten(drawing.strokes, LONGEST);
    set([...taught, { sign, strokes }], say("teach-taken", { sign: letter, count: count + 1 }), []);
  };

  signs.addEventListener("click", (event) => {
    const button = buttonOf(event);
    if (button?.dataset.sign) return teach(Number(button.dataset.sign));
    const { taught } = journal.stage;
    const at = Number(button?.dataset.example ?? -1);
    if (taught[at])
      set(
        taught.filter((_, k) => k !== at),
        say("teach-removed", { sign: letterOf(taught[at].sign) }),
      );
  });
  find("empty-pad", HTMLButtonElement).addEventListener("click", () => {
    set(journal.stage.taught, say("cleared"), []);
    find("pad", HTMLElement).focus({ preventScroll: true }); // the button is gone
  });
  find("forget-signs", HTMLButtonElement).addEventListener("click", () => set([], say("teach-cleared")));
  find("save-signs", HTMLButtonElement).addEventListener("click", () => saveSigns(journal.stage.taught));
  const input = find("open-signs", HTMLInputElement);
  input.addEventListener("change", async () => {
    const [file] = input.files ?? [];
    input.value = ""; // the same file may be opened again
    if (!file) return;
    const examples = await openSigns(file);
    if (examples) set(examples, say("teach-opened", { file: file.name, count: examples.length }));
    else write(find("taught-told", HTMLElement), say("teach-not-opened", { file: file.name }));
  });
  page.frame.add(view);
  page.tellers.push(() => view.sentence());
  new IntersectionObserver((entries) => {
    view.visible = entries[entries.length - 1].isIntersecting;
    page.frame.refresh();
  }).observe(find("teaching", HTMLElement));
}

/** @implements {View} */
class TeachingView {
  visible = false;
  #page;
  #boxes;
  #table = find("taught", HTMLTableElement);
  #kept = find("taught-kept", HTMLElement);
  #begin = find("empty-pad", HTMLButtonElement);
  #rows;
  /** Of the examples that were learned from. @type {readonly Example[]} */
  #taught = [];
  /** The signs among them, in order. @type {number[]} */
  #signs = [];
  /** @type {Float32Array[]} pixels of each example, in the digit box */
  #pixels = [];

  /**
   * @param {WalkPage} page
   * @param {HTMLElement} signs
   */
  constructor(page, signs) {
    this.#page = page;
    this.#boxes = [...signs.querySelectorAll("ul")];
    this.#rows = [...this.#table.tBodies[0].rows].map(makeRow);
  }

  /** @param {Frame} frame */
  show(frame) {
    const { stage } = this.#page.journal;
    this.#begin.hidden = stage.tried === ""; // signs are not drawn over a try
    if (stage.taught !== this.#taught) this.#take(stage.taught);
    if (this.#signs.length < 2) return;
    for (const row of this.#rows) {
      const code = this.#code(row, frame);
      if (!code || !row.reader) continue;
      if (!frame.blank) row.reader.read(code);
      if (frame.telling) write(row.word, frame.blank ? "" : letterOf(this.#signs[row.reader.best]));
    }
    this.#tell();
  }

  /**
   * Other examples: their pictures, and their pixels as the models are fed them.
   * @param {readonly Example[]} taught
   */
  #take(taught) {
    const { frame, say, site } = this.#page;
    this.#taught = taught;
    this.#signs = [...new Set(taught.map(({ sign }) => sign))].sort();
    const scratch = new Float32Array(frame.side ** 2);
    this.#pixels = taught.map(({ strokes }) => {
      const pixels = new Float32Array(frame.side ** 2);
      const transform = site.walk.fit ? fitTransform(strokes, frame.side, scratch) : IDENTITY;
      renderStrokes(strokes, pixels, frame.side, transform);
      return pixels;
    });
    for (const [sign, box] of this.#boxes.entries()) {
      const own = [...taught.keys()].filter((at) => taught[at].sign === sign);
      box.replaceChildren(
        ...own.map((at, k) =>
          makePicture(taught[at], at, frame.side, say("teach-remove", { sign: letterOf(sign), number: k + 1 })),
        ),
      );
    }
    for (const row of this.#rows) row.reader = null;
    this.#table.hidden = this.#signs.length < 2;
    for (const id of ["save-signs", "forget-signs"]) find(id, HTMLButtonElement).disabled = taught.length === 0;
    const kept = taught.length > 0 ? say(isShort(taught) ? "teach-kept" : "teach-long") : "";
    write(this.#kept, kept);
  }

  /**
   * The code of what is fed, after the row's reader has learned where it has not.
   * @param {Row} row
   * @param {Frame} frame
   * @returns {Float32Array | null} null while the model's weights come
   */
  #code(row, { fed }) {
    const model = row.name ? this.#page.models.get(row.name) : null;
    if (row.name && !model) return null;
    if (!row.reader || row.weights !== model?.weights) {
      /** @type {(pixels: Float32Array) => Float32Array} */
      const encode = (pixels) => {
        if (!model) return pixels;
        model.kernel.encode(model.handle, pixels);
        return model.kernel.code(model.handle);
      };
      const shown = this.#taught.map(({ sign }, k) => ({
        code: encode(this.#pixels[k]).slice(),
        sign: this.#signs.indexOf(sign),
      }));
      encode(fed); // the answers made it, and who comes after this view expects it
      learn(row, shown, this.#signs.length);
      row.weights = model?.weights;
    }
    return model ? model.kernel.code(model.handle) : fed;
  }

  /** Says which network's code learned from fewest, once all have learned. */
  #tell() {
    if (!this.#rows.every(({ reader }) => reader)) return;
    const { say } = this.#page;
    const best = findBest(this.#rows);
    const alike = best.rows.length === this.#rows.length;
    for (const row of this.#rows) row.word.parentElement?.classList.toggle("best", !alike && best.rows.includes(row));
    const { each, right, asked } = best;
    const values = { each, right, asked, model: best.rows.map(({ label }) => label).join(say("teach-and")) };
    const sentence = each === 0 ? "teach-more" : alike ? "teach-alike" : "teach-best";
    write(find("taught-best", HTMLElement), say(sentence, values));
  }

  /** @returns {string} what each reads, while that can be seen */
  sentence() {
    if (!this.visible || this.#signs.length < 2) return "";
    const told = this.#rows.map(({ label, word }) =>
      this.#page.say("reading-told", { reader: label, word: word.textContent ?? "" }),
    );
    return told.join(" ");
  }
}

/**
 * @param {Row} row
 * @param {readonly Shown[]} shown
 * @param {number} count of signs
 */
function learn(row, shown, count) {
  row.reader = new FewReader(shown, count);
  const fewest = Math.min(
    ...Array.from({ length: count }, (_, one) => shown.filter(({ sign }) => sign === one).length),
  );
  row.counts = row.cells.slice(0, fewest - 1).map((_, k) => countRight(shown, count, k + 1));
  for (const [k, cell] of row.cells.entries()) {
    const counted = row.counts[k];
    write(cell, counted ? `${counted.right}/${counted.asked}` : "–");
  }
}

/**
 * The rows that read most of the others rightly from the fewest examples: those which are best from one of each, and among
 * them from two, and so on, until one is left.
 * @param {readonly Row[]} rows which were asked the same
 * @returns {{rows: Row[], each: number, right: number, asked: number}} from how many of each that could last be told
 */
function findBest(rows) {
  let best = [...rows];
  let each = 0;
  for (const k of rows[0].counts.keys()) {
    if (best.length === 1) break;
    each = k + 1;
    const most = Math.max(...best.map(({ counts }) => counts[k].right));
    best = best.filter(({ counts }) => counts[k].right === most);
  }
  const { right, asked } = best[0].counts[each - 1] ?? { right: 0, asked: 0 };
  return { rows: best, each, right, asked };
}

/** @param {readonly Example[]} taught */
function saveSigns(taught) {
  const text = JSON.stringify({ format: FORMAT, signs: writeSigns(taught) });
  saveFile(new Blob([text], { type: "application/json" }), "signs.json");
}

/**
 * @param {File} file
 * @returns {Promise<Example[] | null>} null where it is not what `saveSigns` saves
 */
async function openSigns(file) {
  if (file.size > LARGEST_FILE) return null;
  try {
    const { format, signs } = JSON.parse(await file.text());
    const { examples, whole } = readSigns(String(signs));
    return format === FORMAT && whole && examples.length > 0 ? examples : null;
  } catch {
    return null; // no JSON, or null
  }
}

/** @param {number} sign */
function letterOf(sign) {
  return SIGNS[sign].toUpperCase();
}

/**
 * @param {Example} example
 * @param {number} at its place among all
 * @param {number} side in pixels
 * @param {string} label of the button that takes it away
 */
function makePicture({ strokes }, at, side, label) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", `0 0 ${side} ${side}`);
  picture.setAttribute("aria-hidden", "true");
  for (const { tool, points, count } of strokes) {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    const places = Array.from({ length: count }, (_, k) => `${points[2 * k]},${points[2 * k + 1]}`);
    line.setAttribute("points", (count === 1 ? [...places, ...places] : places).join(" "));
    line.setAttribute("class", tool);
    picture.append(line);
  }
  const button = document.createElement("button");
  button.dataset.example = String(at);
  button.setAttribute("aria-label", label);
  button.append(picture);
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/**
 * @param {HTMLTableRowElement} row
 * @returns {Row}
 */
function makeRow(row) {
  return {
    name: row.dataset.reader ?? "",
    label: within(row, "th", HTMLElement).textContent ?? "",
    word: row.cells[1],
    cells: [...row.cells].slice(2),
    reader: null,
    weights: undefined,
    counts: [],
  };
}
