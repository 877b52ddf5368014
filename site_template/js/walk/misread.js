/** How many test images readers misread: bars with their intervals, which a slider moves by the number of labels. */

import { announce, find, within, write } from "page/dom";

/** Moves the bars that the page was made with. */
export function connectMisread() {
  const slider = document.getElementById("labels");
  if (!(slider instanceof HTMLInputElement)) return; // the report has nothing of it
  const text = find("labels-text", HTMLElement);
  const table = find("misread", HTMLTableElement);
  const scale = 100 / Number(table.dataset.most);
  const texts = (text.dataset.texts ?? "").split("|");
  const show = () => {
    const at = Number(slider.value);
    slider.setAttribute("aria-valuetext", texts[at]);
    write(text, texts[at]);
    for (const row of table.rows) showError(row, at, scale);
  };
  slider.addEventListener("input", show);
  slider.addEventListener("change", () => {
    const told = [...table.rows].map(({ cells }) => `${cells[0].textContent}: ${cells[2].textContent}`);
    announce(`${text.textContent}: ${told.join("; ")}`);
  });
  show();
}

/**
 * @param {HTMLTableRowElement} row
 * @param {number} at the column of the report
 * @param {number} scale of the bars, percent of their room for one of the images
 */
function showError(row, at, scale) {
  const [value, low, high] = (row.dataset.errors ?? "").split(",")[at].split(" ").map(Number);
  within(row, "rect", SVGRectElement).setAttribute("width", `${scale * value}%`);
  const line = within(row, "line", SVGLineElement);
  line.setAttribute("x1", `${scale * low}%`);
  line.setAttribute("x2", `${scale * high}%`);
  write(row.cells[2], `${value.toFixed(1)} ± ${((high - low) / 2).toFixed(1)}`);
}
