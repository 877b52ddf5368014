/** Chapters with a script of their own: it comes when the chapter is nearly in view; page/host says how one is written. */

/** @import { Host } from "page/host" */
/** @import { Answers } from "walk/answers" */
/** @import { Journal } from "walk/journal" */
/** @import { WalkSite } from "walk/stage" */
/** @import { Trail } from "walk/trail" */

/**
 * What everything on the walk may use.
 * @typedef {Host & {
 *   site: WalkSite,
 *   journal: Journal,
 *   trail: Trail,
 *   answers: Answers,
 *   tell: () => Promise<void>,
 *   tellers: (() => string)[],
 * }} WalkPage `tell` says what the answers to the drawing are, and then what each of `tellers` has to say of it
 */

/**
 * @param {WalkPage} page
 * @param {Readonly<Record<string, (page: WalkPage) => Promise<unknown>>>} connectors fetch a chapter's script and connect
 *   it, by the id of the chapter
 */
export function connectChapters(page, connectors) {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        void connectors[target.id](page);
      }
    },
    { rootMargin: "50%" },
  );
  for (const id of Object.keys(connectors)) {
    const chapter = document.getElementById(id); // a site may have nothing to tell in one
    if (chapter) near.observe(chapter);
  }
}
