/** Hatches the pixels that are missing, on a canvas above the drawing. */

import { context2d, readColours } from "page/picture";

/** Pixels of the canvas in one of the image. */
const CELL = 8;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} holes 1 where a pixel is missing
 * @param {number} side in pixels
 */
export function paintHoles(canvas, holes, side) {
  canvas.width = canvas.height = CELL * side;
  const context = context2d(canvas);
  context.strokeStyle = `rgb(${readColours(["--cool"])[0]})`;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let k = 0; k < holes.length; k++) {
    if (holes[k] === 0) continue;
    const x = CELL * (k % side);
    const y = CELL * Math.floor(k / side);
    context.moveTo(x, y + CELL);
    context.lineTo(x + CELL, y);
  }
  context.stroke();
}
