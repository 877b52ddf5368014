/** The walk's weights: the lighter form of every model's, one after the other, and then the float32 ones. */

import { Models, savesData } from "network/model";
import { announce, find } from "page/dom";

/** @import { Kernel } from "network/engine" */
/** @import { Frame } from "page/frame" */
/** @import { Say } from "page/site" */
/** @import { Answers } from "walk/answers" */
/** @import { WalkSite } from "walk/stage" */

/**
 * @param {WalkSite} site
 * @param {Say} say
 * @param {() => Promise<Kernel>} getKernel
 * @param {Frame} frame
 * @param {() => Answers} answers
 * @returns {{models: Models, load: (name: string) => Promise<void>}} the second asks for a model's weights, once more where
 *   they did not come
 */
export function createModels(site, say, getKernel, frame, answers) {
  const names = site.walk.models;
  const button = find("complete", HTMLElement);
  const models = new Models(site, getKernel, {
    progress: (name, received, bytes) => {
      if (names.includes(name) && !models.get(name)) answers().progress(name, received / bytes);
    },
    ready: () => frame.refresh(),
    completed: () => frame.refresh(),
    failed: () => {},
    changed: () => {},
  });
  // Until float32 has come, and where it does not come, the lighter form goes on.
  button.addEventListener("click", () => {
    button.hidden = true;
    void Promise.all(names.map((name) => models.complete(name))).catch(() => {});
  });
  /** @param {string} name */
  const load = async (name) => {
    try {
      await models.load(name, { precision: "light" });
    } catch (error) {
      announce(await answers().failed(name, error));
    }
    frame.refresh();
    if (!names.every((one) => models.get(one))) return;
    announce(say("all-live"));
    const light = names.some((one) => models.get(one)?.weights.precision === "fixed-point");
    button.hidden = !(light && savesData());
    void models.completeWhenIdle(names).catch(() => {});
  };
  return { models, load };
}
