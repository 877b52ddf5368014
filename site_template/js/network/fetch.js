/**
 * A file that the manifest names, fetched with progress, and checked before anything in it is believed: its status, length
 * and hash.
 */

import { distrust, fetchAgain } from "network/again";

/** @typedef {{file: string, bytes: number, sha256: string}} Entry what the manifest says of a file */
/** @typedef {"network" | "status" | "length" | "hash" | "format"} Fault */
/** @typedef {Record<string, string | number>} Details what was expected and what came */

/** A weights file that cannot be used, and why. */
export class WeightsError extends Error {
  /**
   * @param {Fault} code
   * @param {string} file
   * @param {Details} details
   */
  constructor(code, file, details) {
    super(
      `${file}: ${code}: ${Object.entries(details)
        .map(([key, value]) => `${key} ${value}`)
        .join(", ")}`,
    );
    this.name = "WeightsError";
    this.code = code;
    this.file = file;
    this.details = details;
  }
}

/**
 * Fetch a file and check its status, length and hash. One that came wrong is next asked for past the browser's copy of it.
 * @param {Entry} entry
 * @param {string | URL} url
 * @param {(received: number) => void} onProgress told how many of `entry.bytes` have come
 * @param {AbortSignal} signal
 * @returns {Promise<ArrayBuffer>} exactly `entry.bytes` bytes
 */
export async function fetchFile(entry, url, onProgress, signal) {
  try {
    return await fetchRight(entry, url, onProgress, signal);
  } catch (error) {
    if (error instanceof WeightsError) distrust(url);
    throw error;
  }
}

/**
 * @param {Entry} entry
 * @param {string | URL} url
 * @param {(received: number) => void} onProgress
 * @param {AbortSignal} signal
 */
async function fetchRight(entry, url, onProgress, signal) {
  const bytes = await receive(entry, url, onProgress, signal);
  // Only secure origins have crypto.subtle. Elsewhere the length and the contents are still checked.
  const subtle = globalThis.crypto?.subtle;
  if (subtle) {
    const got = hex(await subtle.digest("SHA-256", bytes));
    signal.throwIfAborted();
    if (got !== entry.sha256) throw new WeightsError("hash", entry.file, { expected: entry.sha256, got });
  }
  return bytes.buffer;
}

/**
 * @param {Entry} entry
 * @param {string | URL} url
 * @param {(received: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array<ArrayBuffer>>} exactly `entry.bytes` bytes
 */
async function receive(entry, url, onProgress, signal) {
  const { file, bytes: expected } = entry;
  /** @type {<T>(step: Promise<T>) => Promise<T>} */
  const overNetwork = (step) =>
    step.catch((error) => {
      signal.throwIfAborted();
      throw new WeightsError("network", file, { reason: String(error) });
    });
  const response = await overNetwork(fetchAgain(url, { signal }));
  if (!response.ok) throw new WeightsError("status", file, { status: response.status });
  const bytes = new Uint8Array(expected);
  let got = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await overNetwork(reader.read());
    if (done) break;
    if (got + value.length > expected) {
      reader.cancel().catch(() => {}); // the connection may be gone already, and nothing more is wanted of it
      throw new WeightsError("length", file, { expected, got: got + value.length });
    }
    bytes.set(value, got);
    got += value.length;
    onProgress(got);
  }
  if (got !== expected) throw new WeightsError("length", file, { expected, got });
  return bytes;
}

/** @param {ArrayBuffer} digest */
function hex(digest) {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
