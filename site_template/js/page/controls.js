/** The controls of noise and answer: they show the settings, and change them. */

import { announce, checkedValue, checkValue, find, write } from "page/dom";
import { resolveNoise, TRAINED, USUAL_LEVEL } from "page/state";
import { describe } from "page/words";

/** @import { Say, Site } from "page/site" */
/** @import { Settings } from "page/state" */

const SWITCHES = /** @type {const} */ ([
  ...["fit", "difference", "repeat", "own", "read", "noisy", "sampled", "clamped", "mean"],
]);
/** Times a second that new noise is drawn, where it is drawn again and again. */
const REPEATS = 4;
const SEEDS = 2 ** 32;

/**
 * @param {Settings} settings
 * @param {Site} site
 * @param {Say} say
 * @param {(key: keyof Settings) => void} changed a visitor has changed one of the settings
 * @returns {{show: () => void}} what must be called when the settings were changed from elsewhere
 */
export function connectControls(settings, site, say, changed) {
  const noises = find("noises", HTMLElement);
  const level = find("level", HTMLInputElement);
  const again = find("again", HTMLButtonElement);
  const switches = SWITCHES.map((name) => ({ name, input: find(name, HTMLInputElement) }));
  const model = find("model", HTMLSelectElement);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** What each noise was set to last: 1.6 is a usual variance, and hides all where it is a share. @type {Map<string, number>} */
  const levels = new Map();

  const show = () => {
    checkValue(noises, settings.noise);
    model.value = settings.model;
    for (const { name, input } of switches) input.checked = settings[name];
    find("level-row", HTMLElement).hidden = settings.noise === "none";
    find("difference-legend", HTMLElement).hidden = !settings.difference;
    find("difference-name", HTMLElement).hidden = !settings.difference;
    find("answer-name", HTMLElement).hidden = settings.difference;
    showLevel();
  };
  const showLevel = () => {
    const entry = site.models.find(({ name }) => name === settings.model) ?? site.models[0];
    const resolved = resolveNoise(settings, entry);
    const noise = site.noises[resolved.noise];
    levels.set(settings.noise, settings.level);
    find("again-row", HTMLElement).hidden = !noise.draw;
    level.disabled = settings.noise === TRAINED;
    level.max = String(Math.max(noise.slider, resolved.level));
    level.value = String(resolved.level);
    const sentence = describe(noise, resolved.level);
    level.setAttribute("aria-valuetext", sentence);
    write(find("level-text", HTMLElement), sentence);
  };
  const drawAgain = () => {
    settings.seed = (settings.seed + 1) % SEEDS;
    changed("seed");
  };

  noises.addEventListener("change", () => {
    settings.noise = checkedValue(noises);
    const { maximum } = site.noises[settings.noise] ?? { maximum: 1 };
    settings.level = levels.get(settings.noise) ?? Math.min(USUAL_LEVEL, maximum);
    show();
    announce(say("noise", { noise: find("level-text", HTMLElement).textContent ?? "" }));
    changed("noise");
  });
  level.addEventListener("input", () => {
    settings.level = Number(level.value);
    showLevel();
    changed("level");
  });
  again.addEventListener("click", drawAgain);
  for (const { name, input } of switches) {
    input.addEventListener("change", () => {
      settings[name] = input.checked;
      show();
      changed(name);
    });
  }
  model.addEventListener("change", () => {
    settings.model = model.value;
    showLevel();
    changed("model");
  });
  const repeat = find("repeat", HTMLInputElement);
  const showMotion = () => {
    repeat.disabled = still.matches;
  };
  still.addEventListener("change", showMotion);
  showMotion();
  setInterval(() => {
    if (settings.repeat && settings.noise !== "none" && !still.matches && !document.hidden) drawAgain();
  }, 1000 / REPEATS);
  return { show };
}
