/** Canvases that are as many pixels as an image, and the colours of the page's style for them. */

/** @type {WeakMap<HTMLCanvasElement, Uint32Array>} */
const shown = new WeakMap();

/** A canvas of as many pixels as the image, however large it is shown. */
export class Picture {
  #context;
  #image;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} width
   * @param {number} [height]
   */
  constructor(canvas, width, height = width) {
    canvas.width = width;
    canvas.height = height;
    this.canvas = canvas;
    this.#context = context2d(canvas);
    this.#image = this.#context.createImageData(width, height);
    /** Row-major, for `paintGrey` and `paintSigned`. */
    this.colours = new Uint32Array(this.#image.data.buffer);
    shown.set(canvas, this.colours);
  }

  show() {
    this.#context.putImageData(this.#image, 0, 0);
  }
}

/**
 * What a picture shows: canvases are never read back, since some browsers give noise.
 * @param {HTMLCanvasElement} canvas of a `Picture`
 * @returns {Uint32Array} its colours, row-major
 */
export function coloursOf(canvas) {
  const colours = shown.get(canvas);
  if (!colours) throw new TypeError(`canvas ${canvas.id}: expected that of a picture`);
  return colours;
}

/** @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new TypeError("canvas: expected a 2D context, got none");
  return context;
}

/**
 * @param {string[]} names of custom properties of the page's style, colours in any way that CSS knows; of those that are not
 *   opaque, the first lies on the page's paper, and all others on the first
 * @returns {number[][]} red, green and blue of each, 0 to 255
 */
export function readColours(names) {
  const probe = document.createElement("i");
  probe.style.cssText = "display: none; transition: none; forced-color-adjust: none";
  document.body.append(probe);
  let under = over(compute(probe, "--paper"), [255, 255, 255]);
  const colours = names.map((name, k) => {
    const colour = over(compute(probe, name), under);
    if (k === 0) under = colour;
    return colour;
  });
  probe.remove();
  return colours;
}

/**
 * The browser itself makes numbers of it: it computes the mixture of a colour with itself.
 * @param {HTMLElement} probe
 * @param {string} name
 * @returns {number[]} red, green, blue, 0 to 255, and opacity
 */
function compute(probe, name) {
  const mixes = CSS.supports("color", "color-mix(in srgb, red, red)");
  probe.style.color = mixes ? `color-mix(in srgb, var(${name}), var(${name}))` : `var(${name})`;
  const text = getComputedStyle(probe).color; // "color(srgb 1 0.5 0 / 0.9)", or "rgb(255, 128, 0)" of old browsers
  const [red, green, blue, opacity = 1] = (text.replaceAll("none", "0").match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
  const scale = text.startsWith("color(") ? 255 : 1;
  return [...[red, green, blue].map((share) => Math.min(Math.max(scale * share, 0), 255)), opacity];
}

/**
 * @param {number[]} colour red, green, blue and opacity
 * @param {number[]} under
 */
function over([red, green, blue, opacity], under) {
  return [red, green, blue].map((value, k) => under[k] + opacity * (value - under[k]));
}
