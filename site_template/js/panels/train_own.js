/** Models of the visitor's own: kept, saved as files, opened from files, forgotten. */

import { parseExternal } from "network/external";
import { WeightsError } from "network/fetch";
import { formatWeights } from "network/format";
import { find } from "page/dom";
import { writeEntry } from "page/history";
import { saveFile } from "page/save_file";

/** @import { Weights } from "network/weights" */
/** @import { Page } from "panels/panels" */

/** Bytes of a file that is opened: no tied autoencoder of such small images has more. */
const LARGEST = 1 << 28;

export class TrainOwn {
  #page;
  #tell;
  #clear = find("train-clear", HTMLButtonElement);

  /**
   * @param {Page} page
   * @param {(sentence: string) => void} tell
   */
  constructor(page, tell) {
    this.#page = page;
    this.#tell = (/** @type {string} */ sentence) => {
      tell(sentence);
      page.announce(sentence);
    };
    const input = find("train-open", HTMLInputElement);
    input.addEventListener("change", async () => {
      for (const file of [...(input.files ?? [])]) await this.#open(file);
      input.value = "";
    });
    this.#clear.hidden = !page.site.models.some(({ file }) => file === "");
    this.#clear.addEventListener("click", () => void this.#forget());
  }

  /**
   * @param {Weights} weights
   * @param {Record<string, string>} facts
   */
  async keep(weights, facts) {
    const kept = await this.#page.kept();
    const { name, stored } = await kept.take(weights, facts);
    this.#clear.hidden = false;
    this.#page.choose(name);
    this.#tell(this.#page.say(stored ? "kept" : "kept-for-now", { name }));
  }

  /**
   * @param {Weights} weights
   * @param {Record<string, string>} facts
   */
  save(weights, facts) {
    const name = `${facts.noise}-${facts.level}.safetensors`;
    saveFile(new Blob([formatWeights(weights, facts)]), name);
    this.#tell(this.#page.say("train-saved", { file: name }));
  }

  /** @param {File} file */
  async #open(file) {
    const { site, say, frame } = this.#page;
    try {
      if (file.size > LARGEST)
        throw new WeightsError("length", file.name, { expected: `at most ${LARGEST}`, got: file.size });
      const weights = parseExternal(await file.arrayBuffer(), file.name);
      const [expected, got] = [frame.side ** 2, weights.visible];
      if (got !== expected) throw new WeightsError("format", file.name, { part: "weight", expected, got });
      const { noise = "", level = "" } = weights.metadata;
      const facts = Object.hasOwn(site.noises, noise) ? site.noises[noise] : site.noises.none;
      const within = Number(level) >= facts.minimum && Number(level) <= facts.maximum;
      const said =
        within && level.trim() ? { noise: facts.kind, level: String(Number(level)) } : { noise: "none", level: "0" };
      await this.keep(weights, { dataset: "unknown", ...weights.metadata, ...said });
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
      const { part = "", expected = "", got = "" } = error.details;
      this.#tell(say("train-not-opened", { file: error.file, part, expected, got }));
    }
  }

  /** The page is opened anew without them. */
  async #forget() {
    await (await this.#page.kept()).clear();
    const hash = new URLSearchParams(location.hash.slice(1));
    hash.delete("model");
    writeEntry("replaceState", null, `#${hash}`);
    location.reload();
  }
}
