/** Hatches the pixels that are missing, on a canvas above the drawing. */

import { context2d } from "paint";

/** Pixels of the canvas in one of the image. */
const CELL = 8;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} holes 1 where a pixel is missing
 * @param {number} size pixels on a side
 */
export function paintHoles(canvas, holes, size) {
  canvas.width = canvas.height = CELL * size;
  const context = context2d(canvas);
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--cool");
  context.lineWidth = 1.5;
  context.beginPath();
  for (let k = 0; k < holes.length; k++) {
    if (holes[k] === 0) continue;
    const x = CELL * (k % size);
    const y = CELL * Math.floor(k / size);
    context.moveTo(x, y + CELL);
    context.lineTo(x + CELL, y);
  }
  context.stroke();
}
