/**
 * The lab's address, which sets the page up when it is opened and whenever a link is followed, and keeps what is set and
 * drawn. `state` reads the settings in it and `address` writes them.
 */

import { replaceStrokes } from "draw/drawing";
import { complain } from "page/dom";
import { keepStrokes, writeEntry } from "page/history";
import { readHash } from "page/state";

/** @import { Drawing } from "draw/drawing" */
/** @import { Journal } from "page/journal" */
/** @import { Say, Site } from "page/site" */
/** @import { Settings } from "page/state" */

/** Milliseconds until the address is written; browsers refuse more than a few writes a second. */
const CALM = 350;

/** @param {string} text what an address has of the drawing */
export async function readDrawing(text) {
  return text ? (await import("draw/encoding")).readStrokes(text) : { strokes: [], whole: true };
}

/**
 * What is set up.
 * @typedef {object} Target
 * @property {Site} site
 * @property {Say} say
 * @property {Settings} settings
 * @property {Drawing} drawing
 * @property {Journal} journal
 * @property {string} fallback the model where an address names none
 */

/**
 * What must be called when a link has set the page up.
 * @typedef {object} Shown
 * @property {(keep: boolean) => void} settings they are others; panels that are unfolded fold, or stay so
 * @property {() => void} drawing it is another, too
 */

/**
 * @param {Target} target
 * @param {Shown} shown
 * @returns {{changed: () => void, write: () => Promise<string>}} the address is to be written soon; at once, which gives its
 *   hash, whether or not the browser took it
 */
export function connectAddress({ site, say, settings, drawing, journal, fallback }, shown) {
  /** @type {number | undefined} */
  let writing;
  const changed = () => {
    writing ??= window.setTimeout(write, CALM);
  };
  const write = async () => {
    clearTimeout(writing);
    writing = undefined;
    try {
      const { writeHash } = await import("page/address"); // it comes when there is something to write
      const hash = writeHash(settings, drawing.strokes, site.noises);
      writeEntry("replaceState", null, hash);
      return hash;
    } catch (error) {
      keepStrokes(drawing.strokes);
      throw error;
    }
  };

  let restored = "";
  /** @type {(hash: string, keep: boolean) => Promise<void>} */
  const restore = async (hash, keep) => {
    restored = hash;
    const next = readHash(hash, site, fallback);
    const before = journal.snapshot();
    // The settings at once: what the visitor does until the drawing has come is done after the link, and stays.
    Object.assign(settings, next.settings);
    shown.settings(keep);
    const drawn = await readDrawing(next.draw);
    if (restored !== hash) return; // another link was followed meanwhile
    journal.join(drawing.strokes, drawn.strokes, before);
    replaceStrokes(drawing, drawn.strokes);
    shown.drawing();
    if (!next.whole || !drawn.whole) complain(say("bad-link"));
  };
  listenToLinks(restore, write);
  return { changed, write };
}

/**
 * @param {(hash: string, keep: boolean) => Promise<void>} restore
 * @param {() => Promise<string>} write
 */
function listenToLinks(restore, write) {
  addEventListener("hashchange", ({ newURL }) => {
    const { hash } = new URL(newURL); // location's may have been written over since
    if (hash.includes("=")) void restore(hash, false); // others lead to a place on the page
  });
  // A link beside the pad sets the page up, without an entry in the history; one to another language takes along what is
  // shown.
  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link?.matches("[data-keep]")) link.hash = location.hash; // for another tab, too
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const hash = link.getAttribute("href") ?? "";
    if (hash.startsWith("#model=")) {
      event.preventDefault();
      void restore(hash, true);
    } else if (link.matches("[data-keep]")) {
      event.preventDefault();
      link.hash = await write();
      link.search ||= location.search;
      location.assign(link.href);
    }
  });
}
