/** What a visitor saves goes into a file of the browser's downloads. */

/** Milliseconds that a browser may take to have read it. */
const READ = 60_000;

/**
 * @param {Blob} contents
 * @param {string} name of the file
 */
export function saveFile(contents, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(contents);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ);
}
