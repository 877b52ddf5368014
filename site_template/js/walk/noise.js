/** The noise that the visitor puts on the drawing, and how much of it. Each noise keeps its own level. */

import { checkedValue, checkValue, find, write } from "page/dom";
import { describe } from "page/words";
import { reseed } from "walk/stage";

/** @import { WalkPage } from "walk/chapters" */
/** @import { Stage, WalkSite } from "walk/stage" */

/**
 * @param {WalkPage} page
 * @returns {{show: () => void}} what must be called when the stage was set from elsewhere
 */
export function connectNoise({ site, say, announce, frame, journal, trail, tell }) {
  const group = find("noises", HTMLElement);
  const slider = find("level", HTMLInputElement);
  const text = find("level-text", HTMLElement);
  const shown = site.models.filter(({ name }) => site.walk.models.includes(name));
  const levels = new Map(shown.map((model) => [model.noise, model.level]));

  const show = () => {
    const { noise, level } = journal.stage;
    const facts = site.noises[noise];
    checkValue(group, noise);
    find("level-row", HTMLElement).hidden = !facts.draw;
    if (!facts.draw) return;
    levels.set(noise, level);
    slider.max = String(Math.max(facts.slider, level));
    slider.value = String(level);
    const sentence = describe(facts, level);
    slider.setAttribute("aria-valuetext", sentence);
    write(text, sentence);
  };
  group.addEventListener("change", () => {
    const noise = checkedValue(group);
    trail.set({ ...journal.stage, noise, level: levels.get(noise) ?? 0, model: "" });
    announce(say("noise", { noise: named(journal.stage, site) }));
  });
  slider.addEventListener("input", () => {
    journal.stage = { ...journal.stage, level: Number(slider.value) };
    frame.refresh();
    show();
  });
  slider.addEventListener("change", () => {
    trail.save();
    void tell();
  });
  find("again", HTMLButtonElement).addEventListener("click", () => trail.set(reseed(journal.stage)));
  return { show };
}

/**
 * @param {Pick<Stage, "noise" | "level">} stage
 * @param {WalkSite} site
 * @returns {string} the noise by its name, and how much of it
 */
export function named({ noise, level }, { noises }) {
  const facts = noises[noise];
  return facts.draw ? `${facts.words.name}, ${describe(facts, level)}` : facts.words.name;
}
