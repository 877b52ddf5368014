// Runs before everything else. Where a part of the page does not come, or fails, it says so and offers to load the page
// again; what was drawn is kept by the address.
{
  /** @type {string[]} */
  const early = []; // files that were asked for in advance and did not come
  let seen = 0; // elements of the page
  let stalled = false;

  const STALLED = 5000; // milliseconds without a new element

  /** @param {string} reason */
  const tell = (reason) => {
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

  addEventListener("error", (event) => {
    const { target } = event;
    const link = target instanceof HTMLLinkElement;
    const url = link ? target.href : target instanceof HTMLScriptElement ? target.src : "";
    const file = url.replace(/.*\//, "");
    if (link && target.rel === "modulepreload") early.push(file);
    else if (url) tell([...early, file].slice(0, 3).join(", "));
    // Browsers report so that an observer waits for the next frame, which harms nothing.
    else if (event instanceof ErrorEvent && !event.message.startsWith("ResizeObserver")) tell(event.message);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => tell(String(reason)));
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
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof HTMLButtonElement ? target : null;
    const box = button?.closest("#broken");
    if (!(box instanceof HTMLElement)) return;
    if (button?.value === "reload") location.reload();
    box.hidden = true;
  });
}
