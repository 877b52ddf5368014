// Runs first in the single file: the files of the site are text inside it, and `fetch` finds them there; all pages but
// the first wait in template elements, and a download is made of that text. It need not have an address: where it stands in a
// `srcdoc` or at a `blob:` address, or where its base is another's, links lead on by its hash.
{
  const settled =
    /^(https?|file):/.test(location.protocol) &&
    [document.baseURI, location.href].map((url) => url.replace(/#.*/, "")).every((url, _, [first]) => url === first);
  /** @type {Record<string, string>} */
  const types = { wasm: "application/wasm", json: "application/json" };

  /**
   * @param {string} url
   * @returns {{name: string, text: string} | null} the file that is meant, as base64; null where it is not inside
   */
  const find = (url) => {
    const name = decodeURIComponent(url.replace(/^\.\//, "").replace(/[?#].*/, ""));
    for (const element of document.querySelectorAll("script[data-file]")) {
      if (element.getAttribute("data-file") === name) return { name, text: element.textContent ?? "" };
    }
    return null;
  };

  /** @param {string} text base64 */
  const decode = (text) => {
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
    return bytes;
  };

  window.fetch = async (input, options) => {
    const found = find(input instanceof Request ? input.url : String(input));
    options?.signal?.throwIfAborted();
    if (!found) return new Response("", { status: 404, statusText: "not in this file" });
    const bytes = decode(found.text);
    const type = types[found.name.split(".").pop() ?? ""] ?? "application/octet-stream";
    return new Response(bytes, { headers: { "Content-Type": type, "Content-Length": String(bytes.length) } });
  };

  // A worker may not be made from a file's address, and has no other inside this one.
  window.Worker = class extends Worker {
    /**
     * @param {string | URL} url
     * @param {WorkerOptions} [options]
     */
    constructor(url, options) {
      const found = find(String(url));
      super(found ? `data:text/javascript;base64,${found.text}` : url, options);
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const written = link?.getAttribute("href") ?? "";
    if (link && !settled && /^[?#]/.test(written)) lead(event, written);
    const found = find(written);
    if (!link || !found) return;
    event.preventDefault();
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(new Blob([decode(found.text)]));
    saved.download = link.download || (found.name.split("/").pop() ?? "");
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
  });

  /**
   * Follows a link to a page of this file, or to a place on it, without an address.
   * @param {Event} event
   * @param {string} link
   */
  const lead = (event, link) => {
    if (link.startsWith("#model=")) return; // which the lab follows by itself
    event.preventDefault();
    if (link.startsWith("#")) {
      location.hash = link;
      document.getElementById(link.slice(1))?.scrollIntoView();
      return;
    }
    // What the page that is left has in its hash goes along, as the lab's drawing does.
    const there = new URLSearchParams(location.hash.slice(1));
    const [query, hash] = link.slice(1).split("#");
    const next = new URLSearchParams(query);
    const same = next.get("page") === shown;
    for (const [key, value] of new URLSearchParams(hash ?? (same ? there : "")))
      if (!next.has(key)) next.set(key, value);
    for (const [key, value] of [...next]) if (!value) next.delete(key);
    if (head) return location.replace(`${URL.createObjectURL(rebuild())}#${next}`);
    location.hash = `${next}`;
    location.reload();
  };

  // A frame without an origin may not load its own `blob:` address again, but one that it made itself: of what stands here
  // before anything has changed it, and the files, which come after.
  const head = location.protocol === "blob:" && self.origin === "null" ? document.documentElement.outerHTML : "";

  const rebuild = () => {
    const files = [...document.querySelectorAll("script[data-file]")].map((file) => file.outerHTML);
    return new Blob(["<!doctype html>", head.replace(/<\/body><\/html>$/, ""), ...files], { type: "text/html" });
  };

  let shown = "walk";

  /** @returns {HTMLTemplateElement | null} the page that is asked for; null where it is the one that is there */
  const choose = () => {
    const query = new URLSearchParams(settled ? location.search : location.hash.slice(1));
    // What sets the lab up, or speaks of its parts, asks for the lab.
    const state = /^#(?!chapter=)(.*&)?model=/.test(location.hash) || query.has("hide") || query.has("selftest");
    const page = query.get("page") ?? (state ? "lab" : "walk");
    shown = page;
    const named = [...document.querySelectorAll("template")].filter((one) => one.dataset.page === page);
    return named.find((one) => one.dataset.lang === query.get("lang")) ?? (page === "walk" ? null : (named[0] ?? null));
  };

  const show = () => {
    const here = document.currentScript;
    const other = choose();
    if (!here || !other) return;
    while (here.previousSibling) here.previousSibling.remove();
    here.before(other.content);
    document.documentElement.lang = other.dataset.lang ?? "";
    document.documentElement.dir = other.dataset.dir ?? "";
    document.documentElement.dataset.entry = other.dataset.entry ?? "";
    document.title = other.dataset.title ?? "";
  };

  show();
}
