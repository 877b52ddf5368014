/**
 * An address's hash as parameters. What passes links on may cut them, write "&amp;" for "&", or take a mark that stands after
 * a link for a part of it: what can be read is read, and it is told whether that is all.
 */

/** No value ends so but a name: full stops, brackets and quotes of any script, and what cannot be seen. */
const MARKS = /[^\w-]+$/;
const NUMBERS = ["chapter", "level", "seed", "unit"];

/**
 * @param {string} hash with or without its "#"
 * @param {Readonly<Record<string, readonly string[]>>} known values by key, where they are names
 * @returns {{parameters: URLSearchParams, whole: boolean}} false where it can be seen that the link is not what it was
 */
export function parseHash(hash, known) {
  const text = hash.replace(/^#/, "").replaceAll("&amp;", "&");
  const parameters = new URLSearchParams(text);
  if (!text.includes("=")) return { parameters, whole: true }; // it leads to a place on the page
  const last = [...parameters.keys()].at(-1) ?? "";
  const end = parameters.get(last) ?? "";
  if (!known[last]?.includes(end)) parameters.set(last, end.replace(MARKS, ""));
  const whole = parameters.get(last) === end && !text.endsWith("&");
  return { parameters, whole: whole && [...parameters].every(([key, value]) => isPlausible(key, value, known[key])) };
}

/**
 * @param {string} key
 * @param {string} value
 * @param {readonly string[] | undefined} names
 */
function isPlausible(key, value, names) {
  if (names) return names.includes(value);
  if (NUMBERS.includes(key) && !Number.isFinite(Number(value))) return false;
  return value !== "" || key === "draw"; // an empty pad is written as nothing
}
