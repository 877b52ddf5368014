/** The controls of noise and answer: they show the settings, and change them. */

import { announce, checkedValue, checkValue, find, write } from "dom";
import { NOISES } from "noise";
import { resolveNoise, TRAINED } from "state";

/** @import { Say, Site } from "site" */
/** @import { Settings } from "state" */

const SWITCHES = /** @type {const} */ (["fit", "difference", "repeat", "own", "noisy"]);
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
    find("again-row", HTMLElement).hidden = !NOISES[resolved.noise].draw;
    level.disabled = settings.noise === TRAINED;
    level.max = String(Math.max(resolved.noise === "gaussian" ? 2 : 1, resolved.level));
    level.value = String(resolved.level);
    const sentence = describe(resolved.noise, resolved.level, say);
    level.setAttribute("aria-valuetext", sentence);
    write(find("level-text", HTMLElement), sentence);
  };
  const drawAgain = () => {
    settings.seed = (settings.seed + 1) % SEEDS;
    changed("seed");
  };

  noises.addEventListener("change", () => {
    settings.noise = checkedValue(noises);
    settings.level = Math.min(settings.level, NOISES[settings.noise]?.maximum || 1);
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

/**
 * @param {string} noise
 * @param {number} level
 * @param {Say} say
 * @returns {string} as "50 %", or "variance 0.75, σ 0.87"
 */
export function describe(noise, level, say) {
  if (noise === "gaussian") return say("variance", { level: level.toFixed(2), sigma: Math.sqrt(level).toFixed(2) });
  if (noise === "none") return say("no-noise");
  return say("percent", { level: Math.round(100 * level) });
}
