/** Parts of the page that the address's query hides, as where another page embeds ours. */

/** @param {URLSearchParams} query */
export function hideParts(query) {
  for (const part of (query.get("hide") ?? "").split(/[\s,]+/).filter(Boolean)) {
    for (const element of document.querySelectorAll(`[data-part~="${CSS.escape(part)}"]`))
      element.setAttribute("hidden", "");
  }
}
