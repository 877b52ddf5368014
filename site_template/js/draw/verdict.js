/**
 * What an answer did with the ink that a network was given, in a word. export/site/verdict.py is the same in Python, and
 * has the one table of rules, which comes in as data.
 */

/**
 * @typedef {object} Rule
 * @property {string} word
 * @property {[number, number | null]} added share of the ink given: from the first up to, not including, the second
 * @property {[number, number | null]} removed
 * @property {[number, number | null]} loose share of the ink given that is in pieces, the largest left out
 * @property {[number, number | null]} gone share of the loose ink that was in pieces that are gone
 */

/**
 * @typedef {object} Rules
 * @property {number} seen a change of less is none
 * @property {number} piece pixels with so much ink hang together
 * @property {number} left a piece with a smaller share of its ink left is gone
 * @property {string} blank the word where there is no ink
 * @property {Rule[]} rules the first that holds gives the word
 */

/**
 * Sums over the pixels; one is a pixel full of ink.
 * @typedef {object} Ink
 * @property {number} given
 * @property {number} added
 * @property {number} removed
 * @property {number} loose given in pieces, the largest left out
 * @property {number} gone of that, given in pieces that are gone
 * @property {number} x how far the added ink's centre of mass lies to the right of that of the given ink, in pixels
 * @property {number} y the same, downwards
 */

/**
 * @param {Float32Array} given side * side values, row-major; what is beyond [0, 1] counts as its ends
 * @param {Float32Array} answer
 * @param {Int32Array} pieces those of `given`, from `findPieces`
 * @param {Rules} rules
 * @returns {Ink}
 */
export function measure(given, answer, pieces, rules) {
  const side = Math.sqrt(given.length);
  const count = pieces.reduce((most, piece) => Math.max(most, piece), 0) + 1;
  const [before, after] = [0, 1].map(() => new Float64Array(count));
  const ink = { given: 0, added: 0, removed: 0, loose: 0, gone: 0, x: 0, y: 0 };
  const centre = { x: 0, y: 0, addedX: 0, addedY: 0 };
  for (let k = 0; k < given.length; k++) {
    const value = Math.min(Math.max(given[k], 0), 1);
    const change = Math.abs(answer[k] - value) < rules.seen ? 0 : answer[k] - value;
    const added = Math.max(change, 0);
    const x = k % side;
    const y = Math.floor(k / side);
    ink.given += value;
    ink.added += added;
    ink.removed += added - change;
    centre.x += value * x;
    centre.y += value * y;
    centre.addedX += added * x;
    centre.addedY += added * y;
    before[pieces[k]] += value;
    after[pieces[k]] += Math.min(answer[k], value);
  }
  before[0] = 0; // what hangs together with nothing
  const largest = before.indexOf(Math.max(...before));
  for (let piece = 1; piece < count; piece++) {
    if (piece === largest) continue;
    ink.loose += before[piece];
    if (after[piece] < rules.left * before[piece]) ink.gone += before[piece];
  }
  if (ink.given > 0 && ink.added > 0) {
    ink.x = centre.addedX / ink.added - centre.x / ink.given;
    ink.y = centre.addedY / ink.added - centre.y / ink.given;
  }
  return ink;
}

/**
 * @param {Ink} ink
 * @param {Rules} rules
 * @returns {string} the word of the first rule that holds
 */
export function verdict({ given, added, removed, loose, gone }, { rules, blank }) {
  if (given < 1) return blank;
  const holds = rules.find(
    (rule) =>
      within(added / given, rule.added) &&
      within(removed / given, rule.removed) &&
      within(loose / given, rule.loose) &&
      within(loose > 0 ? gone / loose : 0, rule.gone),
  );
  if (!holds) throw new RangeError("verdict: expected a last rule that always holds, got none");
  return holds.word;
}

/**
 * Numbers the pieces of ink that hang together, at edges or corners, from 1.
 * @param {Float32Array} given side * side values
 * @param {number} least ink of a pixel that is part of one
 * @param {Int32Array} pieces overwritten; 0 where there is no ink
 */
export function findPieces(given, least, pieces) {
  const side = Math.sqrt(given.length);
  pieces.fill(0);
  let count = 0;
  /** @type {number[]} */
  const left = [];
  /** @type {(k: number) => void} */
  const take = (k) => {
    pieces[k] = count;
    left.push(k);
  };
  for (let start = 0; start < given.length; start++) {
    if (given[start] < least || pieces[start] > 0) continue;
    count += 1;
    take(start);
    for (let k = left.pop(); k !== undefined; k = left.pop()) {
      const column = k % side;
      for (let row = Math.floor(k / side) - 1, last = row + 2; row <= last; row++) {
        for (let at = column - 1; at <= column + 1; at++) {
          const near = row * side + at;
          if (row < 0 || row >= side || at < 0 || at >= side) continue;
          if (pieces[near] === 0 && given[near] >= least) take(near);
        }
      }
    }
  }
}

/**
 * @param {number} share
 * @param {[number, number | null]} bounds
 */
function within(share, [low, high]) {
  return low <= share && (high === null || share < high);
}
