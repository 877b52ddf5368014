/** What the walk's race and the lab's panel share of showing networks that learn. */

/**
 * Whether it is time to do something again; then it counts as done now.
 * @template {string} What
 * @param {Record<What, number>} done when each was done last
 * @param {NoInfer<What>} what
 * @param {number} pause milliseconds between
 * @param {number} now
 */
export function isDue(done, what, pause, now) {
  if (now - done[what] < pause) return false;
  done[what] = now;
  return true;
}

/**
 * The units whose filters changed most, of all networks together, first: the same units of each.
 * @param {readonly Float32Array[]} changes of the filters of each network
 * @param {Int32Array} order overwritten
 */
export function sortByChange(changes, order) {
  const sums = changes[0].map((_, unit) => changes.reduce((sum, one) => sum + one[unit], 0));
  order.set([...sums.keys()].sort((a, b) => sums[b] - sums[a]));
}
