/**
 * Two pages that answer an event, from its pixels to what is painted: that of 2015 and ours.
 *
 * @import { Contender } from "./contenders.js"
 * @typedef {object} Page
 * @property {Element[]} elements that show the answer
 * @property {(pixels: Float32Array) => void} answer all that the page does within one event
 */

import { createPalette, paintGrey } from "page/paint";
import { Picture } from "page/picture";
import { SIDE, VISIBLE } from "./inputs.js";

const WIDTH = 400; // of a drawing in the page of 2015, in CSS pixels

/**
 * As the page of 2015 did it: a drawing and answers with a rect for each pixel; a pixel that is drawn colours its rect, and
 * with every event all attributes of all the answer's rects are set through d3.
 * @param {Contender} contender
 * @param {number} models
 * @returns {Page}
 */
export function pageOf2015({ step }, models) {
  const { d3 } = window;
  const place = d3.scale
    .linear()
    .domain([0, SIDE - 1])
    .range([0, WIDTH]);
  const attributes = {
    x: (/** @type {number} */ _, /** @type {number} */ k) => place(k % SIDE),
    y: (/** @type {number} */ _, /** @type {number} */ k) => place(Math.floor(k / SIDE)),
    width: place(1),
    height: place(1),
    "stroke-width": 1,
    stroke: "black",
    fill: (/** @type {number} */ value) => d3.rgb(255 * value, 255 * value, 255 * value),
  };
  const elements = Array.from({ length: 1 + models }, () =>
    document.createElementNS("http://www.w3.org/2000/svg", "svg"),
  );
  const [drawing, ...answers] = elements.map((element) => {
    const svg = d3.select(element).attr({ width: `${WIDTH}px`, height: `${WIDTH}px`, style: "float: left" });
    svg.selectAll("rect").data(Array(VISIBLE).fill(0)).enter().append("rect").attr(attributes);
    return svg;
  });
  drawing.selectAll("rect").attr({ fill: "white" });
  const drawn = new Float32Array(VISIBLE);
  const answer = (/** @type {Float32Array} */ pixels) => {
    for (let k = 0; k < VISIBLE; k++) {
      if (drawn[k] === pixels[k]) continue;
      drawn[k] = pixels[k];
      d3.select(elements[0].children[k]).attr({ fill: drawn[k] > 0.5 ? "black" : "white" });
    }
    for (const [model, svg] of answers.entries()) {
      svg
        .selectAll("rect")
        .data(/** @type {number[]} */ (step(model, pixels)))
        .attr(attributes);
    }
  };
  return { elements, answer };
}

/**
 * As our page does it: one canvas, here for the drawing and all answers.
 * @param {Contender} contender
 * @param {number} models
 * @returns {Page}
 */
export function ourPage({ step }, models) {
  const picture = new Picture(document.createElement("canvas"), SIDE, SIDE * (1 + models));
  Object.assign(picture.canvas.style, { width: `${WIDTH / models}px`, imageRendering: "pixelated" });
  const palette = createPalette();
  const answer = (/** @type {Float32Array} */ pixels) => {
    paintGrey(pixels, palette, picture.colours);
    for (let model = 0; model < models; model++) {
      paintGrey(/** @type {Float32Array} */ (step(model, pixels)), palette, picture.colours, VISIBLE * (1 + model));
    }
    picture.show();
  };
  return { elements: [picture.canvas], answer };
}
