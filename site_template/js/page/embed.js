/** The page inside another one: it says how high it is, so that the embed need not scroll. */

/** Posts `{daeHeight: CSS pixels}` to the page around this one, now and whenever it changes; nothing where there is none. */
export function tellHeight() {
  if (parent === window) return;
  const root = document.documentElement;
  root.classList.add("embedded");
  new ResizeObserver(() => parent.postMessage({ daeHeight: Math.ceil(root.offsetHeight) }, "*")).observe(root);
}
