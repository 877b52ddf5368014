// Of the page that stands for all that are not there, whatever its address: its links lead to the site's top, which is the
// nearest folder above that has this site's icon. Without this script they lead to the folder of the address.
{
  const find = async () => {
    const icon = document.documentElement.dataset.icon ?? "";
    for (let folder = new URL("./", location.href); ; folder = new URL("../", folder)) {
      const answer = await fetch(new URL(icon, folder), { method: "HEAD" }).catch(() => null);
      // Some servers answer for everything with a page.
      if (answer?.ok && /svg/.test(answer.headers.get("content-type") ?? "")) return folder;
      if (folder.pathname === "/") return null;
    }
  };

  document.addEventListener("DOMContentLoaded", async () => {
    const home = await find();
    if (!home) return;
    for (const link of document.links) link.href = new URL(link.getAttribute("href") ?? "", home).href;
  });
}
