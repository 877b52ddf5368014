/** The model that is chosen: it is loaded, said to come, to compute, or not to have come. */

import { Models } from "network/model";
import { announce, modelLabel } from "page/dom";
import { Loading } from "page/loading";

/** @import { Kernel } from "network/engine" */
/** @import { Say, Site } from "page/site" */
/** @import { Settings } from "page/state" */

/**
 * What follows from it elsewhere.
 * @typedef {object} Choosing
 * @property {() => void} show the settings are others
 * @property {() => void} chosen another model is chosen, whether or not it computes yet
 * @property {() => void} renew what computes is another
 * @property {() => void} settled the chosen model computes, or cannot be had
 * @property {() => void} changed the address is to be written
 */

export class Choice {
  #say;
  #settings;
  #choosing;
  #loading;

  /**
   * @param {Site} site
   * @param {Say} say
   * @param {Settings} settings
   * @param {() => Promise<Kernel>} getKernel
   * @param {Choosing} choosing
   */
  constructor(site, say, settings, getKernel, choosing) {
    this.#say = say;
    this.#settings = settings;
    this.#choosing = choosing;
    this.#loading = new Loading(say, (name) => this.choose(name));
    this.models = new Models(site, getKernel, {
      progress: (name, received, bytes) => name === this.models.chosen && this.#loading.progress(name, received, bytes),
      ready: choosing.renew,
      completed: (model) => {
        if (model === this.models.current) this.#loading.ready();
        choosing.renew();
      },
      failed: (name, error) => this.#failed(name, error),
      changed: () => this.#changed(),
    });
  }

  /** @param {string} name */
  choose(name) {
    this.#settings.model = name;
    this.#choosing.show();
    this.#choosing.chosen();
    if (this.models.current?.entry.name === name) this.#ready(); // what was on its way is no longer wanted
    void this.models.choose(name);
    this.#choosing.changed();
  }

  #changed() {
    this.models.switchOff(this.#settings.off);
    this.#choosing.show();
    this.#choosing.renew();
    this.#ready();
    this.#choosing.settled();
  }

  /**
   * @param {string} name
   * @param {unknown} error
   */
  #failed(name, error) {
    this.#settings.model = this.models.chosen;
    this.#choosing.show();
    this.#loading.failed(name, error, this.models.current?.entry.name ?? null);
    this.#choosing.settled();
    this.#choosing.changed();
  }

  #ready() {
    this.#loading.ready();
    announce(this.#say("computes", { model: modelLabel(this.#settings.model) }));
  }
}
