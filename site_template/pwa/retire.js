// The service worker of a site built without --pwa: it stands where that of an earlier build with --pwa stood, so that browsers
// which still have that one get this one instead, which takes away what it kept, and itself.
{
  /**
   * @typedef {object} Worker
   * @property {{scope: string, unregister: () => Promise<boolean>}} registration
   * @property {() => Promise<void>} skipWaiting
   * @property {(type: string, listener: (event: {waitUntil: (done: Promise<unknown>) => void}) => void) => void} addEventListener
   */
  const worker = /** @type {Worker} */ (/** @type {unknown} */ (self));

  const retire = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(`dae ${worker.registration.scope} `));
    await Promise.all(names.map((name) => caches.delete(name)));
    await worker.registration.unregister();
  };

  worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
  worker.addEventListener("activate", (event) => event.waitUntil(retire()));
}
