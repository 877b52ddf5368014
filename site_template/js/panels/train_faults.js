/** What to say where a training cannot begin, or not go on. */

import { ImagesError } from "draw/image_files";
import { TrainingError } from "learn/training";

/** @import { Say } from "page/site" */

/** By how much the rate should be lower where the loss has left all bounds. */
const LOWER = 4;

/**
 * @param {unknown} error
 * @param {Say} say
 * @returns {string}
 */
export function describeFault(error, say) {
  if (error instanceof ImagesError) {
    if (error.code === "none") return say("images-none");
    const { reason, ...values } = error.details;
    return say(`images-${error.code}`, { file: error.file, ...values });
  }
  if (error instanceof TrainingError && error.code === "loss") {
    const { step, rate } = error.details;
    const [had, lower] = [Number(rate), Number(rate) / LOWER].map((value) => String(Number(value.toPrecision(2))));
    return say("train-diverged", { step, rate: had, lower });
  }
  return say("learn-failed", { reason: error instanceof Error ? error.message : String(error) });
}
