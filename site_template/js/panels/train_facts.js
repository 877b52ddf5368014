/** What is known of a network that was trained in the page, as the metadata of a weights file. */

/** @import { Recipe } from "learn/recipe" */
/** @import { Racer } from "panels/train_settings" */

const UNKNOWN = "unknown";

/**
 * @param {Recipe} recipe
 * @param {Racer} racer the noise that it learned last
 * @param {readonly {images: number, noise: string, level: number}[]} noises all that it learned, from how many images on
 * @param {string} dataset
 * @param {number} images that it has seen
 * @returns {Promise<Record<string, string>>} no loss on test images, which nobody measured
 */
export async function makeFacts(recipe, { noise, level }, noises, dataset, images) {
  const { hidden, seed, batch, learningRate, schedule, warmup, b1, b2, steps } = recipe;
  const written = { batch, learning_rate: learningRate, schedule, warmup, b1, b2, steps };
  const facts = Object.fromEntries(Object.entries(written).map(([key, value]) => [key, String(value)]));
  const course = noises.length > 1 ? { noises: JSON.stringify(noises) } : {};
  return {
    ...facts,
    ...course,
    noise,
    level: String(level),
    dataset,
    epochs: UNKNOWN,
    seed: String(seed),
    images_seen: String(images),
    recipe: await fingerprint({ ...written, hidden, seed, noises, dataset, images }),
    test_loss: UNKNOWN,
  };
}

/**
 * @param {Record<string, unknown>} deciding all that decides the numbers
 * @returns {Promise<string>} 16 hexadecimal digits; only secure origins can tell
 */
async function fingerprint(deciding) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return UNKNOWN;
  const digest = await subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(deciding)));
  return Array.from(new Uint8Array(digest, 0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
