/**
 * What came wrong is asked for anew where it comes from: the browser's own copy, which may be as wrong for as long as it is
 * kept, is passed over.
 */

/** @type {Set<string>} */
const wrong = new Set();

/** @param {string | URL} url of a file that came and is not what it should be */
export function distrust(url) {
  wrong.add(String(url));
}

/**
 * @param {string | URL} url
 * @param {RequestInit} [options]
 */
export function fetchAgain(url, options = {}) {
  return fetch(url, wrong.delete(String(url)) ? { ...options, cache: "reload" } : options);
}
