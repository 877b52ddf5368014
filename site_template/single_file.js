// Runs first in the single file: the files of the site are text inside it, and `fetch` finds them there; the second
// language waits in a template element, and a download is made of that text.
{
  const folder = new URL("./", document.baseURI).href;
  /** @type {Record<string, string>} */
  const types = { wasm: "application/wasm", json: "application/json" };

  /**
   * @param {string} url
   * @returns {{name: string, text: string} | null} the file that is meant, as base64; null where it is not inside
   */
  const find = (url) => {
    const address = new URL(url, document.baseURI).href.split(/[?#]/)[0] ?? "";
    const name = decodeURIComponent(address.slice(folder.length));
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

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const found = link?.href && link.protocol === location.protocol ? find(link.href) : null;
    if (!link || !found) return;
    event.preventDefault();
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(new Blob([decode(found.text)]));
    saved.download = link.download || (found.name.split("/").pop() ?? "");
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
  });

  /** @param {string} language */
  const show = (language) => {
    const here = document.currentScript;
    const site = document.getElementById("site");
    const other = document.querySelector(`template[data-lang="${CSS.escape(language)}"]`);
    if (!here || !site || !(other instanceof HTMLTemplateElement)) return;
    while (here.previousSibling) here.previousSibling.remove();
    here.before(other.content);
    document.documentElement.lang = language;
    document.title = other.getAttribute("data-title") ?? "";
    site.textContent = document.getElementById(`site-${language}`)?.textContent ?? "";
  };

  show(new URLSearchParams(location.search).get("lang") ?? "");
}
