/** The steps of the text: each sets the stage, and never moves the page. */

import { buttonOf, find } from "page/dom";
import { named } from "walk/noise";

/** @import { WalkPage } from "walk/chapters" */

/** @param {WalkPage} page */
export function connectSteps({ site, say, announce, journal, trail, tell }) {
  find("chapters", HTMLElement).addEventListener("click", (event) => {
    const button = buttonOf(event);
    if (!button?.matches(".step")) return;
    const { stage } = journal;
    const { noise = stage.noise, level = "0", answer: model = "", chapter = "1" } = button.dataset;
    trail.step({ ...stage, covered: false, noise, level: Number(level), model, chapter: Number(chapter) });
    announce(say("noise", { noise: named(journal.stage, site) }));
    void tell();
  });
}
