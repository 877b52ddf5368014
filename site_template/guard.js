// Runs before everything else. Where a part of the page does not come, or fails, it says so and offers to load the page
// again; what was drawn is kept by the address. It also makes addresses absolute that search engines want so, and adds the
// slash to the page's own without which all that it names is looked for in the wrong place.
{
  let seen = 0; // elements of the page
  let stalled = false;
  let left = false;

  const STALLED = 5000; // milliseconds without a new element
  const PATIENCE = 3000; // milliseconds for files that are asked for again

  const { href, pathname, search, hash } = location;
  const folder = /^http/.test(href) && !("entry" in document.documentElement.dataset); // not the site in one file
  // Where a host takes the slash away again, the visitor comes from here.
  if (folder && !/(\/|\.html?|\/index)$/.test(pathname) && document.referrer !== href.replace(/#.*/, "")) {
    left = true;
    location.replace(`${pathname}/${search}${hash}`);
  }

  /** @param {string} url @returns {boolean} not that of an extension, nor hidden as theirs are */
  const isOurs = (url) =>
    /^(data|blob):/.test(url) || url.startsWith(/^http/.test(href) ? location.origin : location.protocol);

  /** @param {string} reason */
  const tell = (reason) => {
    if (left) return;
    const box = document.getElementById("broken");
    const text = box?.querySelector("p");
    if (!box || !text) {
      if (stalled) document.documentElement.append(`${reason}: ✗`);
      else document.addEventListener("DOMContentLoaded", () => tell(reason));
      return;
    }
    if (!box.hidden) return; // the first reason is the nearest to the cause
    text.textContent = (box.dataset.text ?? "").replace("{reason}", () => reason);
    box.hidden = false;
  };

  addEventListener(
    "error",
    (event) => {
      const { target } = event;
      const url =
        target instanceof HTMLLinkElement ? target.href : target instanceof HTMLScriptElement ? target.src : "";
      if (url && isOurs(url)) tell(url.replace(/.*\//, ""));
      // Browsers report so that an observer waits for the next frame, which harms nothing.
      else if (event instanceof ErrorEvent && isOurs(event.filename) && !event.message.startsWith("ResizeObserver"))
        tell(event.message);
    },
    true,
  );
  // What is drawn before the scripts have come waits for them: see js/page/pad.js.
  /** @type {Event[]} */
  const drawn = [];
  /** @param {Event} event */
  const keep = (event) => {
    if (event.target instanceof HTMLCanvasElement && event.target.id === "pad") drawn.push(event);
  };
  const types = ["pointerdown", "pointermove", "pointerup", "pointercancel"];
  for (const type of types) addEventListener(type, keep, true);
  addEventListener("early", (event) => {
    if (event instanceof CustomEvent) event.detail.push(...drawn);
    for (const type of types) removeEventListener(type, keep, true);
  });
  addEventListener("unhandledrejection", ({ reason }) => {
    // What is ours rejects with an error, and passes through no extension.
    const error = reason instanceof Error || reason instanceof DOMException;
    if (error && !/extension:|webkit-masked/.test(String(reason.stack))) tell(String(reason));
  });
  // A page that is cut short stays without an end, and without an event that would say so.
  const watch = setInterval(() => {
    const count = document.getElementsByTagName("*").length;
    if (document.readyState !== "loading") clearInterval(watch);
    else if (count === seen && !stalled) {
      stalled = true;
      tell(location.pathname);
    }
    seen = count;
  }, STALLED);
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("link[hreflang]")) {
      if (link instanceof HTMLLinkElement) link.href = new URL(link.href).href;
    }
  });
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof HTMLButtonElement ? target : null;
    const box = button?.closest("#broken");
    if (!(box instanceof HTMLElement)) return;
    box.hidden = true;
    if (button?.value !== "reload") return;
    // A file that came wrong may lie in the browser's memory for long.
    const files = performance.getEntriesByType("resource").filter(({ name }) => /\.(js|css|json|wasm)$/.test(name));
    /** @type {RequestInit} */
    const past = { cache: "reload", signal: AbortSignal.timeout(PATIENCE) };
    Promise.allSettled(files.map(({ name }) => isOurs(name) && fetch(name, past))).then(() => location.reload());
  });
}
