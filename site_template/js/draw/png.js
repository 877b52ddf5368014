/**
 * PNG files by our own hand: a canvas that is read back is altered by browsers that guard against fingerprints.
 *
 * Reading: comes in a file's bytes, goes out its pixels as grey levels; an Error says what is not understood. Writing: comes
 * in colours, goes out a file.
 *
 * Source: https://www.w3.org/TR/png-3/, sections 5 (chunks), 9 (filters), D (checksums). Eight bits a channel, without interlace.
 */

/** @typedef {{width: number, height: number, grey: Uint8Array}} Bitmap */

const SIGNATURE = 8;
const LARGEST = 1 << 24; // pixels
/** Channels by colour type. @type {Record<number, number>} */
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Bitmap>}
 */
export async function decodePng(bytes) {
  const chunks = readChunks(bytes);
  const head = chunks.find(({ kind }) => kind === "IHDR");
  if (head?.data.length !== 13) throw new Error("PNG: expected a header, got none");
  const view = new DataView(head.data.buffer, head.data.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colour, , , interlace] = head.data.subarray(8);
  const channels = CHANNELS[colour];
  if (!channels || depth !== 8 || interlace !== 0) throw new Error("PNG: expected 8 bits a channel, without interlace");
  if (width * height > LARGEST || width * height === 0) throw new Error(`PNG: ${width} × ${height} pixels`);
  const palette = chunks.find(({ kind }) => kind === "PLTE")?.data;
  if (colour === PALETTE && !palette) throw new Error("PNG: expected a palette, got none");
  const packed = chunks.filter(({ kind }) => kind === "IDAT").map(({ data }) => data);
  const lines = await inflate(packed, height * (1 + width * channels));
  unfilter(lines, width * channels, height, channels);
  const grey = new Uint8Array(width * height);
  for (let k = 0; k < grey.length; k++) {
    const at = 1 + Math.floor(k / width) * (1 + width * channels) + (k % width) * channels;
    if (colour === PALETTE && palette) grey[k] = luma(palette, 3 * lines[at]);
    else grey[k] = channels < 3 ? lines[at] : luma(lines, at);
  }
  return { width, height, grey };
}

/**
 * @param {Uint8Array} bytes red, green and blue
 * @param {number} at
 */
function luma(bytes, at) {
  return Math.round(0.299 * bytes[at] + 0.587 * bytes[at + 1] + 0.114 * bytes[at + 2]);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {{kind: string, data: Uint8Array<ArrayBuffer>}[]}
 */
function readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = [];
  for (let at = SIGNATURE; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) throw new Error("PNG: expected more bytes, got the file's end");
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ kind, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/**
 * @param {Uint8Array<ArrayBuffer>[]} packed
 * @param {number} length that is expected; no more is unpacked
 */
async function inflate(packed, length) {
  const reader = new Blob(packed).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const lines = new Uint8Array(length);
  let got = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (got + part.value.length > length) throw new Error(`PNG: expected ${length} bytes, got more`);
    lines.set(part.value, got);
    got += part.value.length;
  }
  if (got !== length) throw new Error(`PNG: expected ${length} bytes, got ${got}`);
  return lines;
}

/**
 * Undoes the filter of every line, in place.
 * @param {Uint8Array} lines each with its filter in front
 * @param {number} width bytes of a line
 * @param {number} height
 * @param {number} step bytes of a pixel
 */
function unfilter(lines, width, height, step) {
  for (let row = 0; row < height; row++) {
    const start = row * (1 + width) + 1;
    const filter = lines[start - 1];
    if (filter > 4) throw new Error(`PNG: expected a filter from 0 to 4, got ${filter}`);
    for (let k = 0; k < width; k++) {
      const left = k >= step ? lines[start + k - step] : 0;
      const up = row > 0 ? lines[start + k - 1 - width] : 0;
      const corner = row > 0 && k >= step ? lines[start + k - 1 - width - step] : 0;
      lines[start + k] += predict(filter, left, up, corner);
    }
  }
}

/**
 * @param {number} filter
 * @param {number} left
 * @param {number} up
 * @param {number} corner
 */
function predict(filter, left, up, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  return filter === 3 ? (left + up) >> 1 : paeth(left, up, corner);
}

/**
 * @param {number} left
 * @param {number} up
 * @param {number} corner
 */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/**
 * @param {Uint8ClampedArray} colours red, green, blue and opacity of each pixel, row-major; all are written as opaque
 * @param {number} width in pixels
 * @returns {Promise<Blob>} a PNG file of eight bits a channel
 */
export async function encodePng(colours, width) {
  const height = colours.length / (4 * width);
  const lines = new Uint8Array(height * (1 + 3 * width)); // each begins with its filter, 0: none
  for (let k = 0; k < width * height; k++) {
    lines.set(colours.subarray(4 * k, 4 * k + 3), 1 + Math.floor(k / width) + 3 * k);
  }
  const packed = new Response(new Blob([lines]).stream().pipeThrough(new CompressionStream("deflate")));
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, width);
  head.setUint32(4, height);
  head.setUint8(8, 8); // bits
  head.setUint8(9, 2); // red, green and blue
  const chunks = [
    makeChunk("IHDR", new Uint8Array(head.buffer)),
    makeChunk("IDAT", new Uint8Array(await packed.arrayBuffer())),
    makeChunk("IEND", new Uint8Array()),
  ];
  return new Blob([new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]), ...chunks], { type: "image/png" });
}

/**
 * @param {string} kind four letters
 * @param {Uint8Array} data
 */
function makeChunk(kind, data) {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  for (let k = 0; k < 4; k++) chunk[4 + k] = kind.charCodeAt(k);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, checksum(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

/** @param {Uint8Array} bytes @returns {number} their CRC-32 */
function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return ~rest >>> 0;
}
