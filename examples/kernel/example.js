/** The smallest page that uses the kernel: load a model, encode pixels, decode the code. See docs/kernel.md. */

import { createKernel } from "network/kernel";
import { parseWeights } from "network/weights";

const SIDE = 28;
const FOLDER = "../../site_template/kernel";
const FILE = "../../weights/masking-80.safetensors";

const kernel = await createKernel({ simd: `${FOLDER}/simd.wasm`, relaxed: `${FOLDER}/relaxed.wasm` });
const weights = parseWeights(await (await fetch(FILE)).arrayBuffer(), FILE);
const model = kernel.load(weights);
const pixels = new Float32Array(weights.visible);

/**
 * @param {string} id
 * @param {Float32Array} values in [0, 1]
 */
function paint(id, values) {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(SIDE, SIDE);
  for (const [k, value] of values.entries())
    image.data.fill(255 * (1 - value), 4 * k, 4 * k + 3).fill(255, 4 * k + 3, 4 * k + 4);
  context.putImageData(image, 0, 0);
  return canvas;
}

function answer() {
  kernel.encode(model, pixels);
  kernel.decode(model);
  paint("answer", kernel.reconstruction(model));
  const said = /** @type {HTMLElement} */ (document.getElementById("said"));
  said.textContent = `${kernel.engine}; code: ${kernel.code(model).length} units`;
}

const drawing = paint("drawing", pixels);
drawing.addEventListener("pointermove", ({ buttons, offsetX, offsetY }) => {
  if (!buttons) return;
  const [x, y] = [offsetX, offsetY].map((place) => Math.floor((SIDE * place) / drawing.clientWidth));
  if (Math.min(x, y) < 0 || Math.max(x, y) >= SIDE) return;
  pixels[SIDE * y + x] = 1;
  paint("drawing", pixels);
  answer();
});
answer();
