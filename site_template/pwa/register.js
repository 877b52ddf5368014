// Registers the service worker of a site built with --pwa, and says when a newer site has taken an older one's place.

export {};
const worker = navigator.serviceWorker;
if (worker) {
  const before = worker.controller;
  worker.addEventListener("controllerchange", () => {
    if (!before) return;
    const { messages } = JSON.parse(document.getElementById("site")?.textContent ?? "{}");
    const notice = document.createElement("p");
    notice.className = "notice floating";
    notice.setAttribute("role", "status");
    notice.textContent = messages.updated;
    document.body.prepend(notice);
    setTimeout(() => notice.remove(), 10_000);
  });
  void worker.register(new URL("../sw.js", import.meta.url));
}
