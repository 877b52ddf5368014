/** The tries, and the guess that goes before their answers. */

import { buttonOf, find, write } from "page/dom";
import { stageOf } from "walk/stage";

/** @import { Try } from "walk/stage" */
/** @import { WalkPage } from "walk/chapters" */

/**
 * @param {WalkPage} page
 * @returns {{show: () => void}} what must be called when the stage was set from elsewhere
 */
export function connectTries({ site, say, announce, journal, trail, answers }) {
  const { tries } = site.walk;
  const buttons = [...find("tries", HTMLElement).querySelectorAll("button")];
  const box = find("guess", HTMLElement);
  const question = find("question", HTMLElement);
  const told = find("told", HTMLElement);
  const seen = new Set([tries[0].name]);
  /** @type {(name: string) => Try | undefined} */
  const of = (name) => tries.find((one) => one.name === name);

  const show = () => {
    const { tried, covered } = journal.stage;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === tried));
    box.hidden = !covered;
    if (covered) write(question, say(`ask-${tried}`));
    if (covered) write(told, "");
    told.hidden = covered || !told.textContent || told.dataset.of !== tried;
    find("legend", HTMLElement).hidden = covered || !told.hidden;
  };
  /** @type {(model: string) => void} */
  const reveal = (model) => {
    const one = of(journal.stage.tried);
    if (!one) return;
    seen.add(one.name);
    if (model) {
      const [right] = one.right;
      const hit = one.right.includes(model);
      const values = { model: answers.tile(model).label, word: say(`word-${one.words[model]}`) };
      const other = { other: answers.tile(right).label, right: say(`word-${one.words[right]}`) };
      write(told, hit ? say("guess-right", values) : say("guess-wrong", { ...values, ...other }));
      told.dataset.of = one.name;
      announce(told.textContent ?? "");
    }
    trail.set({ ...journal.stage, covered: false });
  };

  find("tries", HTMLElement).addEventListener("click", (event) => {
    const one = of(buttonOf(event)?.value ?? "");
    if (!one) return;
    const covered = one.right.length > 0 && !seen.has(one.name);
    const { chapter, taught } = journal.stage;
    trail.step({ ...stageOf(one, covered), chapter, taught });
    announce([say(`try-${one.name}`), ...(covered ? [say(`ask-${one.name}`)] : [])].join(" "));
  });
  find("show", HTMLButtonElement).addEventListener("click", () => reveal(""));
  for (const { name, cover } of answers.tiles) cover.addEventListener("click", () => reveal(name));
  return { show };
}
