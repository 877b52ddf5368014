// The service worker of a site built with --pwa. The build puts `self.SITE = {version, pages, assets}` before this text: the
// SHA-256 of every file by its path. Pages: from the network, else the copy. Files with a hash in their name: the copy, else
// from the network. Only what is right is kept, and what cannot be kept is no fault: the network has it still.
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
   * @property {{version: string, pages: Record<string, string>, assets: Record<string, string>}} SITE
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
  const INHERITED = "?before"; // after the address of what only the version before has
  const known = new Map(
    Object.entries({ ...worker.SITE.pages, ...worker.SITE.assets }).map(([path, hash]) => [
      new URL(path, scope).href,
      hash,
    ]),
  );

  /** @param {string} url @returns {string} the same without what only scripts of a page read */
  const plain = (url) => url.replace(/[?#].*/, "");

  /** @param {Response} answer @param {string} url of a file of the site @returns {Promise<boolean>} it is that file */
  const isRight = async (answer, url) => {
    if (!answer.ok) return false;
    const digest = await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("") === known.get(url);
  };

  /** @param {string} url @param {Response} answer keeps it, if it is right and there is room */
  const keep = async (url, answer) => {
    if (!(await isRight(answer, url))) return false;
    const cache = await caches.open(current);
    await cache.put(url, answer.clone());
    return true;
  };

  /** @param {string} url @returns {Promise<Response | undefined>} the copy; of what this version has not, the one before's */
  const copy = async (url) => (await caches.open(current)).match(url, { ignoreSearch: !known.has(url) });

  /**
   * What comes wrong from the browser's memory is asked for past it.
   * @param {string} url of a file that never changes
   */
  const fill = async (url) => {
    const before = await caches.match(url);
    if (before && (await keep(url, before))) return;
    if (!(await keep(url, await fetch(url)))) await keep(url, await fetch(url, { cache: "reload" }));
  };

  const begin = async () => {
    const pages = Object.keys(worker.SITE.pages).map((path) => new URL(path, scope).href);
    const assets = Object.keys(worker.SITE.assets).map((path) => new URL(path, scope).href);
    await Promise.allSettled([
      ...pages.map(async (url) => keep(url, await fetch(url, { cache: "reload" }))),
      ...assets.map(fill),
    ]);
    await worker.skipWaiting();
  };

  /** @param {string} name of the cache of the version before: an open tab may still ask for its parts, which are small */
  const inherit = async (name) => {
    const [before, cache] = await Promise.all([caches.open(name), caches.open(current)]);
    for (const { url } of await before.keys()) {
      const part = !known.has(url) && /\.(js|css|json|wasm)$/.test(url) && (await before.match(url));
      if (part) await cache.put(url + INHERITED, part);
    }
  };

  const tidy = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== current);
    await Promise.allSettled(names.slice(-1).map(inherit));
    await Promise.all(names.map((name) => caches.delete(name)));
    await worker.clients.claim();
  };

  /** @param {Request} request @param {(done: Promise<unknown>) => void} wait */
  const page = async (request, wait) => {
    const url = plain(request.url);
    try {
      const answer = await fetch(request);
      if (known.has(url) && !(await copy(url))) wait(keep(url, answer.clone()).catch(() => {}));
      return answer;
    } catch (error) {
      const kept = await copy(url);
      if (kept) return kept;
      throw error;
    }
  };

  /** @param {Request} request @param {(done: Promise<unknown>) => void} wait */
  const asset = async (request, wait) => {
    const url = plain(request.url);
    const kept = request.cache === "reload" ? undefined : await copy(url);
    if (kept) return kept;
    const answer = await fetch(request);
    if (known.has(url)) wait(keep(url, answer.clone()).catch(() => {}));
    return answer;
  };

  worker.addEventListener("install", (event) => event.waitUntil(begin()));
  worker.addEventListener("activate", (event) => event.waitUntil(tidy()));
  worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const wait = (/** @type {Promise<unknown>} */ done) => event.waitUntil(done);
    if (request.method !== "GET" || !request.url.startsWith(scope)) return;
    if (request.mode === "navigate") event.respondWith(page(request, wait));
    else if (hashed.test(plain(request.url))) event.respondWith(asset(request, wait));
  });
}
