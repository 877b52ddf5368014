/** Feedback: what the chosen model answers is fed to it again, and again. */

import { ChainsView } from "page/chains";

/** @import { Page, Panel } from "panels/panels" */

/** @param {Page} page @returns {Panel} */
export function createFeedback(page) {
  const chains = new ChainsView(page, () => page.settings.model);
  page.frame.add(chains);
  return {
    toggle: (open) => {
      chains.visible = open;
      chains.stop();
      if (!open) return;
      void chains.prepare();
      page.frame.refresh();
    },
    changed: () => {
      chains.recolour();
      if (chains.visible) void chains.prepare();
    },
  };
}
