/** Sharing: the link, a picture, the code that shows the lab in another page. */

import { keptStrokes } from "page/address";
import { announce, find } from "page/dom";
import { savePicture } from "panels/saving";

/** @import { Page } from "panels/panels" */

/**
 * @param {Page} page
 * @param {string} what of "link", "picture" and "embed"
 * @param {string} link the address that restores what is shown
 */
export async function share(page, what, link) {
  if (what === "picture") return tell(page.say((await savePicture(page)) ? "saved" : "saved-bare"), false);
  if (what === "embed") await copy(page, embedOf(page.site.embed, link), "copied-embed");
  else await copy(page, link, "copied-link", describeLeftOut(page));
}

/**
 * @param {string} code with {src} and {title} in it: see export/site/embed.py
 * @param {string} link
 */
function embedOf(code, link) {
  const url = new URL(link);
  const place = ["page", "lang"].filter((key) => url.searchParams.has(key)); // which only the single file has
  url.search = `?${place.map((key) => `${key}=${url.searchParams.get(key)}&`).join("")}hide=header,hero,footer`;
  return code.replace("{src}", () => escaped(url.href)).replace("{title}", () => escaped(document.title));
}

/** @param {string} text @returns {string} the same within an attribute */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/**
 * @param {Page} page
 * @param {string} text
 * @param {string} done the message that says so
 * @param {string} [more] what else is to be said
 */
async function copy({ say }, text, done, more = "") {
  const field = find("shared", HTMLTextAreaElement);
  field.value = text;
  try {
    await navigator.clipboard.writeText(text);
    tell(`${say(done)} ${more}`.trim(), false);
  } catch {
    // Not every origin may write to the clipboard: then the text is there to be copied by hand.
    tell(`${say("copy-yourself")} ${more}`.trim(), true);
    field.select();
  }
}

/**
 * @param {Page} page
 * @returns {string} what a link leaves out of a long drawing; "" where it has all
 */
function describeLeftOut({ settings, frame, site, say }) {
  const { strokes } = frame.drawing;
  const kept = keptStrokes(settings, strokes, site.noises);
  if (kept === strokes) return "";
  return kept.length < strokes.length
    ? say("left-out", { left: strokes.length - kept.length, count: strokes.length })
    : say("coarser");
}

/**
 * Says beside the buttons, and to those who listen, what became of it.
 * @param {string} sentence
 * @param {boolean} byHand whether the text to copy is shown
 */
function tell(sentence, byHand) {
  find("shared", HTMLTextAreaElement).hidden = !byHand;
  find("shared-text", HTMLElement).textContent = sentence;
  announce(sentence);
}
