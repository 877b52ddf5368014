// Runs first in the single file: the files of the site are text inside it, and `fetch` finds them there; the second
// language waits in a template element, and so does a download.
{
  const folder = new URL("./", document.baseURI).href;
  const types = { wasm: "application/wasm", json: "application/json" };

  const find = (url) => {
    const name = decodeURIComponent(new URL(url, document.baseURI).href.split(/[?#]/)[0].slice(folder.length));
    const element = [...document.querySelectorAll("script[data-file]")].find((one) => one.dataset.file === name);
    return element ? { name, element } : null;
  };

  const decode = (text) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
    return bytes;
  };

  window.fetch = async (input, options = {}) => {
    const found = find(input instanceof Request ? input.url : String(input));
    options.signal?.throwIfAborted();
    if (!found) return new Response("", { status: 404, statusText: "not in this file" });
    const bytes = decode(found.element.textContent);
    const type = types[found.name.split(".").pop()] ?? "application/octet-stream";
    return new Response(bytes, { headers: { "Content-Type": type, "Content-Length": String(bytes.length) } });
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const found = link && link.protocol === location.protocol ? find(link.href) : null;
    if (!found) return;
    event.preventDefault();
    const saved = document.createElement("a");
    saved.href = URL.createObjectURL(new Blob([decode(found.element.textContent)]));
    saved.download = link.download || found.name.split("/").pop();
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
  });

  const asked = new URLSearchParams(location.search).get("lang");
  const other = [...document.querySelectorAll("template[data-lang]")].find((one) => one.dataset.lang === asked);
  if (other) {
    const here = document.currentScript;
    while (here.previousSibling) here.previousSibling.remove();
    here.before(other.content);
    document.documentElement.lang = asked;
    document.title = other.dataset.title;
    document.getElementById("site").textContent = document.getElementById(`site-${asked}`).textContent;
  }
}
