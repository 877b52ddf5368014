/** The recipe of a training: the twin of train/settings/recipe.py, and of the rate in train/learn/optimizer.py. */

/**
 * @typedef {object} Recipe
 * @property {number} hidden units
 * @property {number} batch images a step
 * @property {number} seed of the initial weight, the order of the images and the noise, 0 to 2^32 - 1
 * @property {number} learningRate Adam's, at the top of the schedule
 * @property {"cosine" | "constant"} schedule warm-up, then half a cosine down to 0; or the same rate throughout
 * @property {number} warmup share of all steps in which the rate rises from 0
 * @property {number} b1 Adam's decay of the mean gradient
 * @property {number} b2 Adam's decay of the mean squared gradient
 * @property {number} steps in all; in train/ these are whole epochs
 */

/**
 * The rate of a step: a linear warm-up, then half a cosine (Loshchilov and Hutter 2017), which ends at 0 and stays there.
 * @param {Recipe} recipe
 * @param {number} step counted from 0
 */
export function rateOf({ learningRate, schedule, warmup, steps }, step) {
  const all = Math.max(steps, 2);
  const share = roundHalfEven(warmup * steps);
  if (schedule === "constant") return warmup > 0 ? learningRate * Math.min(step / Math.max(share, 1), 1) : learningRate;
  const rise = Math.min(share, all - 1); // at least one step is left for the way down
  if (step < rise) return (learningRate * step) / rise;
  return (learningRate * (1 + Math.cos(Math.PI * Math.min((step - rise) / (all - rise), 1)))) / 2;
}

/**
 * As Python rounds.
 * @param {number} value
 */
function roundHalfEven(value) {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
