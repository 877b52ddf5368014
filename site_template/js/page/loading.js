/** What is said while weights come, and when they do not. */

import { WeightsError } from "network/fetch";
import { KernelError } from "network/kernel";
import { announce, find, modelLabel, write } from "page/dom";

/** @import { Say } from "page/site" */

export class Loading {
  #say;
  #box = find("loading", HTMLElement);
  #bar = find("loading-bar", HTMLProgressElement);
  #text = find("loading-text", HTMLElement);
  #failure = find("failure", HTMLElement);
  #failureText = find("failure-text", HTMLElement);
  #failed = "";

  /**
   * @param {Say} say
   * @param {(name: string) => void} retry
   */
  constructor(say, retry) {
    this.#say = say;
    find("retry", HTMLButtonElement).addEventListener("click", () => retry(this.#failed));
  }

  /**
   * @param {string} name
   * @param {number} received
   * @param {number} bytes as the manifest has it
   */
  progress(name, received, bytes) {
    this.#failure.hidden = true;
    this.#box.hidden = false;
    this.#bar.value = received / bytes;
    const values = { model: modelLabel(name), received: kilobytes(received), bytes: kilobytes(bytes) };
    write(this.#text, this.#say("loading", values));
  }

  ready() {
    this.#box.hidden = true;
    this.#failure.hidden = true;
  }

  /**
   * @param {string} name
   * @param {unknown} error
   * @param {string | null} current the model that goes on computing
   */
  failed(name, error, current) {
    this.#box.hidden = true;
    this.#failed = name;
    const sentences = [failure(name, error, this.#say)];
    if (current === name) sentences.push(this.#say("still-light"));
    else if (current) sentences.push(this.#say("still", { model: modelLabel(current) }));
    write(this.#failureText, sentences.join(" "));
    this.#failure.hidden = false;
    announce(sentences.join(" "));
  }
}

/**
 * @param {string} name of a model
 * @param {unknown} error
 * @param {Say} say
 * @returns {string} what did not come, and why
 */
export function failure(name, error, say) {
  return say("failed", { model: modelLabel(name), reason: explain(error, say) });
}

/**
 * @param {unknown} error
 * @param {Say} say
 * @returns {string} names the file, and says what was expected and what came
 */
export function explain(error, say) {
  if (!(error instanceof WeightsError || error instanceof KernelError)) return String(error);
  // Of a kernel that is none there is nothing to say but why it could not be used.
  const code = error instanceof KernelError && error.code === "format" ? "network" : error.code;
  return say(`fault-${code}`, { file: error.file, ...error.details });
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return Math.round(bytes / 1000);
}
