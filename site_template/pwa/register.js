// Registers the service worker of a site built with --pwa, and says when a newer site has taken an older one's place. Where the
// browser has none, or refuses it to this frame, the page does without.

export {};

const app = document.querySelector("link[rel='manifest']");

/** @param {ServiceWorkerContainer} worker */
function register(worker) {
  const before = worker.controller;
  worker.addEventListener("controllerchange", () => {
    if (!before) return;
    const notice = document.createElement("p");
    notice.className = "notice floating";
    notice.setAttribute("role", "status");
    notice.textContent = app?.getAttribute("data-updated") ?? "";
    document.body.prepend(notice);
    setTimeout(() => notice.remove(), 10_000);
  });
  return worker.register(new URL("../sw.js", import.meta.url));
}

try {
  await register(navigator.serviceWorker);
} catch {
  // A frame without an origin may not even ask for the container, which old browsers have not at all.
}
