// The service worker of a site built with --pwa. The build puts `self.SITE = {version, pages, assets}` before this text.
// Pages: from the network, else the copy. Files with a hash in their name: the copy, else from the network.
// Cache names hold the worker's scope, since all projects of one owner may share one origin.
{
  /**
   * @typedef {object} WorkerEvent
   * @property {Request} request
   * @property {(done: Promise<unknown>) => void} waitUntil
   * @property {(answer: Promise<Response>) => void} respondWith
   */
  /**
   * @typedef {object} Worker
   * @property {{version: string, pages: string[], assets: string[]}} SITE
   * @property {{scope: string}} registration
   * @property {{claim: () => Promise<void>}} clients
   * @property {() => Promise<void>} skipWaiting
   * @property {(type: string, listener: (event: WorkerEvent) => void) => void} addEventListener
   */
  const worker = /** @type {Worker} */ (/** @type {unknown} */ (self));
  const scope = worker.registration.scope;
  const prefix = `dae ${scope} `;
  const current = prefix + worker.SITE.version;
  const hashed = /\/assets\/[^/]+\.[0-9a-f]{8}\.[a-z0-9]+$/;

  /** @param {Cache} cache @param {string} path a file whose content never changes */
  const keep = async (cache, path) => {
    const known = await caches.match(new URL(path, scope).href);
    await (known ? cache.put(path, known) : cache.add(path));
  };

  const fill = async () => {
    const cache = await caches.open(current);
    await Promise.all(worker.SITE.pages.map((path) => cache.add(new Request(path, { cache: "reload" }))));
    await Promise.all(worker.SITE.assets.map((path) => keep(cache, path)));
    await worker.skipWaiting();
  };

  const tidy = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== current);
    await Promise.all(names.map((name) => caches.delete(name)));
    await worker.clients.claim();
  };

  /** @param {Request} request */
  const page = async (request) => {
    try {
      return await fetch(request);
    } catch (error) {
      const copy = await caches.match(request, { ignoreSearch: true });
      if (copy) return copy;
      throw error;
    }
  };

  /** @param {Request} request */
  const asset = async (request) => (await caches.match(request)) ?? fetch(request);

  worker.addEventListener("install", (event) => event.waitUntil(fill()));
  worker.addEventListener("activate", (event) => event.waitUntil(tidy()));
  worker.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET" || !request.url.startsWith(scope)) return;
    if (request.mode === "navigate") event.respondWith(page(request));
    else if (hashed.test(new URL(request.url).pathname)) event.respondWith(asset(request));
  });
}
