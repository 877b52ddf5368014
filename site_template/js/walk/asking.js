/** Chapter 5, ask it again: nine chains from what is drawn, or from noise, of any model that has a noise. */

import { ChainsView } from "page/chains";
import { buttonOf, find } from "page/dom";
import { fetchLater, fetchModels } from "page/site";

/** @import { WalkPage } from "walk/chapters" */

/** @param {WalkPage} page */
export async function connectAsking(page) {
  await Promise.all([fetchLater(page.site), fetchModels(page.site)]);
  const model = find("chains-model", HTMLSelectElement);
  const chains = new ChainsView(page, () => model.value);
  model.addEventListener("change", () => void chains.prepare());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chains.recolour());
  find("asking", HTMLElement).addEventListener("click", async (event) => {
    const button = buttonOf(event);
    if (!button?.matches(".setting")) return;
    const { ask: name = model.value, noisy, sampled } = button.dataset;
    model.value = name;
    find("noisy", HTMLInputElement).checked = noisy !== "0";
    find("sampled", HTMLInputElement).checked = sampled !== "0";
    await chains.prepare();
    chains.restart(true);
    chains.run();
  });
  chains.visible = true;
  page.frame.add(chains);
  page.frame.refresh();
  await chains.prepare();
  chains.run();
}
