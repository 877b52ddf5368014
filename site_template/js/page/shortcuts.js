/** Undo and Redo on the keyboard, by the letter that is printed on the key; by its place where that is no Latin letter. */

/** @param {{undo: () => void, redo: () => void}} actions */
export function listenToShortcuts({ undo, redo }) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const letter = letterOf(event);
    if (letter === "y" || (letter === "z" && event.shiftKey)) redo();
    else if (letter === "z") undo();
    else return;
    event.preventDefault();
  });
}

/** @param {KeyboardEvent} event */
function letterOf({ key, code }) {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace(/^Key/, "").toLowerCase();
}
